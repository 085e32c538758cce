"""The streams of log bytes in one source: itself, or the members of an archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from envoylog.errors import InputError
from envoylog.logs.compression import Decompressed, Meter, Peeked, Readable, find_codec
from envoylog.logs.tar import WITHIN, is_tar, tar_members
from envoylog.logs.unicode import as_utf8
from envoylog.logs.zip import is_zip, zip_members

# Where a tar archive says that it is one.
_HEAD: Final = 512


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of lines.

    Attributes
    ----------
    name : str
        The name of its source; for a member of an archive, followed by `!` and its own name.
    content : Readable
        Its bytes, unpacked.
    packed : bool
        Whether it is compressed or in an archive, so that its offsets are none of the source.
    """

    name: str
    content: Readable
    packed: bool = False


def open_streams(name: str, stored: Readable, meter: Meter) -> Iterator[Stream]:
    """Unpack a source.

    Compression and archives are known by their content. An archive is unpacked once, as is what is
    compressed in it.

    Parameters
    ----------
    name : str
        Of the source.
    stored : Readable
        Its bytes as they are stored.
    meter : Meter
        Its meter.

    Yields
    ------
    Stream
        To be read before the next is asked for.

    Raises
    ------
    DamagedError
        Where an archive is broken; so does reading a stream.
    InputError
        If it cannot be unpacked at all.

    Examples
    --------
    >>> import gzip, io
    >>> packed = io.BytesIO(gzip.compress(b"a line"))
    >>> [stream.content.read(100) for stream in open_streams("a", packed, Meter())]
    [b'a line']
    """
    plain, packed = _unpacked(name, stored, meter)
    if is_tar(plain.head):
        members = tar_members(name, plain)
    elif is_zip(plain.head):
        members = zip_members(name, plain, meter)
    else:
        yield Stream(name, as_utf8(plain), packed)
        return
    for member, content in members:
        inside = f"{name}{WITHIN}{member}"
        try:
            unpacked = as_utf8(_unpacked(inside, content, meter)[0])
        except InputError as failure:
            unpacked = _Broken(failure)
        yield Stream(inside, unpacked, packed=True)


@dataclass
class _Broken:
    """A member that cannot be read, which is said when somebody tries; the next ones can."""

    failure: InputError

    def read(self, _size: int, /) -> bytes:
        raise self.failure


def _unpacked(name: str, stream: Readable, meter: Meter) -> tuple[Peeked, bool]:
    peeked = Peeked(stream, _HEAD)
    codec = find_codec(peeked.head)
    if codec is None:
        return peeked, False
    return Peeked(Decompressed(name, peeked, codec, meter), _HEAD), True
