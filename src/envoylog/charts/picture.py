"""A picture: a table, how it is drawn, and what one must know to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

import polars as pl

from envoylog.charts.chart import CHARTS, Chart
from envoylog.charts.text import TEXT, shown
from envoylog.errors import QueryError


@dataclass(frozen=True, slots=True)
class Picture:
    """A table and how it is to be drawn.

    Attributes
    ----------
    name : str
        What was asked, as people type it.
    title : str
        What was asked, in plain words: the title of a picture that has no message.
    basis : str
        The window and the number of requests.
    frame : polars.DataFrame
        The table.
    chart : Chart
        How it is drawn.
    units : mapping of str to str
        UCUM units of its columns; `ratio` is a share of 1.
    zone : tzinfo
        In which times are shown.
    step : timedelta, optional
        How far apart the rows of a time line are.
    window : tuple of datetime, optional
        From when to when, all of which an axis of time shows.
    whole : bool
        Whether no row was cut off.
    message : str
        What it says, if somebody else has judged; else it is taken from the data.

    Raises
    ------
    QueryError
        If the table has not the columns, or the values are of several units.
    """

    name: str
    title: str
    basis: str
    frame: pl.DataFrame
    chart: Chart
    units: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    step: timedelta | None = None
    window: tuple[datetime, datetime] | None = None
    whole: bool = True
    message: str = ""

    def __post_init__(self) -> None:
        missing = self.chart.columns - set(self.frame.columns)
        if self.chart.kind == "none" or missing:
            raise QueryError(f"{self.name} has no chart: its answer is a table")
        least, most = CHARTS[self.chart.kind]
        if not least <= len(self.chart.y) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise QueryError(f"{self.name}: a {self.chart.kind} chart takes {wanted} columns in y")
        units = {self.unit(name) for name in self.chart.y}
        if len(units) > 1:
            raise QueryError(
                f"{self.name}: {' and '.join(sorted(unit or 'numbers' for unit in units))} "
                "cannot share an axis"
            )

    def unit(self, column: str) -> str:
        """Give the unit of a column; empty for a plain number."""
        unit = self.units.get(column, "")
        return "" if unit == "1" else unit

    def words(self, row: Mapping[str, object], length: int = TEXT) -> dict[str, str]:
        """Write the values of a row for people, texts in so many characters at most."""
        return {
            name: shown(value, self.unit(name), self.zone, length) for name, value in row.items()
        }

    def fill(self, template: str, row: Mapping[str, object], length: int = TEXT) -> str:
        """Fill a template with a row."""
        try:
            return template.format_map(self.words(row, length))
        except (KeyError, ValueError, IndexError) as error:
            raise QueryError(f"{self.name}: the template {template!r}: {error!r}") from None
