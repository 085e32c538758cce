"""Estimates with their intervals, one a row; and values held against each other or a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envoylog.charts.axes import (
    ROWS,
    cut,
    ink,
    name_rows,
    name_values,
    number,
    row_labels,
    row_notes,
)
from envoylog.charts.message import standing_out
from envoylog.charts.palette import BLUE, GREY, UNDECIDED, VERDICTS, VERMILION
from envoylog.charts.picture import Picture
from envoylog.charts.text import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def whiskers(picture: Picture, ax: Axes) -> str:
    """Draw estimates as markers and intervals as lines; a pale stretch is what does not matter."""
    chart = picture.chart
    rows = picture.frame.head(ROWS).to_dicts()
    for place, (row, (colour, marker)) in enumerate(zip(rows, _looks(picture), strict=True)):
        middle, low, high, *margin = (number(row[name]) for name in chart.y)
        if high != high:  # the interval has no upper end  # noqa: PLR0124
            ax.plot([low], [place], color=colour, marker=9, markersize=6)
        ax.plot([low, high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
        ax.plot([middle], [place], marker=marker, color=colour, markersize=7, linestyle="none")
        for size in margin:
            ax.barh(place, 2 * size, left=-size, height=0.5, color=GREY, alpha=0.25, zorder=0.5)
    if len(chart.y) > 3 or not rows:  # noqa: PLR2004 - with a margin, it is a difference
        ax.axvline(0, color=ink(ax), linewidth=0.8)
    else:
        ax.set_xlim(left=0)
    name_rows(ax, picture, row_labels(picture, rows))
    name_values(ax.xaxis, picture, chart.y[:1], f"{chart.y[0]}, with its interval")
    return cut(picture)


def dots(picture: Picture, ax: Axes) -> str:
    """Draw one marker a row, or two that are joined, from the hollow one to the full one."""
    chart = picture.chart
    rows = picture.frame.head(ROWS).to_dicts()
    for place, (row, (colour, marker)) in enumerate(zip(rows, _looks(picture), strict=True)):
        values = [number(row[name]) for name in chart.y]
        ax.plot(values, [place] * len(values), color=colour, linewidth=1.6)
        ax.plot(values[-1:], [place], marker=marker, color=colour, markersize=7, linestyle="none")
        if len(values) > 1:
            ax.plot(values[:1], [place], marker="o", color=colour, markersize=7,
                    markerfacecolor="none", linestyle="none")  # fmt: skip
    for place, note in enumerate(row_notes(picture, rows)):
        ax.annotate(
            note, (1, place), fontsize="small", xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", va="center",
        )  # fmt: skip
    for name, limit in chart.limits.items():
        ax.axvline(limit, color=ink(ax), linewidth=0.9, linestyle=(0, (1, 2)))
        ax.margins(x=0.12)
        ax.annotate(plain(name), (limit, 0), xycoords=("data", "axes fraction"), xytext=(3, 3),
                    textcoords="offset points", fontsize="small")  # fmt: skip
    name_rows(ax, picture, row_labels(picture, rows))
    names = [name.replace("_", " ") for name in chart.y]
    name_values(ax.xaxis, picture, chart.y, f"○ {names[0]}   ● {names[1]}" if names[1:] else "")
    low, high = ax.get_xlim()
    ax.set_xlim(min(0, low), max(high, 1) if picture.unit(chart.y[0]) == "ratio" else high)
    return cut(picture)


def _looks(picture: Picture) -> list[tuple[str, str]]:
    """Give each row's colour and marker: by its verdict, or for the one that stands out."""
    frame, column = picture.frame.head(ROWS), picture.chart.verdict
    if column:
        return [VERDICTS.get(str(verdict), UNDECIDED) for verdict in frame[column]]
    chosen = standing_out(picture)
    return [(VERMILION, "D") if place == chosen else (BLUE, "o") for place in range(frame.height)]
