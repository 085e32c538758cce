"""Look at a source without parsing it: how it begins, where its last whole line ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from envoylog.errors import DamagedError, InputError
from envoylog.logs.archives import open_streams
from envoylog.logs.blocks import Block
from envoylog.logs.compression import Meter, Metered, Peeked, Readable
from envoylog.logs.envelopes.detect import beginning
from envoylog.logs.fingerprints import HEAD, TAIL
from envoylog.logs.objects import StoredObject
from envoylog.logs.sources import Opened, Pipe, Source

_CHUNK: Final = 2**18
#: Of a record of several lines, the last of so many bytes may be its beginning.
_RECORDS: Final = 2**20

#: Given the beginning of some content, names the offsets before which it is to be compared.
Offsets = Callable[[bytes], Iterable[int]]
#: Given the beginning of some content and its last lines, counts those whose rest may be to come.
Unfinished = Callable[[bytes, Block], int]


@dataclass(slots=True)
class Content:
    """One stream of lines, as it was found.

    Attributes
    ----------
    source : Source
        Where it stands.
    name : str
        Of the source, or of the member of the archive.
    number : int
        Its number in the source.
    packed : bool
        Whether it can only be read from its beginning.
    head : bytes
        Its first bytes.
    before : dict of int to bytes
        What stands before some offsets; fewer bytes where it ends earlier.
    end : int or None
        Where its last whole line or record ends; None for the end of an object, wherever it is.
    waiting : int
        Bytes after that.
    """

    source: Source
    name: str
    number: int
    packed: bool
    head: bytes
    before: dict[int, bytes] = field(default_factory=dict)
    end: int | None = None
    waiting: int = 0

    def read(self, offset: int, count: int) -> bytes:
        """Give bytes before an offset that was asked for."""
        return self.before[offset + count][-count:] if count else b""


def stamp(source: Source) -> str:
    """Tell what changes when a source does, and stays when it is renamed."""
    if isinstance(source, StoredObject) and source.identity:
        return f"{source.identity}:{source.size}"
    return f"{source.identity}:{source.size}:{source.modified!r}"


def look(
    source: Source, offsets: Offsets, unfinished: Unfinished, *, final: bool
) -> Iterator[Content]:
    """Look at what is in a source.

    Parameters
    ----------
    source : Source
        A file or an object.
    offsets : callable
        Where to look more closely.
    unfinished : callable
        Knows what a whole record is.
    final : bool
        Whether a last line without a newline will stay as it is.

    Yields
    ------
    Content
        One, or one for each member of an archive.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    if isinstance(source, Pipe):
        raise InputError(f"{source.name} can be read but once: use `envoylog parse` for it")
    meter = Meter()
    with opened(source) as stored:
        raw = Peeked(Metered(stored, meter), HEAD)
        start = raw.head
        try:
            for number, stream in enumerate(open_streams(source.name, raw, meter)):
                unpacked = beginning(stream, HEAD)[0]
                head = unpacked.read(HEAD)
                packed = stream.packed or head != start
                head = head if packed else head[: source.size]
                content = Content(source, stream.name, number, packed, head)
                wanted = sorted(set(offsets(head)))
                if not packed:
                    _look_at_file(content, wanted, unfinished, final=final)
                elif wanted or not isinstance(source, StoredObject):
                    _look_through(content, unpacked, wanted)
                yield content
        except DamagedError:
            return  # what is before the break was given; reading it will say so


@contextmanager
def opened(source: Source, offset: int = 0) -> Iterator[Readable]:
    """Open a source, if it still is the file that was found under its name."""
    with source.open(offset) as stream:
        if isinstance(stream, Opened):
            facts = os.fstat(stream.stream.fileno())
            if f"{facts.st_dev}:{facts.st_ino}" != source.identity:
                raise RotatedError(f"{source.name} was rotated meanwhile")
        yield stream


class RotatedError(InputError):
    """Another file has the name now; the next run will find both."""


def skip(stream: Readable, count: int) -> None:
    """Pass over bytes."""
    while count > 0 and (data := stream.read(min(count, _CHUNK))):
        count -= len(data)


def _look_at_file(
    content: Content, offsets: list[int], unfinished: Unfinished, *, final: bool
) -> None:
    source = content.source
    size = source.size
    for offset in offsets:
        content.before[offset] = _read(source, offset, size)
    final = final or isinstance(source, StoredObject)
    end = size if final else _last_newline(source, size, content.head)
    if not final and end > max(offsets, default=0):
        end = _whole_records(content, end, unfinished)
    content.before[end] = _read(source, end, size)
    content.end, content.waiting = end, size - end


def _read(source: Source, offset: int, size: int, count: int = TAIL) -> bytes:
    """Read what stands before an offset."""
    start = max(0, offset - count)
    with opened(source, start) as stream:
        return stream.read(max(0, min(offset, size) - start))


def _last_newline(source: Source, size: int, head: bytes) -> int:
    if size <= len(head):
        return head.rfind(b"\n", 0, size) + 1
    end = size
    while end > 0:
        data = _read(source, end, size, _CHUNK)
        if newline := data.rfind(b"\n") + 1:
            return end - len(data) + newline
        end -= _CHUNK
    return 0


def _whole_records(content: Content, end: int, unfinished: Unfinished) -> int:
    data = _read(content.source, end, end, _RECORDS)
    start = end - len(data)
    if start:
        skipped = data.find(b"\n") + 1
        data, start = data[skipped:], start + skipped
    block = Block(data, start)
    if not data or not (count := unfinished(content.head, block)):
        return end
    return block.cut(count)[1].offset


def _look_through(content: Content, stream: Readable, offsets: list[int]) -> None:
    """Unpack the rest to know its end; a last line is whole unless the archive is cut off."""
    data, at, recent = content.head, 0, b""
    line_end, before_line_end = 0, b""
    ahead, damaged = offsets, False
    while data:
        recent, start, at = recent + data, at - len(recent), at + len(data)
        while ahead and ahead[0] <= at:
            offset, *ahead = ahead
            content.before[offset] = recent[: offset - start][-TAIL:]
        if newline := data.rfind(b"\n") + 1:
            line_end = at - len(data) + newline
            before_line_end = recent[: line_end - start][-TAIL:]
        recent = recent[-TAIL:]
        try:
            data = stream.read(_CHUNK)
        except DamagedError:
            damaged = True
            break
    for offset in ahead:
        content.before[offset] = b""  # it ends before
    content.end = line_end if damaged else at
    content.before[content.end] = before_line_end if damaged else recent
    content.waiting = at - content.end
