"""Text that is not plain UTF-8: other encodings, and bytes that are no text at all."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from envoylog.logs.compression import Peeked, Readable

BOM: Final = codecs.BOM_UTF8
# Bytes are shown in lower case; a backslash that would be taken for the beginning of one is too.
_LOOKS_SHOWN: Final = re.compile(rb"\\(?=x(?:5c|[89a-f][0-9a-f]))")
_SHOWN: Final = re.compile(r"\\x(5c|[89a-f][0-9a-f])")
_SLICE: Final = 2**15


def show_bytes(data: bytes) -> bytes:
    r"""Write bytes that are not UTF-8 as ``\xNN``.

    Where a text has a backslash that looks like the beginning of such a byte, it becomes ``\x5c``,
    so that `hide_bytes` gives back what was written.

    Parameters
    ----------
    data : bytes
        Lines.

    Returns
    -------
    bytes
        UTF-8.

    Examples
    --------
    >>> show_bytes(b"caf\xe9")
    b'caf\\xe9'
    >>> show_bytes(rb"caf\xe9")
    b'caf\\x5cxe9'
    """
    parts: list[bytes] = []
    at = 0
    # Most slices are plain ASCII without a backslash, which is known at once.
    while at < len(data):
        end = data.find(b"\n", at + _SLICE) + 1 or len(data)
        part = data[at:end]
        if b"\\" in part:
            part = _LOOKS_SHOWN.sub(rb"\\x5c", part)
        parts.append(part if part.isascii() else _shown(part))
        at = end
    return b"".join(parts)


def _shown(part: bytes) -> bytes:
    try:
        part.decode()  # takes less than to decode and encode again
    except UnicodeDecodeError:
        return part.decode("utf-8", "backslashreplace").encode()
    return part


def hide_bytes(text: str) -> bytes:
    r"""Give back the bytes that a text was read from.

    Parameters
    ----------
    text : str
        A text of a reject, or a value of a TEXT log.

    Returns
    -------
    bytes

    Examples
    --------
    >>> hide_bytes(r"caf\xe9"), hide_bytes(r"caf\x5cxe9")
    (b'caf\xe9', b'caf\\xe9')
    """
    surrogates = _SHOWN.sub(
        lambda found: "\\" if found[1] == "5c" else chr(0xDC00 + int(found[1], 16)), text
    )
    return surrogates.encode("utf-8", "surrogateescape")


def as_utf8(stream: Peeked) -> Readable:
    """Turn UTF-16 with a byte order mark, as Windows shells write it, into UTF-8.

    Parameters
    ----------
    stream : Peeked
        Any bytes.

    Returns
    -------
    Readable
        The stream itself if it begins otherwise.
    """
    head = stream.head
    if head.startswith(codecs.BOM_UTF16_LE) and head[3:4] == b"\0":
        return _Utf16(stream, codecs.getincrementaldecoder("utf-16-le")("replace"))
    if head.startswith(codecs.BOM_UTF16_BE) and head[2:3] == b"\0":
        return _Utf16(stream, codecs.getincrementaldecoder("utf-16-be")("replace"))
    return stream


@dataclass
class _Utf16:
    stream: Readable
    decoder: codecs.IncrementalDecoder
    _waiting: bytes = b""
    _begun: bool = False

    def read(self, size: int, /) -> bytes:
        while len(self._waiting) < size:
            data = self.stream.read(size)
            text = self.decoder.decode(data, final=not data)
            if not self._begun:
                self._begun, text = True, text.removeprefix("\ufeff")
            self._waiting += text.encode()
            if not data:
                break
        given, self._waiting = self._waiting[:size], self._waiting[size:]
        return given
