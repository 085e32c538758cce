"""Compressed logs, known by how they begin and not by their names."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from envoylog.errors import DamagedError, InputError

#: What is read and unpacked at a time, in bytes.
CHUNK: Final = 2**16
# What a decompressor is given at a time: where it meets damage, it keeps all to itself that it
# made of this.
_STEP: Final = 2**10
#: How many times its own size a source may unpack to, once it has given `EXPANSION_FLOOR` bytes.
MAX_EXPANSION: Final = 250
EXPANSION_FLOOR: Final = 2**30


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes; fewer only at the end."""


class Decompressor(Protocol):
    """What the standard library's decompressors have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the compressed data was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether there is nothing left to give without more data."""

    @property
    def unused_data(self) -> bytes:
        """What was given after the end."""

    def decompress(self, data: bytes, /, max_length: int) -> bytes:
        """Unpack up to `max_length` bytes."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One kind of compression.

    Attributes
    ----------
    name : str
        As people call it.
    magics : tuple of bytes
        How it begins.
    load : callable
        Gives a maker of decompressors, and what they raise where data is damaged.
    """

    name: str
    magics: tuple[bytes, ...]
    load: Callable[[], tuple[Callable[[], Decompressor], tuple[type[Exception], ...]]]

    def begins(self, data: bytes) -> bool:
        """Tell whether data begins so."""
        return data.startswith(self.magics)


@dataclass(slots=True)
class Meter:
    """Counts the bytes of one source, and stops it where it unpacks to too many.

    Attributes
    ----------
    stored, unpacked : int
        Bytes as they are stored, and the most that any layer of compression made of them.
    max_expansion : float
        How many times as many may be unpacked as are stored, from `EXPANSION_FLOOR` bytes on.
    """

    max_expansion: float = MAX_EXPANSION
    stored: int = 0
    unpacked: int = 0

    def unpack(self, total: int) -> str | None:
        """Note that a layer has unpacked `total` bytes; say why that is too much, if it is."""
        self.unpacked = max(self.unpacked, total)
        if total <= EXPANSION_FLOOR or total <= self.max_expansion * self.stored:
            return None
        return (
            f"it unpacks to more than {self.max_expansion:,g} times its size: left after "
            f"{total:,} bytes (see --max-expansion)"
        )


class Metered:
    """A stream whose bytes are counted as they are read."""

    def __init__(self, stream: Readable, meter: Meter) -> None:
        self._stream = stream
        self._meter = meter

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes; fewer only at the end."""
        data = self._stream.read(size)
        self._meter.stored += len(data)
        return data


class Peeked:
    """A stream whose first bytes were read already.

    Attributes
    ----------
    head : bytes
        These bytes, as far as they were not read again.
    """

    def __init__(self, stream: Readable, size: int) -> None:
        self._stream = stream
        self.head = stream.read(size)

    def peek(self, size: int) -> bytes:
        """Give the next bytes without reading them."""
        if len(self.head) < size:
            self.head += self._stream.read(size - len(self.head))
        return self.head[:size]

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes; fewer only at the end."""
        if not self.head:
            return self._stream.read(size)
        data, self.head = self.head[:size], self.head[size:]
        return data + self._stream.read(size - len(data)) if len(data) < size else data


@dataclass
class Decompressed:
    """The bytes of a compressed stream, of as many members or frames as there are.

    Attributes
    ----------
    name : str
        Of the source; for messages.
    stream : Readable
        The compressed bytes.
    codec : Codec
        How they are compressed.
    meter : Meter
        Of the source.
    single : bool
        Whether what follows the first member is something else; see `rest`.
    """

    name: str
    stream: Readable
    codec: Codec
    meter: Meter
    single: bool = False
    _total: int = 0
    _read: int = 0
    _stored: bytes = b""
    _at: int = 0
    _waiting: bytes = b""
    _damage: DamagedError | None = None
    _decompressor: Decompressor | None = None
    _errors: tuple[type[Exception], ...] = field(default=(), init=False)
    _make: Callable[[], Decompressor] | None = field(default=None, init=False)

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes; fewer only at the end.

        Parameters
        ----------
        size : int
            In bytes.

        Returns
        -------
        bytes

        Raises
        ------
        DamagedError
            Where the data is broken or cut off; what came before it was given.
        """
        parts: list[bytes] = []
        while size > 0 and self._damage is None:
            try:
                part = self._some(min(size, CHUNK))
            except DamagedError as damage:
                self._damage = damage
                break
            if not part:
                break
            parts.append(part)
            size -= len(part)
        if self._damage and not parts:
            raise self._damage
        return b"".join(parts)

    @property
    def rest(self) -> bytes:
        """What was read, but stands behind the end."""
        return self._unused + self._stored[self._at :]

    @property
    def _unused(self) -> bytes:
        # lz4 says None where there is nothing.
        return (self._decompressor.unused_data or b"") if self._decompressor else b""

    def _some(self, size: int) -> bytes:
        """Unpack some bytes; none at the end."""
        if self._make is None:
            self._make, self._errors = self.codec.load()
        while True:
            if self._decompressor is None or self._decompressor.eof:
                if not self._has_more():
                    return b""
                self._decompressor = self._make()
            data = b""
            if self._decompressor.needs_input:
                data = self._waiting or self._more()
                self._waiting = b""
                if not data:
                    raise self._damaged("is cut off")
            try:
                unpacked = self._decompressor.decompress(data, max_length=size)
            except self._errors as error:
                raise self._damaged(f"is damaged ({error})") from None
            if unpacked:
                self._total += len(unpacked)
                if reason := self.meter.unpack(self._total):
                    raise DamagedError(f"{self.name}: {reason}")
                return unpacked

    def _has_more(self) -> bool:
        """Find the next member or frame; tapes and blocks of disks are filled up with NULs."""
        if self.single:
            return self._decompressor is None
        first = self._decompressor is None
        data = self._waiting if first else self._unused
        while True:
            data = data if first else data.lstrip(b"\0")
            if len(data) >= _LONGEST or not (more := self._more()):
                break
            data += more
        self._waiting = data
        if not data:
            return False
        if not self.codec.begins(data):
            raise self._damaged("is followed by something else")
        return True

    def _more(self) -> bytes:
        if self._at >= len(self._stored):
            self._stored, self._at = self.stream.read(CHUNK), 0
        data = self._stored[self._at : self._at + _STEP]
        self._at += len(data)
        self._read += len(data)
        return data

    def _damaged(self, how: str) -> DamagedError:
        return DamagedError(
            f"{self.name}: the {self.codec.name} data {how} near byte {self._read:,}; "
            f"the {self._total:,} bytes before that were read"
        )


def find_codec(head: bytes) -> Codec | None:
    """Tell how something is compressed.

    Parameters
    ----------
    head : bytes
        Its beginning.

    Returns
    -------
    Codec or None
        None for what is not compressed.

    Examples
    --------
    >>> import gzip
    >>> find_codec(gzip.compress(b"line")).name
    'gzip'
    >>> find_codec(b"[2026-11-24") is None
    True
    """
    return next((codec for codec in CODECS if codec.begins(head)), None)


class _Zlib:
    """Gives zlib's decompressor the shape of the others."""

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, /, max_length: int) -> bytes:
        unpacked = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(unpacked) < max_length
        return unpacked


def _load_gzip() -> tuple[Callable[[], Decompressor], tuple[type[Exception], ...]]:
    try:
        from isal import igzip_lib  # two to three times as fast
    except ImportError:
        return (lambda: _Zlib(16 + zlib.MAX_WBITS)), (zlib.error,)
    make = igzip_lib.IgzipDecompressor
    # Its stubs say that the class is an instance.
    errors: tuple[type[Exception], ...] = (igzip_lib.error, EOFError)  # type: ignore[assignment]
    return (lambda: make(flag=igzip_lib.DECOMP_GZIP)), errors


def _load_deflate() -> tuple[Callable[[], Decompressor], tuple[type[Exception], ...]]:
    return (lambda: _Zlib(-zlib.MAX_WBITS)), (zlib.error,)


def _load_bz2() -> tuple[Callable[[], Decompressor], tuple[type[Exception], ...]]:
    from bz2 import BZ2Decompressor

    return BZ2Decompressor, (OSError, EOFError)


def _load_xz() -> tuple[Callable[[], Decompressor], tuple[type[Exception], ...]]:
    from lzma import LZMADecompressor, LZMAError

    return LZMADecompressor, (LZMAError, EOFError)


def _load_zstd() -> tuple[Callable[[], Decompressor], tuple[type[Exception], ...]]:
    import sys

    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdDecompressor, ZstdError
    else:
        from backports.zstd import ZstdDecompressor, ZstdError
    return ZstdDecompressor, (ZstdError, EOFError)


def _load_lz4() -> tuple[Callable[[], Decompressor], tuple[type[Exception], ...]]:
    try:
        from lz4.frame import LZ4FrameDecompressor
    except ImportError:
        raise InputError("lz4 data needs: pip install 'envoylog[lz4]'") from None
    return LZ4FrameDecompressor, (RuntimeError, EOFError)


#: Frames that hold nothing, which pzstd and others write first.
_SKIPPABLE: Final = tuple(bytes((number,)) + b"\x2a\x4d\x18" for number in range(0x50, 0x60))
CODECS: Final = (
    Codec("gzip", (b"\x1f\x8b\x08",), _load_gzip),
    Codec("zstd", (b"\x28\xb5\x2f\xfd", *_SKIPPABLE), _load_zstd),
    Codec(
        "bzip2",
        tuple(
            b"BZh%d%b" % (level, block)
            for level in range(1, 10)
            for block in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
        ),
        _load_bz2,
    ),
    Codec("xz", (b"\xfd7zXZ\0",), _load_xz),
    Codec("lz4", (b"\x04\x22\x4d\x18",), _load_lz4),
)
#: What zip archives hold.
DEFLATE: Final = Codec("zip", (b"",), _load_deflate)
_LONGEST: Final = max(len(magic) for codec in CODECS for magic in codec.magics)
