"""Cut a stream of bytes into blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import polars as pl

#: Of 1 to 16 MiB, the smallest at full speed; memory grows with it, not with the log.
BLOCK_SIZE = 8 * 2**20


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
        # Most blocks of most logs are plain ASCII, which is known at once.
        plain = self.data.isascii()
        utf8 = self.data if plain else self.data.decode("utf-8", "backslashreplace").encode()
        return pl.read_lines(utf8 if utf8.endswith(b"\n") else utf8 + b"\n").to_series()

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

    def offsets(self) -> list[int]:
        """Find the byte offset of each line; only rejects need it."""
        offsets, at = [], self.offset
        for line in self.data.removesuffix(b"\n").split(b"\n"):
            offsets.append(at)
            at += len(line) + 1
        return offsets


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
