"""Cut a stream of bytes into blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Final

import nanoarrow as na
import polars as pl
from nanoarrow.c_array import c_array_from_buffers

from envoylog.errors import InputError
from envoylog.logs.compression import Readable
from envoylog.logs.fingerprints import TAIL
from envoylog.logs.unicode import BOM, show_bytes

#: Memory grows with it, not with the log: a run takes up to 370 MiB with these. 12 MiB would take
#: 60 MiB more and a twentieth less time, 6 MiB 40 MiB less and a twentieth more.
BLOCK_SIZE: Final = 8 * 2**20
#: A line that is longer is no record, but a reject of which the beginning is kept. Envoy takes
#: headers of 60 KiB, and never of more than 8 MiB.
MAX_LINE: Final = 8 * 2**20
# So many bytes of a line that is too long.
_BEGINNING: Final = 1024
# Bytes among which places are looked for at a time.
_PART: Final = 2**18
# How gzip, zlib and zstd begin.
_MAGIC = (b"\x1f\x8b", b"x", b"(\xb5")
_TAB, _NEWLINE, _BLANK, _QUOTE, _DELETE = 0x09, 0x0A, 0x20, 0x22, 0x7F


@dataclass(frozen=True, slots=True)
class LongLine:
    """What is known of a line that is too long to be kept.

    Attributes
    ----------
    size : int
        In bytes, with its line end.
    digest : str
        The SHA-256 of its bytes without the newline, in hexadecimal.
    """

    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Span:
    """Where a block stands.

    Attributes
    ----------
    offset : int
        The byte offset of its first line in the source.
    size : int
        Its size in the source, in bytes.
    tail : bytes
        Its last bytes; none where not all of it was kept.
    """

    offset: int
    size: int
    tail: bytes


@dataclass(frozen=True, slots=True)
class Block:
    r"""Whole lines of one source.

    Attributes
    ----------
    data : bytes
        Lines with their newlines; only the last line of a source may lack it.
    offset : int
        The byte offset of its first line in the source.
    long : LongLine, optional
        Given if the block is one line that is too long: `data` is its beginning.
    """

    data: bytes
    offset: int
    long: LongLine | None = None

    @property
    def lines(self) -> pl.Series:
        r"""Its lines as strings.

        Bytes that are not UTF-8 are shown as ``\xNN`` (see `show_bytes`); a carriage return before
        a newline is gone.
        """
        data = self.data if self.data.endswith(b"\n") else self.data + b"\n"
        if data.startswith(_MAGIC):
            # `read_lines` would take the block for an archive.
            return Block(b"\n" + self.data, self.offset).lines[1:]
        if not data.isascii():
            return pl.read_lines(show_bytes(data)).to_series()
        return _told_apart(pl.read_lines(data).to_series())

    @property
    def size(self) -> int:
        """Its size in the source, in bytes."""
        return self.long.size if self.long else len(self.data)

    @property
    def span(self) -> Span:
        """Where it stands, without its bytes."""
        return Span(self.offset, self.size, b"" if self.long else self.data[-TAIL:])

    @property
    def printable(self) -> bool:
        """Whether there are no control characters but newlines and tabs."""
        codes = self._codes
        low, tabs, newlines = (
            int(found.sum()) for found in (codes < _BLANK, codes == _TAB, codes == _NEWLINE)
        )
        return low == tabs + newlines and not (codes == _DELETE).any()

    @property
    def quotes(self) -> int:
        """How many `"` it holds."""
        return int((self._codes == _QUOTE).sum())

    def offsets(self, lines: pl.Series) -> pl.Series:
        """Find the byte offsets of some lines, given by their places; only rejects need them."""
        if lines.is_empty():
            return pl.Series(dtype=pl.Int64)
        ends = _places(self._codes == _NEWLINE)
        starts = pl.concat([pl.Series([0]), ends + 1])
        return starts.gather(lines) + self.offset

    @property
    def _codes(self) -> pl.Series:
        """The bytes as numbers, without a copy."""
        return pl.Series(c_array_from_buffers(na.uint8(), len(self.data), [None, self.data]))

    def cut(self, count: int) -> tuple[Block | None, Block]:
        """Cut the last `count` lines off; nothing is before them if the block has no more."""
        head, *tail = self.data.removesuffix(b"\n").rsplit(b"\n", count)
        if len(tail) < count:
            return None, self
        size = len(head) + 1
        return Block(self.data[:size], self.offset), Block(self.data[size:], self.offset + size)

    def joined(self, after: Block) -> Block:
        """Join the block that follows in the source."""
        return Block(self.data + after.data, self.offset)


def read_blocks(
    stream: Readable, size: int = BLOCK_SIZE, max_line: int = MAX_LINE, *, offset: int = 0
) -> Iterator[Block]:
    r"""Read a stream block by block.

    Parameters
    ----------
    stream : Readable
        Anything that can be read.
    size : int
        In bytes; a block ends with the line in which it reaches that size.
    max_line : int
        In bytes, without the newline; a line that is longer makes a block of its own.
    offset : int
        Where the stream stands in the source. A byte order mark at 0 is passed over.

    Yields
    ------
    Block
        None of them empty.

    Raises
    ------
    InputError
        Where the stream breaks off; what came before it was given.

    Examples
    --------
    >>> import io
    >>> [block.lines.to_list() for block in read_blocks(io.BytesIO(b"one\r\ntwo\nthr\xffee"), 6)]
    [['one', 'two'], ['thr\\xffee']]
    """
    reading = _Reading(stream, size)
    if offset == 0:
        reading.again = reading.more(len(BOM))
    if reading.again == BOM:
        offset, reading.again = len(BOM), b""
    begun = b""
    while data := reading.more(size):
        end = data.rfind(b"\n") + 1
        if end:
            block = b"".join((begun, memoryview(data)[:end]))
            begun, data = data[end:], b""  # not to be kept while the block is parsed
            yield from _without_long_lines(block, offset, max_line)
            offset += len(block)
        else:
            begun += data
        if len(begun) > max_line:
            long = _long_line(begun, reading)
            yield Block(begun[:_BEGINNING] + b"\n", offset, long)
            offset += long.size
            begun = b""
    if begun:
        yield from _without_long_lines(begun, offset, max_line)
    if reading.failure:
        raise reading.failure


@dataclass
class _Reading:
    """Reads on until the end or a failure, which can wait."""

    stream: Readable
    size: int
    again: bytes = b""
    failure: InputError | None = None

    def more(self, size: int) -> bytes:
        """Read what was put back, or up to `size` bytes; none at the end."""
        if self.again:
            data, self.again = self.again, b""
            return data
        if self.failure:
            return b""
        try:
            return self.stream.read(size)
        except InputError as failure:
            self.failure = failure
            return b""


def _told_apart(lines: pl.Series) -> pl.Series:
    """Do what `show_bytes` does to text that is UTF-8, and hardly ever needs it."""
    if lines.str.contains("\\x", literal=True).any():
        return lines.str.replace_all(r"\\x(5c|[89a-f][0-9a-f])", r"\x5cx${1}")
    return lines


def _places(mask: pl.Series) -> pl.Series:
    """Find the places that are true, some times as fast as `arg_true` where these are few."""
    parts = [mask.slice(at, _PART) for at in range(0, len(mask) or 1, _PART)]
    return pl.concat(
        _numbers().head(len(part)).filter(part).cast(pl.Int64) + number * _PART
        for number, part in enumerate(parts)
    )


@cache
def _numbers() -> pl.Series:
    return pl.int_range(_PART, dtype=pl.Int32, eager=True)


def _without_long_lines(data: bytes, offset: int, max_line: int) -> Iterator[Block]:
    """Put lines that are too long into blocks of their own."""
    start = at = 0
    while at + max_line < len(data):
        # If there is a newline so near, all lines up to it are short.
        newline = data.rfind(b"\n", at, at + max_line + 1)
        if newline >= 0:
            at = newline + 1
            continue
        if at > start:
            yield Block(data[start:at], offset + start)
        end = data.find(b"\n", at) + 1 or len(data)
        line = data[at:end]
        digest = sha256(line.removesuffix(b"\n")).hexdigest()
        yield Block(line[:_BEGINNING] + b"\n", offset + at, LongLine(len(line), digest))
        start = at = end
    if start < len(data):
        yield Block(data[start:] if start else data, offset + start)


def _long_line(begun: bytes, reading: _Reading) -> LongLine:
    """Read the rest of a line that is too long to be kept."""
    digest, size = sha256(begun), len(begun)
    while data := reading.more(reading.size):
        end = data.find(b"\n")
        digest.update(data if end < 0 else memoryview(data)[:end])
        if end >= 0:
            reading.again = data[end + 1 :]
            return LongLine(size + end + 1, digest.hexdigest())
        size += len(data)
    return LongLine(size, digest.hexdigest())
