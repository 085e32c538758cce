"""Lines over time, and bands of quantiles; where nothing was measured there is no line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING

import polars as pl

from envoylog.charts.axes import cut, ink, length, name_time, name_values, number, place
from envoylog.charts.palette import BLUE, LINES, Line
from envoylog.charts.picture import Picture
from envoylog.charts.text import plain, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEGEND = 28
_FEW = 40  # up to so many points each has its marker
_DARKEST = 0.55
_LIMITS = ((1, 2), (6, 2, 1, 2), (3, 2), (8, 3))


def lines(picture: Picture, ax: Axes) -> str:
    """Draw a line for each column of values, or for each value of the series."""
    chart, frame = picture.chart, picture.frame.drop_nulls(picture.chart.x)
    every = list(_found(picture, frame))
    found = [one for one in every if one[2][one[1]].null_count() < one[2].height]
    for (label, column, own), style in zip(found, LINES, strict=False):
        _line(picture, ax, own.sort(chart.x), column, style, label=plain(label, _LEGEND))
    for (name, limit), dash in zip(chart.limits.items(), _LIMITS, strict=False):
        label = plain(f"{name}: {shown(limit, picture.unit(chart.y[0]))}")
        ax.axhline(limit, color=ink(ax), linewidth=0.9, linestyle=(0, dash), label=label)
    if found and (chart.series or len(found) + len(chart.limits) > 1):
        title = plain(chart.series.replace("_", " ")) or None
        ax.legend(title=title, frameon=False, fontsize="small", title_fontsize="small",
                  loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0)  # fmt: skip
    _finish(picture, ax)
    left = len(every) - len(found)
    told = (cut(picture, "lines", len(LINES), len(found)), f"{left} without values" if left else "")
    return "; ".join(filter(None, told))


def bands(picture: Picture, ax: Axes) -> str:
    """Draw quantiles: the lowest as a line, and what lies up to each higher one as a paler band."""
    chart = picture.chart
    frame = picture.frame.drop_nulls(chart.x).sort(chart.x)
    for order, (low, high) in enumerate(pairwise(chart.y)):
        times, (lower, upper) = _with_gaps(picture, frame, [low, high])
        alpha = _DARKEST - 0.3 * order / max(1, len(chart.y) - 2)
        ax.fill_between(times, lower, upper, color=BLUE, alpha=alpha, linewidth=0)
    for column, style in zip(chart.y, LINES, strict=False):
        _line(picture, ax, frame, column, replace(style, colour=BLUE), label=plain(column))
    ax.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1, 1),
              borderaxespad=0, reverse=True)  # fmt: skip
    _finish(picture, ax)
    if "n" not in frame.columns or frame.is_empty():
        return ""
    return "n = {} to {} a point".format(
        *(shown(end) for end in (frame["n"].min(), frame["n"].max()))
    )


def _found(picture: Picture, frame: pl.DataFrame) -> Iterator[tuple[object, str, pl.DataFrame]]:
    chart = picture.chart
    if not chart.series:
        yield from ((column.replace("_", " "), column, frame) for column in chart.y)
        return
    for name in frame[chart.series].unique(maintain_order=True):
        yield name, chart.y[0], frame.filter(pl.col(chart.series).eq_missing(name))


def _line(
    picture: Picture, ax: Axes, frame: pl.DataFrame, column: str, style: Line, *, label: str
) -> None:
    times, (values,) = _with_gaps(picture, frame, [column])
    alone = [at for at, value in enumerate(values) if not isnan(value) and _alone(values, at)]
    ax.plot(
        times, values, label=label, color=style.colour, linewidth=1.6, markersize=4,
        linestyle=(0, style.dash) if style.dash else "-", marker=style.marker,
        markevery=None if frame.height <= _FEW and frame[column].n_unique() > 1 else alone,
    )  # fmt: skip


def _alone(values: Sequence[float], at: int) -> bool:
    """Tell whether a point has no neighbour to draw a line to."""
    beside = (values[place] for place in (at - 1, at + 1) if 0 <= place < len(values))
    return all(isnan(value) for value in beside)


def _with_gaps(
    picture: Picture, frame: pl.DataFrame, columns: list[str]
) -> tuple[list[float], list[list[float]]]:
    """Put nothing where a step of time is missing, so that no line leads over it."""
    step = (
        length(picture.step) if picture.step and frame[picture.chart.x].dtype.is_temporal() else 0
    )
    times: list[float] = []
    values: list[list[float]] = [[] for _column in columns]
    for row in frame.select(picture.chart.x, *columns).iter_rows():
        time = place(row[0])
        missing = step and times and time - times[-1] > 1.5 * step
        for at, cells in (
            ((times[-1] + step, []), (time, row[1:])) if missing else ((time, row[1:]),)
        ):
            times.append(at)
            for column, value in zip(values, cells or [None] * len(values), strict=True):
                column.append(number(value))
    return times, values


def _finish(picture: Picture, ax: Axes) -> None:
    chart = picture.chart
    name_values(ax.yaxis, picture, chart.y)
    if picture.frame.height:
        bottom, top = ax.get_ylim()
        ax.set_ylim(bottom if ax.dataLim.y0 < 0 else 0, 1.03 * top if top > 0 else 1)
    if picture.frame[chart.x].dtype.is_temporal():
        name_time(ax.xaxis, picture, chart.x)
    else:
        name_values(ax.xaxis, picture, (chart.x,))
    ax.spines[["top", "right"]].set_visible(False)
