"""Give the memory of a block of a log back as soon as it is done with."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from typing import Final

# Of glibc's malloc.h: a piece of memory of this size is mapped, and unmapped when it is freed.
_M_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 2**20


def map_large_pieces() -> None:
    """Keep glibc from learning that large pieces of memory are better kept.

    It does so when the first of them is freed. From then on each thread keeps some that are free,
    and a long run takes a fifth more memory than a short one.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)
