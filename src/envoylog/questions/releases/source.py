"""Where the numbers come from: selects over the requests that a judgement is asked of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from envoylog.errors import QueryError
from envoylog.questions.answer import Answer
from envoylog.questions.parameters import Kind, Parameter
from envoylog.questions.question import Question

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog
    from envoylog.questions.releases.comparison import Limits
    from envoylog.questions.releases.weights import Rule

BLOCKS = 40  # of time, in which bursts are looked for

#: Requests by what they asked for: learned templates, else the route's name, else the path.
ROUTE = "coalesce(route, route_name, string_split(path, '?')[1], 'unknown')"


class Common(TypedDict, total=False):
    """The options that every question has; see `AccessLog.ask`."""

    since: str | datetime | None
    until: str | datetime | None
    where: str | None
    authority: str | tuple[str, ...]
    cluster: str | tuple[str, ...]
    route: str | tuple[str, ...]
    timezone: str
    include: Collection[str]
    vantage: str | None


class BeforeAfterOptions(Common, total=False):
    """The options of `AccessLog.before_after`."""

    window: str | timedelta | None
    latency: str
    limits: Limits | None


class CanaryOptions(Common, total=False):
    """The options of `AccessLog.canary`."""

    by: str
    baseline: str | None
    candidate: str | None
    weights: Mapping[str, float] | Sequence[Rule] | None
    latency: str
    limits: Limits | None


@dataclass(frozen=True, slots=True)
class Source:
    """One log, and the filters in force.

    Attributes
    ----------
    log : AccessLog
        The log.
    name : str
        What is asked, for messages.
    common : Common
        The filters.
    needs : tuple of str
        Columns that it cannot do without.
    without : tuple of str
        What `requests` leaves out: `probe`, `stream`, `mirror`.
    """

    log: AccessLog
    name: str
    common: Common
    needs: tuple[str, ...]
    without: tuple[str, ...] = ()

    def select(
        self,
        sql: str,
        values: Mapping[str, str | float | datetime | None] | None = None,
        *,
        bucket: timedelta | None = None,
    ) -> Answer:
        """Run a select over `requests`; texts, numbers and moments are bound as `$names`."""
        question = Question(
            id=self.name,
            title="",
            group="releases",
            needs=self.needs,
            reading="",
            sql=sql,
            without=self.without,
            rates=True,
            parameters={name: Parameter(name, _kind(v), "") for name, v in (values or {}).items()},
        )
        return self.log.ask(question, bucket=bucket, parameters=values, **self.common)

    def blocks(self) -> timedelta:
        """Cut the window into blocks of time of equal length."""
        basis = self.select("select 1 where false").basis
        if basis is None or basis.since is None or basis.until is None:
            raise QueryError(
                f"{self.name}: no request matches; {' '.join(basis.notes) if basis else ''}"
            )
        return max(timedelta(milliseconds=1), (basis.until - basis.since) / BLOCKS * 1.0001)


def _kind(value: object) -> Kind:
    if isinstance(value, datetime):
        return Kind.MOMENT
    return Kind.TEXT if isinstance(value, str) else Kind.NUMBER
