"""Whom a run tells how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from envoylog.pipeline.summary import Progress

Tell = Callable[[Progress], None]
#: What draws the progress of a run, as a context.
Bar = Callable[[], AbstractContextManager[Tell]]

_bar: Bar | None = None


def draw_with(bar: Bar | None) -> None:
    """Choose what runs draw their progress with unless their caller says otherwise.

    Parameters
    ----------
    bar : callable or None
        Makes a context that gives a callback; None, as at first, draws nothing.
    """
    global _bar  # noqa: PLW0603 - a session has one screen
    _bar = bar


@contextmanager
def telling(progress: Tell | None) -> Iterator[Tell | None]:
    """Give the callback of a run: the caller's, or that of the session."""
    if progress is not None or _bar is None:
        yield progress
    else:
        with _bar() as tell:
            yield tell
