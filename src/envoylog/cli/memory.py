"""Have memory used again that was given back, so that a long run takes no more than a short one."""

from __future__ import annotations

import ctypes
import os
import re
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

#: Options of jemalloc, the allocator of polars, which has four arenas for each core. Each keeps
#: what is freed in it for half a second, as another thread may not have it, and then counts it for
#: another second. Large pieces go back at once.
JEMALLOC: Final = "narenas:2,oversize_threshold:2097152,dirty_decay_ms:200,muzzy_decay_ms:0"
_JEMALLOC: Final = "_RJEM_MALLOC_CONF"
# polars leaves its own in the environment, for whatever its process starts.
_OF_POLARS: Final = re.compile(r"^dirty_decay_ms:\d+,muzzy_decay_ms:-?\d+,?")

# How many row groups may wait to be written while the disk is slow; else some more than cores.
_ROW_GROUPS: Final = ("POLARS_INFLIGHT_SINK_MORSEL_LIMIT", "2")


def share_memory() -> None:
    """Have the allocators of C and of polars share among threads what is freed.

    Each thread would keep some, and a long run would take a fifth more memory than a short one: it
    meets more moments in which all have much. It must be called before polars is imported.
    """
    chosen = _OF_POLARS.sub("", os.environ.get(_JEMALLOC, ""))
    # Of an option that is given twice, the last counts: a user's own ones hold.
    os.environ[_JEMALLOC] = f"{JEMALLOC},{chosen}" if chosen else JEMALLOC
    os.environ.setdefault(*_ROW_GROUPS)
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            library = ctypes.CDLL(None)
            for option, number in OPTIONS.items():
                library.mallopt(option, number)
