"""Draw a picture into Axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import polars as pl

from envoylog.charts.axes import ROWS, ink, need_matplotlib, row_wise
from envoylog.charts.bars import bars
from envoylog.charts.heatmaps import heatmap
from envoylog.charts.lines import bands, lines
from envoylog.charts.marks import Mark, mark
from envoylog.charts.message import message
from envoylog.charts.picture import Picture
from envoylog.charts.spans import spans
from envoylog.charts.stacks import stack
from envoylog.charts.titles import head
from envoylog.charts.whiskers import dots, whiskers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 8.0, 4.2
_HEAD, _ROW = 1.5, 0.27  # what rows need, so that none is squeezed
# Each draws into the Axes, and says what is not shown.
_KINDS: Final[Mapping[str, Callable[[Picture, Axes], str]]] = {
    "bar": bars,
    "line": lines,
    "band": bands,
    "heatmap": heatmap,
    "stack": stack,
    "dot": dots,
    "whisker": whiskers,
    "span": spans,
}


def draw(picture: Picture, ax: Axes | None = None, marks: Sequence[Mark] = ()) -> Axes:
    """Draw a picture.

    Parameters
    ----------
    picture : Picture
        The picture.
    ax : matplotlib Axes, optional
        Where to draw; a new figure of pyplot by default, so that notebooks show it.
    marks : sequence of Mark
        Moments and stretches to be marked, where time is across.

    Returns
    -------
    matplotlib Axes
        Its title is the message, with the window and the number of requests below it.
    """
    need_matplotlib()
    if ax is None:
        from matplotlib import pyplot as plt

        _, ax = plt.subplots(figsize=size(picture), layout="constrained")
    told = _KINDS[picture.chart.kind](picture, ax)
    mark(ax, marks)
    if nothing := _nothing(picture):
        ax.text(0.5, 0.5, nothing, transform=ax.transAxes, ha="center", color=ink(ax))
    below = f"{picture.basis}; {told}" if told else picture.basis
    head(ax, message(picture) or picture.title, below)
    return ax


def _nothing(picture: Picture) -> str:
    """Say that there is nothing to be seen, and of what."""
    if picture.frame.is_empty():
        return "no requests"
    values = picture.frame.select(picture.chart.y)
    empty = values.select(pl.all().is_null().all()).row(0)
    return "no values: too few requests, or none to compare with" if all(empty) else ""


def size(picture: Picture) -> tuple[float, float]:
    """Give the width and height in inches that suit a picture."""
    rows = min(picture.frame.height, ROWS)
    of_rows = picture.frame.height and row_wise(picture)
    return _WIDTH, max(_HEAD + 4 * _ROW, _HEAD + _ROW * rows) if of_rows else _HEIGHT
