"""Load what a command needs, without looking for garbage among it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Have Python look for no garbage while modules are loaded: they stay, and are many objects."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
