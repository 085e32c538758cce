"""The time after a deploy against the same hours before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Unpack
from zoneinfo import ZoneInfo

from envoylog.errors import QueryError
from envoylog.questions.releases.cells import Layout, count_cells
from envoylog.questions.releases.comparison import Limits
from envoylog.questions.releases.extra import need_statistics
from envoylog.questions.releases.findings import Findings
from envoylog.questions.releases.only import only_in_one
from envoylog.questions.releases.report import Counted, judgement
from envoylog.questions.releases.source import BLOCKS, Common, Source
from envoylog.questions.releases.versions import Pair, VersionKey
from envoylog.questions.scope import show
from envoylog.questions.window import read_moment, read_span

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
_MOST_DAYS, _MOST_PERIODS = 28, 4
_PARTS = 8  # of a period, in which the same time of day is compared
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Periods:
    """What is held against what.

    Attributes
    ----------
    at : datetime
        The moment.
    length : timedelta
        Of each period.
    before : tuple of datetime
        Where the periods before start; several days at the same time of day, or the one right
        before.
    words : str
        How they were chosen.
    same_hours : bool
        Whether they are at the same time of day.
    """

    at: datetime
    length: timedelta
    before: tuple[datetime, ...]
    words: str
    same_hours: bool


def before_after(
    log: AccessLog,
    at: str | datetime,
    *,
    window: str | timedelta | None = None,
    latency: str = "duration",
    limits: Limits | None = None,
    **common: Unpack[Common],
) -> Findings:
    """Compare the time after a moment with the time before it.

    Where the data goes back far enough, the time before is the same hours of earlier days: of the
    same weekday, else of the same kind of day (Monday to Friday, or the weekend), else of any.
    Otherwise it is the period right before, and the answer says so.

    Parameters
    ----------
    log : AccessLog
        The log.
    at : str or datetime
        The moment, such as that of a deploy.
    window : str or timedelta, optional
        How long after it: `30m`, `2h`. By default up to the newest request, a day at most.
    latency : str
        Which duration.
    limits : Limits, optional
        What difference matters, and the level.
    **common
        Filters, as in `AccessLog.ask`, but `since` and `until`, which the periods decide.

    Returns
    -------
    Findings
        Tables `comparisons`, `routes`, `only_in_one`.

    Raises
    ------
    QueryError
        If there are no requests before or after the moment.
    """
    need_statistics("before-after")
    if common.get("since") or common.get("until"):
        raise QueryError("before-after takes --at and --window, not --since and --until")
    limits = limits or Limits()
    zone = ZoneInfo(common.get("timezone") or "UTC")
    periods = choose_periods(log, at, window, zone)
    whole: Common = {
        **common,
        "since": periods.before[-1],
        "until": periods.at + periods.length,
    }
    needs = ("start_time", "response_code")
    source = Source(log, "before-after", whole, needs, ("probe", "stream", "mirror"))
    values = {f"p{n}": start for n, start in enumerate((periods.at, *periods.before))}
    cells, basis = count_cells(source, _layout(periods), values, periods.length / BLOCKS, latency)
    for version, word in ((0, "before"), (1, "after")):
        if cells.outcomes.filter(version=version).is_empty():
            raise QueryError(f"before-after: there is no request {word} {show(periods.at, zone)}")
    counted = Counted("before", "after", cells, latency, basis)
    title = f"What changed at {show(periods.at, zone)}?"
    found = judgement("before-after", title, counted, limits)
    key = VersionKey("period", _period(periods), "start_time")
    only = only_in_one(Pair(source, key, "before", "after"), values)
    return Findings(
        found.id, found.title, found.verdict, (periods.words, *found.reasons),
        {**found.sections, "only_in_one": only}, found.reading, basis,
        {**found.facts, "at": periods.at.isoformat(), "same_hours": periods.same_hours,
         "before": [start.isoformat() for start in periods.before],
         "seconds": periods.length.total_seconds()},
    )  # fmt: skip


def choose_periods(
    log: AccessLog, at: str | datetime, window: str | timedelta | None, zone: ZoneInfo
) -> Periods:
    """Choose the periods before, as far back as the data goes."""
    first, newest = log.ends
    moment = read_moment(at, newest)
    if first is None or newest is None or not first < moment <= newest:
        data = f"{show(first, zone)} to {show(newest, zone)}" if first and newest else "nothing"
        raise QueryError(f"before-after: {show(moment, zone)} is not within the data, {data}")
    length = window if isinstance(window, timedelta) else window and read_span(window)
    length = length or min(_DAY, newest - moment + timedelta(microseconds=1))
    days = [
        day for day in range(1, _MOST_DAYS + 1)
        if moment - day * _DAY >= first and day * _DAY >= length
    ]  # fmt: skip
    chosen, words = _alike(days, moment.astimezone(zone))
    if chosen:
        starts = tuple(moment - day * _DAY for day in chosen)
        return Periods(moment, length, starts, f"compared with {words}", same_hours=True)
    words = (
        f"compared with the {_span(length)} right before: the data holds no earlier day, so what "
        "the time of day does cannot be told from what the change did"
    )
    return Periods(moment, length, (max(first, moment - length),), words, same_hours=False)


def _alike(days: Sequence[int], moment: datetime) -> tuple[list[int], str]:
    """Take the days before that are most like the day itself."""

    def weekend(day: int) -> bool:
        return (moment - day * _DAY).weekday() >= _SATURDAY

    weeks = [day for day in days if day % _WEEK == 0][:_MOST_PERIODS]
    if weeks:
        return weeks, f"the same hours of the same weekday, {_count(weeks, 'week')} back"
    kind = [day for day in days if weekend(day) == weekend(0)][:_MOST_PERIODS]
    if kind:
        name = "weekend days" if weekend(0) else "days from Monday to Friday"
        return kind, f"the same hours of {name}, {_count(kind, 'day')} back"
    return list(days)[:_MOST_PERIODS], (
        "the same hours of other days, though not of the same kind of day"
    )


def _count(days: Sequence[int], unit: str) -> str:
    return f"{len(days)} {unit}{'s' if len(days) > 1 else ''}"


def _span(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and (seconds % size == 0 or size == 1):
            count = seconds // size
            return unit if count == 1 else f"{count} {unit}s"
    return "moment"


def _layout(periods: Periods) -> Layout:
    numbers = range(1 + len(periods.before))
    length = periods.length // timedelta(microseconds=1)
    ends = {n: f"$p{n} + to_microseconds({length})" for n in numbers}
    if not periods.same_hours:
        ends[1] = "$p0"
    within = {n: f"start_time >= $p{n} and start_time < {ends[n]}" for n in numbers}
    version = " ".join(f"when {within[n]} then {int(n == 0)}" for n in numbers)
    offset = " ".join(
        f"when {within[n]} then epoch_us(start_time) - epoch_us($p{n})" for n in numbers
    )
    number = " ".join(f"when {within[n]} then {n}" for n in numbers)
    offset, number = f"(case {offset} end)", f"(case {number} end)"
    block = f"{number} * {BLOCKS + 1} + {offset} // greatest(1, {length} // {BLOCKS})"
    part = f"{offset} // greatest(1, {length} // {_PARTS})" if periods.same_hours else "0"
    return Layout(f"case {version} end", block, part, part, paired=False)


def _period(periods: Periods) -> str:
    version = _layout(periods).version
    return f"case ({version}) when 1 then 'after' when 0 then 'before' end"
