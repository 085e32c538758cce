"""Parts of a whole: stacked bars over time, or one a row."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from envoylog.charts.axes import (
    ROWS,
    cut,
    ink,
    length,
    name_rows,
    name_time,
    name_values,
    number,
    place,
    row_labels,
    row_notes,
)
from envoylog.charts.palette import FILLS, STATUS
from envoylog.charts.picture import Picture
from envoylog.charts.text import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_THICK = 80  # with more bars than that outlines would be all that one sees


def stack(picture: Picture, ax: Axes) -> str:
    """Draw the columns of values on each other, the first one on the axis where it is read best."""
    frame, chart = picture.frame, picture.chart
    over_time = frame[chart.x].dtype.is_temporal()
    if over_time:
        frame = frame.drop_nulls(chart.x).sort(chart.x)
        step = length(picture.step or _step(frame[chart.x]))
        places = [place(time) + step / 2 for time in frame[chart.x]]
        _areas(picture, frame, ax, places, 0.92 * step)
        name_time(ax.xaxis, picture, chart.x)
        ax.spines[["top", "right"]].set_visible(False)
    else:
        frame = frame.head(ROWS)
        _areas(picture, frame, ax, None, 0.72)
        name_rows(ax, picture, row_labels(picture, frame.to_dicts()))
        _note_rows(picture, frame, ax)
    values = ax.yaxis if over_time else ax.xaxis
    name_values(values, picture, chart.y)
    values.set_label_text(f"requests [{picture.unit(chart.y[0])}]".removesuffix(" []"))
    return "" if over_time else cut(picture)


def _areas(
    picture: Picture, frame: pl.DataFrame, ax: Axes, places: list[float] | None, thick: float
) -> None:
    """Lay the parts on each other: upright at their places, or along rows."""
    base = [0.0] * frame.height
    parts = [name for name in picture.chart.y if (frame[name].sum() or 0) > 0]
    for order, name in enumerate(parts):
        fill = STATUS.get(name, FILLS[order % len(FILLS)])
        values = [number(value) for value in frame[name].fill_null(0)]
        look: dict[str, Any] = {
            "label": plain(name.replace("_", " ")), "facecolor": fill.colour, "edgecolor": ink(ax),
            "hatch": fill.hatch, "linewidth": 0.5 if frame.height <= _THICK else 0,
        }  # fmt: skip
        if places is None:
            ax.barh(range(frame.height), values, thick, base, **look)
        else:
            ax.bar(places, values, thick, base, **look)
        base = [low + value for low, value in zip(base, values, strict=True)]
    if parts:
        ax.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1, 1),
                  borderaxespad=0, reverse=places is not None, handleheight=1.1)  # fmt: skip


def _note_rows(picture: Picture, frame: pl.DataFrame, ax: Axes) -> None:
    ends = frame.select(pl.sum_horizontal(*picture.chart.y)).to_series().to_list()
    ax.set_xlim(0, 1.15 * max(ends, default=1))
    for at, note in enumerate(row_notes(picture, frame.to_dicts())):
        ax.annotate(note, (ends[at], at), xytext=(4, 0), textcoords="offset points", va="center",
                    fontsize="small")  # fmt: skip


def _step(times: pl.Series) -> timedelta:
    """Take the least distance between two times for the width of all."""
    least = times.diff().drop_nulls().min()
    return least if isinstance(least, timedelta) else timedelta(seconds=1)
