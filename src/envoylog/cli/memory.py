"""Give the memory of a block of a log back as soon as it is done with."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from typing import Final

# Of glibc's malloc.h: a piece of memory of this size is mapped, and unmapped when it is freed.
_M_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 2**20

#: polars reads them when it is imported, or when it begins to write; a user's own ones hold.
SETTINGS: Final = {
    # Of its allocator, jemalloc. That has four arenas for each core, and each keeps what is freed
    # in it for half a second, as another thread may not have it. Large pieces go back at once.
    "_RJEM_MALLOC_CONF": "narenas:2,oversize_threshold:2097152",
    # How many row groups may wait to be written while the disk is slow; else some more than cores.
    "POLARS_INFLIGHT_SINK_MORSEL_LIMIT": "2",
}


def keep_little_memory() -> None:
    """Have the allocators of C and of polars keep little of what is freed.

    Each thread would keep some, and a long run would take a fifth more memory than a short one: it
    meets more moments in which all have much. It must be called before polars is imported.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            # glibc would learn from the first large piece that is freed that such are better kept.
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)
