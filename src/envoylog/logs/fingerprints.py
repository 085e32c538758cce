"""Recognise content that was read before, whatever its file is called now.

A log is renamed, copied, truncated, compressed, uploaded twice: its name and inode change, its
bytes do not. So what was read is remembered by the bytes: hashes of its beginnings of a few
lengths, and a hash of what stands just before the place where reading stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import blake2b
from typing import Final

#: Lengths of beginnings. The shortest holds more than the time of the first request.
LENGTHS: Final = tuple(2**power for power in range(5, 17))
HEAD: Final = LENGTHS[-1]
TAIL: Final = 2**12


class Kinship(Enum):
    """How some content stands to what was read before."""

    NONE = auto()
    """It is something else."""
    CONTINUES = auto()
    """It begins with all that was read."""
    PART = auto()
    """It is the beginning of what was read: a copy that is not finished."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    r"""The content up to an offset.

    Attributes
    ----------
    offset : int
        How many bytes were read, after decompression.
    heads : tuple of str
        Hashes of the first `LENGTHS` bytes, as many as there are.
    tail : str
        The hash of the last `TAIL` bytes before the offset; of all of them where they are fewer.

    Examples
    --------
    >>> log = b"one\ntwo\nthree\n"
    >>> read = Fingerprint.of(log[:8], 8, log[:8])
    >>> read.kinship(log, lambda offset, count: log[offset : offset + count])
    <Kinship.CONTINUES: 2>
    """

    offset: int
    heads: tuple[str, ...]
    tail: str

    @classmethod
    def of(cls, head: bytes, offset: int, before: bytes) -> Fingerprint:
        """Take the fingerprint of content.

        Parameters
        ----------
        head : bytes
            Its beginning, up to `HEAD` bytes.
        offset : int
            Where reading stopped.
        before : bytes
            The bytes before the offset, at least `TAIL` of them if there are so many.
        """
        return cls(offset, head_hashes(head[:offset]), digest(before[-TAIL:]))

    @property
    def key(self) -> str:
        """What content must have in common with this one; empty for very short content."""
        return self.heads[0] if self.heads else ""

    def kinship(self, head: bytes, read: Callable[[int, int], bytes]) -> Kinship:
        """Compare with other content.

        Parameters
        ----------
        head : bytes
            The beginning of the other, up to `HEAD` bytes.
        read : callable
            Reads the other: from an offset, so many bytes.
        """
        common = sum(length <= min(len(head), self.offset) for length in LENGTHS)
        if common and digest(head[: LENGTHS[common - 1]]) != self.heads[common - 1]:
            return Kinship.NONE
        size = min(self.offset, TAIL)
        before = read(self.offset - size, size)
        if len(before) < size:
            return Kinship.PART if common else Kinship.NONE
        return Kinship.CONTINUES if digest(before) == self.tail else Kinship.NONE


def head_hashes(head: bytes) -> tuple[str, ...]:
    """Hash the beginnings of some content."""
    return tuple(digest(head[:length]) for length in LENGTHS if length <= len(head))


def digest(data: bytes) -> str:
    """Hash bytes; 64 bits are plenty, as both ends of a log must agree."""
    return blake2b(data, digest_size=8).hexdigest()
