"""Figures of a report, each an image of its own: nothing in it can act on the page."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from envoylog.charts.axes import row_wise
from envoylog.charts.draw import size
from envoylog.charts.message import message
from envoylog.charts.picture import Picture
from envoylog.charts.render import svg
from envoylog.display.shown import safe
from envoylog.errors import QueryError
from envoylog.reports.report import Part, Report
from envoylog.reports.unlike import marks

_SERIES: Final = "window"
#: Inches: of what runs over time, as a page has many; and wide enough for the longest labels.
_TIME, _WIDE = (8.0, 3.2), 9.4
# An image does not see the page's colours; the reader's mode it does.
_INK: Final = (
    "<style>:root{color:#1c2024}@media(prefers-color-scheme:dark){:root{color:#e6e8ea}}"
    "@media print{:root{color:#1c2024}}</style>"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture in a page.

    Attributes
    ----------
    source : str
        A `data:` address.
    alt : str
        What it says, for those who do not see it.
    width, height : int
        In pixels.
    """

    source: str
    alt: str
    width: int
    height: int


def figure(report: Report, part: Part) -> Figure | None:
    """Draw a section; None where it has no picture."""
    picture = _picture(report, part)
    if picture is None:
        return None
    inches = (_WIDE, size(picture)[1]) if row_wise(picture) else _TIME
    text = svg(picture, marks=marks(report, part), size=inches).replace(">", f">{_INK}", 1)
    return Figure(
        f"data:image/svg+xml;base64,{b64encode(text.encode()).decode()}",
        safe(f"{message(picture) or picture.title}: {picture.basis}"),
        *(round(96 * side) for side in inches),
    )


def _picture(report: Report, part: Part) -> Picture | None:
    answer = part.answer
    if answer is None or not part.section.chart or answer.frame.height < 2:  # noqa: PLR2004
        return None
    try:
        picture = answer.picture
    except QueryError:
        return None
    columns = picture.frame.select(picture.chart.y)
    if columns.null_count().sum_horizontal().item() == columns.height * columns.width:
        return None
    if picture.chart.kind == "line":
        return _with_before(report, part, picture)
    if not row_wise(picture):
        return picture
    shown = part.rows(report.config)
    whole = picture.whole and picture.frame.height <= shown
    return replace(picture, frame=picture.frame.head(shown), whole=whole)


def _with_before(report: Report, part: Part, picture: Picture) -> Picture:
    """Draw the earlier window's line behind this one's, at the same hours."""
    chart, earlier = picture.chart, report.window.earlier
    if part.before is None or earlier is None or chart.series or part.before.frame.is_empty():
        return picture
    before = part.before.frame.with_columns(pl.col(chart.x) + earlier)
    labels = ("this window", report.window.earlier_words)
    frames = [
        frame.with_columns(pl.lit(label).alias(_SERIES))
        for frame, label in zip((picture.frame, before), labels, strict=True)
    ]
    return replace(
        picture,
        frame=pl.concat(frames),
        chart=replace(chart, y=chart.y[:1], series=_SERIES),
        message=message(picture),
    )
