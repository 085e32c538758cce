"""Sections of a report, and those that it has unless it is told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Final

#: How many rows are asked for where no limit is given.
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Filters:
    """Which requests count; see `AccessLog.ask`."""

    where: str | None = None
    authority: tuple[str, ...] = ()
    cluster: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    vantage: str | None = None

    def options(self) -> dict[str, Any]:
        """Give them as `AccessLog.ask` takes them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def within(self, other: Filters) -> Filters:
        """Narrow `other` down: what is said here goes before what is said for the whole report."""
        both = [f"({one.where})" for one in (other, self) if one.where]
        return Filters(
            where=" and ".join(both) or None,
            authority=self.authority or other.authority,
            cluster=self.cluster or other.cluster,
            route=self.route or other.route,
            include=self.include or other.include,
            vantage=self.vantage or other.vantage,
        )


@dataclass(frozen=True, slots=True)
class Section:
    """One question of a report.

    Attributes
    ----------
    question : str
        Its name.
    title : str
        Instead of the question's own; empty for that one.
    rows : int or None
        How many rows are shown; None for as many as in other sections.
    columns : tuple of str
        Which columns of its table are shown; empty for all.
    limit : int or None
        How many rows are asked for, as in `ask --limit`; None for all, a thousand at most.
    bucket : timedelta or None
        The length of each step of a time line.
    chart : bool
        Whether it is drawn, if it can be.
    filters : Filters
        Beside those of the report.
    parameters : mapping of str to object
        The question's own.
    """

    question: str
    title: str = ""
    rows: int | None = None
    columns: tuple[str, ...] = ()
    limit: int | None = None
    bucket: timedelta | None = None
    chart: bool = True
    filters: Filters = Filters()
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        """How many rows are asked for."""
        return _MOST if self.limit is None else self.limit


#: What people want to know at eight in the morning, the most urgent first.
DEFAULT: Final = (
    Section("error-rate"),
    Section(
        "errors-explained",
        rows=10,
        columns=("requests", "share", "side", "verdict", "shape", "meaning", "look_at"),
    ),
    Section("errors-in-common", rows=10),
    Section("errors-by-authority", rows=10),
    Section("error-bursts", rows=5),
    Section(
        "anomalies",
        rows=10,
        columns=("since", "until", "part", "name", "measure", "expected", "measured", "times"),
    ),
    Section("status-over-time"),
    Section("latency-over-time"),
    Section("latency-by-upstream-cluster", rows=10),
    Section("slow-routes", rows=10),
    Section("top-routes", rows=10, parameters={"sort": "time"}),
    Section("slow-requests", rows=10),
    Section("clients", rows=10),
)
#: What tells whether the rest may be believed; at the end of every report.
DATA_QUALITY: Final = (
    Section("unread", rows=10),
    Section("gaps", rows=10),
    Section("ambiguous", rows=10),
    Section("late", rows=10),
)
