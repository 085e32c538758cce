"""`anomalies`: hours that are unlike the same hours of earlier days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from envoylog.questions.asked import Asked, NothingToSayError
from envoylog.questions.days import Days
from envoylog.questions.grains import Grains
from envoylog.questions.releases.extra import need_statistics
from envoylog.questions.releases.source import ROUTE

# Lines are counted by grains, which cost less to tell than times of a zone, and grains by time.
_COUNTED: Final = """
with timed as not materialized (
    select {name} as name, start_time, error, {duration} as duration
    from requests
    where start_time >= $until::timestamptz - $period - to_days(($days + 7)::integer)
),

usual as (
    select
        name,
        count(*) as n,
        quantile_disc(duration, 0.95) filter (
            start_time < $until::timestamptz - $period and not error
        ) as slow
    from timed
    where name is not null
    group by name
    order by n desc, name
    limit 100
),

grains as (
    select
        name,
        (epoch_us(start_time) - $origin) // $grain as grain,
        count(*) as requests,
        count(*) filter (error) as errors,
        count(*) filter (not error and duration > usual.slow) as slow,
        count(*) filter (not error and duration is not null) as timed
    from timed inner join usual using (name)
    group by name, grain
)

select
    name,
    time_bucket(
        $bucket, make_timestamptz($origin + grain * $grain) at time zone $timezone
    ) as bucket,
    sum(requests)::bigint as requests,
    sum(errors)::bigint as errors,
    sum(slow)::bigint as slow,
    sum(timed)::bigint as timed
from grains
group by name, bucket
order by name, bucket
"""
#: What is looked at: by which expression, which columns it needs, and which it names.
_PARTS: Final = {
    "log": ("'all'", (), ()),
    "authority": ("authority", ("authority",), ("authority",)),
    "route": (ROUTE, ("path|route_name",), ("route", "route_name", "path")),
    "cluster": ("upstream_cluster", ("upstream_cluster",), ("upstream_cluster",)),
}
#: What is counted, out of what, and whether less of it is told too.
_MEASURES: Final = {
    "requests": ("", True),
    "errors": ("requests", False),
    "slow": ("timed", False),
}
#: No line that is counted is so much older than the first day.
_AHEAD: Final = timedelta(days=2)
_COLUMNS: Final = frozenset({"start_time", "error", "duration"})
_SCHEMA: Final = pl.Schema(
    {
        "since": pl.Datetime("us", "UTC"),
        "until": pl.Datetime("us", "UTC"),
        "part": pl.String(),
        "name": pl.String(),
        "measure": pl.String(),
        "change": pl.String(),
        "expected": pl.Float64(),
        "measured": pl.Int64(),
        "times": pl.Float64(),
        "chance": pl.Float64(),
        "days": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True)
class _Hour:
    """One time of one series that stands out."""

    part: str
    name: str
    measure: str
    change: str
    bucket: int
    expected: float
    measured: float
    chance: float
    days: int


def answer(asked: Asked) -> pl.DataFrame:
    """Compare the last period with earlier days.

    Parameters
    ----------
    asked : Asked
        The question.

    Returns
    -------
    polars.DataFrame
        One row for each stretch of time of one series.

    Raises
    ------
    NothingToSayError
        If there are too few earlier days.
    """
    need_statistics("anomalies")
    empty = pl.DataFrame(schema=_SCHEMA)
    values = asked.values
    zone = ZoneInfo(str(values["timezone"]))
    since, until, bucket = values["since"], values["until"], values["bucket"]
    assert isinstance(bucket, timedelta)  # noqa: S101 - every question has one
    if not isinstance(since, datetime) or not isinstance(until, datetime) or since >= until:
        raise NothingToSayError("there are no requests", empty)
    period = values["period"]
    assert isinstance(period, timedelta)  # noqa: S101 - its type is in the header
    days = Days.of((since, until), bucket, period, int(str(values["days"])), zone)
    if reason := days.refusal():
        raise NothingToSayError(reason, empty)
    hours = sorted(
        _unlike(asked, days),
        key=lambda one: (one.part, one.name, one.measure, one.change, one.bucket),
    )
    rows = [_stretch(list(run), days) for _key, run in groupby(enumerate(hours), _run)]
    order = ["chance", "since", "part", "name", "measure"]
    found = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return found.sort(order).head(int(str(values["limit"])))


def _unlike(asked: Asked, days: Days) -> Iterator[_Hour]:
    """Find the hours, of all parts and measures together: so many are as many chances."""
    from envoylog.statistics.anomalies import unlike

    series = [
        (part, name, counts)
        for part, (expression, needs, named) in _PARTS.items()
        if not asked.log.missing(needs)
        for name, counts in days.spread(_counted(asked, days, expression, named))
    ]
    if not series:
        return
    whole = series[0][2]["requests"]
    compared = days.compared(whole, [counts for _part, _name, counts in series], _MEASURES)
    limits = (float(str(asked.values[name])) for name in ("false_alarms", "factor", "least"))
    for found in unlike(compared, *limits):
        part, name, _counts = series[found.series]
        yield _Hour(
            part, name, found.measure, "up" if found.is_high else "down", found.bucket,
            found.expected, found.measured, found.chance, found.days,
        )  # fmt: skip


def _counted(asked: Asked, days: Days, expression: str, named: Iterable[str]) -> pl.DataFrame:
    duration = "null::bigint" if asked.log.missing(["duration"]) else "duration"
    sql = _COUNTED.format(name=expression, duration=duration)
    grains = Grains.of(days.moment(0) - _AHEAD, days.span[1], days.bucket, days.zone)
    # Not one more column: what is looked up is joined to all lines.
    return asked.look(sql, _COLUMNS.union(named), {"origin": grains.origin, "grain": grains.length})


def _run(numbered: tuple[int, _Hour]) -> tuple[object, ...]:
    """Hours that follow each other in one series have the same difference to their number."""
    number, hour = numbered
    return hour.part, hour.name, hour.measure, hour.change, hour.bucket - number


def _stretch(run: list[tuple[int, _Hour]], days: Days) -> tuple[object, ...]:
    hours = [hour for _number, hour in run]
    first = hours[0]
    expected, measured = sum(h.expected for h in hours), sum(h.measured for h in hours)
    since, until = days.moment(first.bucket), days.moment(hours[-1].bucket + 1)
    times = measured / expected if expected else None
    return (
        since, until, first.part, first.name, first.measure, first.change, round(expected, 1),
        int(measured), times and float(f"{times:.3g}"),
        float(f"{min(h.chance for h in hours):.2g}"),
        min(h.days for h in hours),
    )  # fmt: skip
