"""The figures at the top, with what they were before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from envoylog.display.shown import shown, size, unit_shown
from envoylog.questions.question import Question, read_question

if TYPE_CHECKING:
    from envoylog.reports.report import Report

#: The column of `totals.sql` -> what people call it.
_NAMES: Final = {
    "requests": "requests",
    "error_rate": "error rate",
    "client_errors": "4xx rate",
    "clients_gone": "clients gone",
    "p50": "median latency",
    "p90": "p90 latency",
    "p99": "p99 latency",
    "clients": "clients",
    "bytes_sent": "sent",
}


@dataclass(frozen=True, slots=True)
class Total:
    """One figure."""

    name: str
    value: str
    before: str


@cache
def totals_question() -> Question:
    """Read the question that gives them."""
    return read_question("totals", files(__package__).joinpath("totals.sql").read_text("utf-8"))


def totals(report: Report) -> tuple[Total, ...]:
    """Write the figures that the log can tell."""
    found = []
    for column, name in _NAMES.items():
        value = report.totals.get(column)
        if value is None:
            continue
        unit = report.units.get(column)
        before = (report.totals_before or {}).get(column)
        words = "" if before is None else f"was {_written(before, unit)}"
        found.append(Total(name, _written(value, unit), words + change(value, before, unit)))
    return tuple(found)


def change(value: object, before: object, unit: str | None) -> str:
    """Write by how much a figure changed; nothing where it cannot be told.

    Examples
    --------
    >>> change(150, 100, None), change(0.02, 0.01, "ratio")
    (' (+50%)', ' (+1.00 pts)')
    """
    if not isinstance(value, (int, float)) or not isinstance(before, (int, float)):
        return ""
    if unit == "ratio":
        return f" ({100 * (value - before):+.2f} pts)"
    return f" ({value / before - 1:+.0%})" if before else ""


def _written(value: object, unit: str | None) -> str:
    if unit == "By" and isinstance(value, int):
        return size(value)
    return f"{shown(value, unit).text} {unit_shown(unit)}".rstrip()
