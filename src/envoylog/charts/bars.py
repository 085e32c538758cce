"""Bars from zero, one a row, the first row at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envoylog.charts.axes import ROWS, cut, name_rows, name_values, number, row_labels, row_notes
from envoylog.charts.message import standing_out
from envoylog.charts.palette import BLUE, GREY
from envoylog.charts.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LETTER = 0.027  # how much of the bars' room a letter of a note takes


def bars(picture: Picture, ax: Axes) -> str:
    """Draw bars; the one that the title speaks of is blue, the others grey."""
    rows = picture.frame.head(ROWS).to_dicts()
    column = picture.chart.y[0]
    chosen = standing_out(picture)
    drawn = ax.barh(
        range(len(rows)),
        [number(row[column]) for row in rows],
        height=0.72,
        color=[BLUE if chosen in {None, place} else GREY for place in range(len(rows))],
    )
    if picture.chart.note:
        notes = row_notes(picture, rows)
        ax.bar_label(drawn, notes, padding=3, fontsize="small")
        ax.margins(x=0.05 + _LETTER * max(map(len, notes), default=0))
    name_rows(ax, picture, row_labels(picture, rows))
    name_values(ax.xaxis, picture, (column,))
    return cut(picture)
