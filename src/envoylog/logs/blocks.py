"""Cut a stream of bytes into blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import nanoarrow as na
import polars as pl
from nanoarrow.c_array import c_array_from_buffers

#: Of 1 to 16 MiB, the smallest at full speed; memory grows with it, not with the log.
BLOCK_SIZE = 8 * 2**20
_SLICE = 2**12
# How gzip, zlib and zstd begin.
_MAGIC = (b"\x1f\x8b", b"x", b"(\xb5")
_TAB, _NEWLINE, _BLANK, _DELETE = 0x09, 0x0A, 0x20, 0x7F


@dataclass(frozen=True, slots=True)
class Block:
    r"""Whole lines of one source.

    Attributes
    ----------
    data : bytes
        Lines with their newlines; only the last line of a source may lack it.
    offset : int
        The byte offset of its first line in the source.
    """

    data: bytes
    offset: int

    @property
    def lines(self) -> pl.Series:
        r"""Its lines as strings.

        Bytes that are not UTF-8 are shown as ``\xNN``; a carriage return before a newline is gone.
        """
        data = self.data if self.data.endswith(b"\n") else self.data + b"\n"
        if data.startswith(_MAGIC):
            # `read_lines` would take the block for an archive.
            return Block(b"\n" + data, self.offset).lines[1:]
        try:
            return pl.read_lines(data).to_series()
        except pl.exceptions.ComputeError:  # not UTF-8
            return pl.read_lines(b"".join(map(_shown, _slices(data)))).to_series()

    @property
    def printable(self) -> bool:
        """Whether there are no control characters but newlines and tabs."""
        codes = self._codes
        low, tabs, newlines = (
            int(found.sum()) for found in (codes < _BLANK, codes == _TAB, codes == _NEWLINE)
        )
        return low == tabs + newlines and not (codes == _DELETE).any()

    def offsets(self, lines: pl.Series) -> pl.Series:
        """Find the byte offsets of some lines, given by their places; only rejects need them."""
        ends = (self._codes == _NEWLINE).arg_true().cast(pl.Int64)
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


def read_blocks(stream: IO[bytes], size: int = BLOCK_SIZE) -> Iterator[Block]:
    r"""Read a stream block by block.

    Parameters
    ----------
    stream : binary file
        Anything that can be read.
    size : int
        In bytes; a block ends with the line in which it reaches that size.

    Yields
    ------
    Block
        None of them empty.

    Examples
    --------
    >>> import io
    >>> [block.lines.to_list() for block in read_blocks(io.BytesIO(b"one\r\ntwo\nthr\xffee"), 6)]
    [['one', 'two'], ['thr\\xffee']]
    """
    offset = 0
    while data := stream.read(size):
        if not data.endswith(b"\n"):
            data += stream.readline()
        yield Block(data, offset)
        offset += len(data)


def _slices(data: bytes) -> Iterator[bytes]:
    """Cut a block into a few lines each: most of them are plain ASCII, which is known at once."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at + _SLICE) + 1 or len(data)
        yield data[at:end]
        at = end


def _shown(data: bytes) -> bytes:
    return data if data.isascii() else data.decode("utf-8", "backslashreplace").encode()
