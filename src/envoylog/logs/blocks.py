"""Cut a stream of bytes into blocks of whole lines, as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

#: Of 2, 4, 8 and 16 MiB, the smallest at full speed; memory grows with it, not with the log.
BLOCK_SIZE = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Block:
    r"""Whole lines of one source.

    Attributes
    ----------
    text : str
        Lines joined by newlines, without the last newline. Bytes that are not UTF-8 are shown as
        ``\xNN``; a carriage return before a newline is gone.
    first_line : int
        The number of its first line in the source, from 1.
    offset : int
        The byte offset of its first line in the source.
    data : bytes
        What the text was made of.
    ended : bool
        Whether a newline followed.
    """

    text: str
    first_line: int
    offset: int
    data: bytes
    ended: bool = True

    @property
    def size(self) -> int:
        """How many bytes of the source it covers."""
        return len(self.data) + self.ended

    def cut(self, count: int) -> tuple[Block | None, Block]:
        """Cut the last `count` lines off; nothing is before them if the block has no more."""
        head, *tail = self.data.rsplit(b"\n", count)
        if len(tail) < count:
            return None, self
        rest = b"\n".join(tail)
        first_line = self.first_line + head.count(b"\n") + 1
        offset = self.offset + len(head) + 1
        before = Block(_decode(head), self.first_line, self.offset, head)
        return before, Block(_decode(rest), first_line, offset, rest, self.ended)

    def joined(self, after: Block) -> Block:
        """Join the block that follows in the source."""
        data = self.data + b"\n" + after.data
        return Block(_decode(data), self.first_line, self.offset, data, after.ended)

    def offsets(self) -> list[int]:
        """Find the byte offset of each line; only rejects need it."""
        offsets, at = [], self.offset
        for line in self.data.split(b"\n"):
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
        In bytes; a block is at most so long, unless a single line is longer.

    Yields
    ------
    Block
        None of them empty; the last line counts with or without its newline.

    Examples
    --------
    >>> import io
    >>> [block.text for block in read_blocks(io.BytesIO(b"one\r\ntwo\nthr\xffee"), 6)]
    ['one', 'two', 'thr\\xffee']
    """
    first_line, offset, rest = 1, 0, b""
    while chunk := stream.read(size):
        end = chunk.rfind(b"\n")
        if end < 0:
            rest += chunk
            continue
        data, rest = rest + chunk[:end], chunk[end + 1 :]
        yield Block(_decode(data), first_line, offset, data)
        first_line += data.count(b"\n") + 1
        offset += len(data) + 1
    if rest:
        yield Block(_decode(rest), first_line, offset, rest, ended=False)


def _decode(data: bytes) -> str:
    text = data.decode("utf-8", "backslashreplace")
    return text.replace("\r\n", "\n").removesuffix("\r") if "\r" in text else text
