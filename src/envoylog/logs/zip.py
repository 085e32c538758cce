"""The files in a zip archive, as they come: it is read from its beginning, without its index.

So it may come through a pipe, be larger than memory, or be cut off.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from envoylog.errors import DamagedError
from envoylog.logs.compression import (
    CHUNK,
    CODECS,
    DEFLATE,
    Decompressed,
    Meter,
    Peeked,
    Readable,
)
from envoylog.logs.tar import WITHIN, Member

_LOCAL: Final = b"PK\x03\x04"
# The index, in the shapes that it may begin with, and the end of an empty archive.
_INDEX: Final = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")
_DESCRIPTOR: Final = b"PK\x07\x08"
_HEADER: Final = struct.Struct("<4sHHHHHIIIHH")
_UNKNOWN: Final = 0xFFFFFFFF
_ENCRYPTED, _SIZES_FOLLOW, _IS_UTF8 = 1, 1 << 3, 1 << 11
_BY_NAME: Final = {codec.name: codec for codec in CODECS}
_METHODS: Final = {8: DEFLATE, 12: _BY_NAME["bzip2"], 93: _BY_NAME["zstd"], 95: _BY_NAME["xz"]}
_STORED: Final = 0


def is_zip(head: bytes) -> bool:
    """Tell whether something that begins so is a zip archive."""
    return head.startswith((_LOCAL, b"PK\x05\x06"))


def zip_members(name: str, archive: Peeked, meter: Meter) -> Iterator[tuple[str, Readable]]:
    """Read the files of a zip archive from a stream.

    Parameters
    ----------
    name : str
        Of the archive, for messages.
    archive : Peeked
        Its bytes.
    meter : Meter
        Of the source.

    Yields
    ------
    str
        The name of the file.
    Readable
        Its bytes, unpacked; the rest is passed over.

    Raises
    ------
    DamagedError
        Where the archive is broken or cut off.
    """
    while not (start := archive.peek(4)).startswith(_INDEX):
        header = archive.read(_HEADER.size)
        if not start or len(header) < _HEADER.size:
            raise DamagedError(f"{name}: the zip archive is cut off")
        if start != _LOCAL:
            raise DamagedError(f"{name}: the zip archive is damaged")
        _, _, flags, method, *_, packed, size, name_size, extra_size = _HEADER.unpack(header)
        member = archive.read(name_size).decode("utf-8" if flags & _IS_UTF8 else "cp437", "replace")
        packed, is_long = _long_size(archive.read(extra_size), packed, size)
        inside, is_folder = f"{name}{WITHIN}{member}", member.endswith("/")
        stored, follows = Member(name, archive, packed, "zip"), bool(flags & _SIZES_FOLLOW)
        content: Readable = stored
        if reason := _refusal(flags, method):
            content = _Refused(f"{inside}: {reason}")
        elif codec := _METHODS.get(method):
            source = archive if follows else stored
            content = Decompressed(inside, source, codec, meter, single=True)
        if not is_folder:
            yield member, content
        if not follows:
            _pass(stored)
        elif isinstance(content, Decompressed):
            _pass(content)
            archive.head = content.rest + archive.head
            _pass_descriptor(archive, is_long=is_long)
        elif is_folder:
            _pass_descriptor(archive, is_long=is_long)
        else:
            raise DamagedError(f"{name}: nobody knows where the files after {member} begin")


def _pass(content: Readable) -> None:
    with suppress(DamagedError):
        while content.read(CHUNK):
            pass


@dataclass
class _Refused:
    """A file that cannot be read, which is said when somebody tries."""

    reason: str

    def read(self, _size: int, /) -> bytes:
        raise DamagedError(self.reason)


def _refusal(flags: int, method: int) -> str:
    if flags & _ENCRYPTED:
        return "it has a password"
    if method not in _METHODS and method != _STORED:
        return f"it is packed by a method that is not read ({method})"
    if method == _STORED and flags & _SIZES_FOLLOW:
        return "its size is not known before its end"
    return ""


def _long_size(extra: bytes, packed: int, size: int) -> tuple[int, bool]:
    """Find the size of a file of more than 4 GiB, and whether sizes take eight bytes."""
    while len(extra) >= 4:  # noqa: PLR2004 - the header of a field
        kind, length = struct.unpack_from("<HH", extra)
        if kind == 1:
            sizes = list(struct.iter_unpack("<Q", extra[4 : 4 + length // 8 * 8]))
            place = 1 if size == _UNKNOWN else 0
            long = packed == _UNKNOWN and len(sizes) > place
            return (sizes[place][0] if long else packed), True
        extra = extra[4 + length :]
    return packed, False


def _pass_descriptor(archive: Peeked, *, is_long: bool) -> None:
    if archive.peek(4) == _DESCRIPTOR:
        archive.read(4)
    archive.read(20 if is_long else 12)
