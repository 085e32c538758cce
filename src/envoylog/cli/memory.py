"""Have memory used again that was given back, so that a long run takes no more than a short one."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from typing import Final

_MIB: Final = 2**20
#: Options of glibc's malloc.h, and their values.
OPTIONS: Final = {
    # M_ARENA_MAX: all threads share what is freed; else each keeps some of its own.
    -8: 1,
    # M_MMAP_THRESHOLD: so large a piece is mapped anew each time. The bytes of a block are not:
    # the faults of their pages would cost a fifth of a parse.
    -3: 32 * _MIB,
    # M_TRIM_THRESHOLD: so much may be free at the end of the heap, a block.
    -1: 8 * _MIB,
}

#: polars reads them when it is imported, or when it begins to write; a user's own ones hold.
SETTINGS: Final = {
    # Of its allocator, jemalloc. That has four arenas for each core, and each keeps what is freed
    # in it for half a second, as another thread may not have it; and even then the system may have
    # it only when memory runs out. Large pieces go back at once.
    "_RJEM_MALLOC_CONF": (
        "narenas:2,oversize_threshold:2097152,dirty_decay_ms:200,muzzy_decay_ms:0"
    ),
    # How many row groups may wait to be written while the disk is slow; else some more than cores.
    "POLARS_INFLIGHT_SINK_MORSEL_LIMIT": "2",
}


def share_memory() -> None:
    """Have the allocators of C and of polars share among threads what is freed.

    Each thread would keep some, and a long run would take a fifth more memory than a short one: it
    meets more moments in which all have much. It must be called before polars is imported.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            library = ctypes.CDLL(None)
            for option, number in OPTIONS.items():
                library.mallopt(option, number)
