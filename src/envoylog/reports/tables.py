"""Tables of a report: cells as people read them, with the earlier window beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from envoylog.display.shown import shown, unit_shown
from envoylog.reports.compared import BEFORE, with_before
from envoylog.reports.links import times
from envoylog.reports.report import Part, Report

#: A longer text is cut: a client can send megabytes.
_LONGEST: Final = 120
#: From here on a text may be broken anywhere.
_LONG: Final = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """One value.

    Attributes
    ----------
    text : str
        As it is shown.
    is_named : bool
        Whether it is a text, which may come out of the log.
    sort : str
        What it sorts by; empty for its text.
    href : str or None
        Where it leads.
    """

    text: str
    is_named: bool = False
    sort: str = ""
    href: str | None = None

    @property
    def is_long(self) -> bool:
        """Whether it takes room."""
        return len(self.text) > _LONG


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column."""

    name: str
    unit: str = ""
    is_number: bool = False
    is_before: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table, cut.

    Attributes
    ----------
    columns : tuple of Column
        Their heads.
    rows : tuple of tuple of Cell
        The cells.
    total : str
        How many rows there are, where these are not all.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: str


def table(report: Report, part: Part) -> Table | None:
    """Lay the answer of a section out; None where it has no rows."""
    if part.answer is None or part.answer.frame.is_empty():
        return None
    frame = with_before(part)
    if chosen := part.section.columns:
        kept = [name for name in frame.columns if name.removesuffix(f" {BEFORE}") in chosen]
        frame = frame.select(kept)
    units = {
        name: part.question.units.get(name.removesuffix(f" {BEFORE}")) for name in frame.columns
    }
    columns = tuple(
        Column(
            name.replace("_", " "),
            unit_shown(units[name]),
            dtype.is_numeric(),
            name.endswith(f" {BEFORE}"),
        )
        for name, dtype in frame.schema.items()
    )
    moments = times(report.window.since, report.window.until)
    rows = []
    for row in frame.head(part.rows(report.config)).iter_rows(named=True):
        cells = []
        for name, value in row.items():
            text = shown(value, units[name], report.window.timezone).text
            dtype = frame.schema[name]
            cells.append(
                Cell(
                    text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…",
                    value is not None and not (dtype.is_numeric() or dtype.is_temporal()),
                    "" if value is None or not dtype.is_numeric() else str(value),
                    report.config.links.of(name, row, moments),
                )
            )
        rows.append(tuple(cells))
    return Table(columns, tuple(rows), _total(part, len(rows)))


def _total(part: Part, count: int) -> str:
    height = part.answer.frame.height if part.answer else 0
    if height == count:
        return ""
    more = " or more" if height >= part.section.asked else ""
    return f"{height:,}{more}"
