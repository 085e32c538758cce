"""Stretches that are unlike earlier days, for the figures that show them and for the headline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from envoylog.charts.marks import Mark
from envoylog.reports.findings import Finding, Named, Severity

if TYPE_CHECKING:
    from envoylog.reports.report import Part, Report

_QUESTION: Final = "anomalies"
#: Which figures show which measures.
_SHOWN_BY: Final = {
    "error-rate": ("errors",),
    "status-over-time": ("requests", "errors"),
    "latency-over-time": ("slow",),
    "latency": ("slow",),
}
_NOUNS: Final = {"requests": "requests", "errors": "errors", "slow": "slow requests"}
_MOST: Final = 3


def marks(report: Report, part: Part) -> tuple[Mark, ...]:
    """Mark the most surprising stretches of what a figure shows; of those that overlap, one."""
    found: list[Mark] = []
    for row in _rows(report, _SHOWN_BY.get(part.question.id, ())):
        since, until = max(row["since"], report.window.since), row["until"]
        if until > since and not any(_overlaps(mark, since, until) for mark in found):
            found.append(Mark(since, until, f"{row['measure']}: {row['name']}"))
    return tuple(found[:_MOST])


def unlike(report: Report) -> Iterator[Finding]:
    """Say what is unlike earlier days, the most surprising first."""
    zone = report.window.timezone
    told: set[tuple[object, ...]] = set()
    for row in _rows(report, ("requests", "errors", "slow")):
        # The same stretch of another part is the same event.
        event = (row["measure"], row["since"], row["until"])
        if event in told or len(told) == _MOST:
            continue
        told.add(event)
        since, until = (row[end].astimezone(zone) for end in ("since", "until"))
        name = Named(row["name"]) if row["part"] != "log" else "the whole log"
        noun, expected = _NOUNS[row["measure"]], f"{row['expected']:,.0f}"
        had = f" had {row['measured']:,} {noun}, where earlier days let expect {expected}."
        words = (f"From {since:%H:%M} to {until:%H:%M} ", name, had)
        yield Finding(Severity.CHANGED, words, _QUESTION)


def _rows(report: Report, measures: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for part in report.parts:
        if part.question.id == _QUESTION and part.answer is not None:
            rows = part.answer.frame.iter_rows(named=True)
            # A part that has a name says more than the whole log, where it is as surprising.
            named = sorted(rows, key=lambda row: row["part"] == "log")
            yield from (row for row in named if row["measure"] in measures)


def _overlaps(mark: Mark, since: datetime, until: datetime) -> bool:
    return mark.until is not None and mark.since < until and since < mark.until
