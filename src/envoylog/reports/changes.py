"""What changed since the earlier window, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from envoylog.questions.parameters import Kind, Parameter
from envoylog.questions.question import Question
from envoylog.questions.releases.cells import NO_TIMES
from envoylog.questions.releases.comparison import Cells, Limits, Measure, compare
from envoylog.questions.releases.source import BLOCKS
from envoylog.reports.places import PLACES, Carrier, Silence, find_carrier, find_silences

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog

#: Requests at the same part of the window are compared with each other.
_PARTS: Final = 8
#: Authorities that are judged one by one: those with most errors, and those with most requests.
_JUDGED: Final = 8


_WHERE: Final = (
    "least({most}, epoch_us(start_time - $start) // greatest(1, $length // {parts}))::integer"
)
_BLOCK: Final = _WHERE.format(parts=BLOCKS, most=BLOCKS - 1)
_PART: Final = _WHERE.format(parts=_PARTS, most=_PARTS - 1)
_OUTCOMES: Final = f"""
select authority, {_PART} as time, {_BLOCK} as block,
    count(*) as requests, count(*) filter (where error) as errors
from requests where not client_gone group by all
"""  # noqa: S608 - our own words
_TIMES: Final = f"""
select authority, {_PART} as time, {_BLOCK} as block, duration::double as value,
    count(*) as requests
from requests
where not error and response_code > 0 and not client_gone and duration is not null
group by all
"""  # noqa: S608 - our own words
_MOMENTS: Final = {
    "start": Parameter("start", Kind.MOMENT, ""),
    "length": Parameter("length", Kind.INTEGER, ""),
}


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed.

    Attributes
    ----------
    measures : tuple of Measure
        Error rate and latency of all requests, then of authorities, each with its verdict.
    carrier : Carrier or None
        Where the errors that are new are, if they are in one place.
    silences : tuple of Silence
        Who fell silent.
    """

    measures: tuple[Measure, ...] = ()
    carrier: Carrier | None = None
    silences: tuple[Silence, ...] = ()

    def overall(self, name: str) -> Measure | None:
        """Find a measure of all requests."""
        found = (one for one in self.measures if one.route is None and one.name == name)
        return next(found, None)


def find_changes(
    log: AccessLog,
    windows: Sequence[tuple[datetime, datetime]],
    filters: dict[str, Any],
) -> Changes:
    """Hold a window against an earlier one.

    Parameters
    ----------
    log : AccessLog
        The log.
    windows : sequence
        The earlier window and this one.
    filters : dict
        As `AccessLog.ask` takes them.

    Returns
    -------
    Changes
        Empty where the log has no response codes, or a window has no request.
    """
    if log.refusal(_question("changes", "", needs=("start_time", "response_code"))):
        return Changes()
    asked = [_Window(log, *ends, filters) for ends in windows]
    outcomes = _both(asked, _OUTCOMES)
    if outcomes["version"].n_unique() < len(windows):
        return Changes()
    times = NO_TIMES if log.missing(["duration"]) else _both(asked, _TIMES)
    chosen = _chosen(outcomes)
    cells = Cells(_named(outcomes, chosen), _named(times, chosen), paired=False)
    measures = [one for one in compare(cells, Limits()) if one.route != ""]
    places = _both(asked, PLACES)
    return Changes(tuple(measures), find_carrier(places), tuple(find_silences(places)))


@dataclass(frozen=True, slots=True)
class _Window:
    log: AccessLog
    since: datetime
    until: datetime
    filters: dict[str, Any]

    def select(self, sql: str) -> pl.DataFrame:
        length = (self.until - self.since) // timedelta(microseconds=1)
        return self.log.ask(
            _question("changes", sql),
            since=self.since,
            until=self.until,
            parameters={"start": self.since, "length": length},
            **self.filters,
        ).frame


def _question(name: str, sql: str, needs: tuple[str, ...] = ()) -> Question:
    return Question(
        name,
        title="",
        group="releases",
        needs=needs,
        reading="",
        sql=sql,
        without=("probe", "stream", "mirror"),
        rates=True,
        parameters=_MOMENTS,
    )


def _both(windows: Sequence[_Window], sql: str) -> pl.DataFrame:
    """Ask both windows: version 0 is the earlier one. Their blocks of time are different ones."""
    frames = [
        window.select(sql).with_columns(version=pl.lit(number, pl.Int32))
        for number, window in enumerate(windows)
    ]
    found = pl.concat(frames)
    if "block" not in found.columns:
        return found
    return found.with_columns(
        block=pl.col("block").cast(pl.Int64) + pl.col("version").cast(pl.Int64) * BLOCKS
    )


def _chosen(outcomes: pl.DataFrame) -> list[str]:
    totals = (
        outcomes.drop_nulls("authority")
        .group_by("authority")
        .agg(pl.col("requests", "errors").sum())
    )
    ranked = [
        totals.sort(column, "authority", descending=[True, False]).head(_JUDGED)["authority"]
        for column in ("errors", "requests")
    ]
    return pl.concat(ranked).unique(maintain_order=True).to_list()


def _named(cells: pl.DataFrame, chosen: list[str]) -> pl.DataFrame:
    """Let authorities be what is judged one by one; all others are one."""
    if cells.is_empty():
        return cells
    known = pl.col("authority").is_in(chosen).fill_null(value=False)
    named = cells.with_columns(route=pl.when(known).then("authority").otherwise(pl.lit("")))
    keys = [
        name for name in ("version", "route", "time", "block", "value") if name in named.columns
    ]
    counts = [name for name in ("requests", "errors") if name in named.columns]
    return named.group_by(keys).agg(pl.col(counts).sum()).sort(keys)
