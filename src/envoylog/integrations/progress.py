"""The progress of a run, drawn in a notebook."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from envoylog.display import html
from envoylog.display.shown import size

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from envoylog.pipeline.progress import Tell
    from envoylog.pipeline.summary import Progress

#: In seconds: a run that is over by then needs no bar, and how often a bar moves.
_PATIENCE, _STEP = 0.5, 0.2
_NOTHING: Final = {"text/html": "", "text/plain": ""}


@dataclass(frozen=True, slots=True)
class Bar:
    """How far a run has come after some seconds."""

    progress: Progress
    seconds: float

    def __repr__(self) -> str:
        told, total = self.progress, self.progress.bytes_total
        share = (
            f"{told.bytes_read / total:.0%} of {size(total)}" if total else size(told.bytes_read)
        )
        speed = told.lines / self.seconds if self.seconds else 0
        return f"{share}, {told.lines:,} lines, {speed:,.0f} lines/s, {told.rejects:,} rejects"

    def _repr_html_(self) -> str:
        told = self.progress
        place = f' max="{told.bytes_total}" value="{told.bytes_read}"' if told.bytes_total else ""
        return html.block(f"<progress{place}></progress> {html.text(repr(self))}")


@contextmanager
def notebook_bar() -> Iterator[Tell]:
    """Draw a bar under the cell that runs, and take it away when the run is done."""
    from IPython.display import display

    began = shown = time.perf_counter()
    handle: DisplayHandle | None = None

    def tell(progress: Progress) -> None:
        nonlocal handle, shown
        now = time.perf_counter()
        if now - began < _PATIENCE or now - shown < _STEP:
            return
        shown = now
        bar = Bar(progress, now - began)
        if handle is None:
            handle = display(bar, display_id=True)
        else:
            handle.update(bar)

    yield tell
    if handle is not None:
        handle.update(_NOTHING, raw=True)
