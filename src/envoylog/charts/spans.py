"""From when to when: one bar a row on an axis of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envoylog.charts.axes import ROWS, cut, name_rows, name_time, place, row_labels, row_notes
from envoylog.charts.palette import BLUE, VERMILION
from envoylog.charts.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def spans(picture: Picture, ax: Axes) -> str:
    """Draw a bar from the column `x` to the column of values."""
    chart = picture.chart
    rows = picture.frame.drop_nulls([chart.x, chart.y[0]]).head(ROWS).to_dicts()
    for at, row in enumerate(rows):
        since, until = place(row[chart.x]), place(row[chart.y[0]])
        ax.barh(at, until - since, 0.6, since, color=BLUE if at else VERMILION)
    for at, note in enumerate(row_notes(picture, rows)):
        ax.annotate(note, (place(rows[at][chart.y[0]]), at), xytext=(4, 0), va="center",
                    textcoords="offset points", fontsize="small")  # fmt: skip
    if rows:
        name_time(ax.xaxis, picture)
    name_rows(ax, picture, row_labels(picture, rows))
    ax.yaxis.set_label_text("")
    return cut(picture)
