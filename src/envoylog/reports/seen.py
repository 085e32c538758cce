"""Sentences on what the answers show: causes, bursts, lines that are missing or in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from envoylog.display.shown import shown
from envoylog.reports.changed import fails
from envoylog.reports.findings import Finding, Named, Severity, percent
from envoylog.spec.flags import Side

if TYPE_CHECKING:
    from envoylog.questions.answer import Answer
    from envoylog.reports.report import Report

#: A higher share of lines that could not be read is wrong.
_UNREAD: Final = 0.01
#: So many of a kind, and none before, is no chance: once in a thousand times.
_NEW: Final = 10
#: Nobody's fault, or that of the client.
_HARMLESS: Final = (Side.CLIENT.value, Side.POLICY.value)
_MOST: Final = 3


def seen(report: Report) -> Iterator[Finding]:
    """Say what the answers show."""
    yield from _first_cause(report)
    yield from _new_kinds(report)
    yield from _bursts(report)
    yield from _missing_lines(report)
    yield from _unread(report)
    yield from _ambiguous(report)


def _first_cause(report: Report) -> Iterator[Finding]:
    rows = _rows(report, "errors-explained")
    faults = [row for row in rows if row["side"] not in _HARMLESS]
    for row in faults[:1]:
        words = (
            f"Look first at {row['verdict']}: {row['requests']:,} requests, "
            f"{percent(row['share'])} of what went wrong. {row['meaning']} "
            f"Look at {row['look_at']}."
        )
        yield Finding(
            Severity.WRONG if fails(report) else Severity.FACT, (words,), "errors-explained"
        )


def _new_kinds(report: Report) -> Iterator[Finding]:
    before = _rows(report, "errors-explained", before=True)
    if report.window.earlier is None or not (report.totals_before or {}).get("requests"):
        return
    known = {row["verdict"] for row in before}
    new = [
        row
        for row in _rows(report, "errors-explained")
        if row["verdict"] not in known and row["requests"] >= _NEW
    ]
    for row in new[:_MOST]:
        words = (
            f"New: {row['verdict']}, {row['requests']:,} requests, "
            f"none {report.window.earlier_words}. {row['meaning']}"
        )
        yield Finding(Severity.CHANGED, (words,), "errors-explained")


def _bursts(report: Report) -> Iterator[Finding]:
    for row in _rows(report, "error-bursts")[:1]:
        zone = report.window.timezone
        ends = [shown(row[name], zone=zone).text for name in ("since", "until")]
        words = (
            f"Errors came in a burst from {ends[0]} to {ends[1]}: {row['errors']:,}, "
            f"{percent(row['error_rate'])} of the requests, mostly {row['verdict']} at "
        )
        place = Named(row["authority"] or "no authority")
        yield Finding(Severity.CHANGED, (words, place, "."), "error-bursts")


def _missing_lines(report: Report) -> Iterator[Finding]:
    rows = [row for row in _rows(report, "gaps") if row["part"] == "log"]
    for row in rows[:1]:
        zone = report.window.timezone
        ends = [shown(row[name], zone=zone).text for name in ("since", "until")]
        more = f", and {len(rows) - 1} times more" if len(rows) > 1 else ""
        words = (
            f"The whole log is silent from {ends[0]} to {ends[1]}{more}; "
            f"about {row['expected']:,} lines were expected."
        )
        yield Finding(Severity.WRONG, (words,), "gaps")


def _unread(report: Report) -> Iterator[Finding]:
    rows = _rows(report, "unread")
    if not rows:
        return
    lines, share = sum(row["lines"] for row in rows), sum(row["share"] for row in rows)
    severity = Severity.WRONG if share >= _UNREAD else Severity.FACT
    words = f"{lines:,} lines ({percent(share)} of the data) could not be read."
    yield Finding(severity, (words,), "unread")


def _ambiguous(report: Report) -> Iterator[Finding]:
    rows = _rows(report, "ambiguous")
    if lines := sum(row["lines"] for row in rows):
        words = (
            f"{lines:,} lines can be read in two ways: clients wrote quotes into what the format "
            "does not escape."
        )
        yield Finding(Severity.FACT, (words,), "ambiguous")


def _rows(report: Report, question: str, *, before: bool = False) -> list[dict[str, Any]]:
    """Give the rows of a section, if it was asked; of the first, if it was asked twice."""
    for part in (*report.parts, *report.quality):
        if part.question.id == question:
            answer: Answer | None = part.before if before else part.answer
            return answer.frame.rows(named=True) if answer else []
    return []
