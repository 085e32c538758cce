"""The time that a report is about, and the earlier one that it is held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from envoylog.errors import QueryError
from envoylog.questions.scope import read_zone
from envoylog.questions.window import read_moment
from envoylog.reports.config import AUTO, NONE, Config
from envoylog.reports.totals import totals_question
from envoylog.reports.windows import earlier

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
#: The share of a window that may be missing at its beginning before it compares with nothing.
_LACKING: Final = 20


@dataclass(frozen=True, slots=True)
class Period:
    """The time that a report is about, and the one that it is held against.

    Attributes
    ----------
    since, until : datetime
        `until` is excluded.
    timezone : ZoneInfo
        In which times are shown.
    earlier : timedelta or None
        How much earlier the window lies that it is compared with; None where there is none.
    why_alone : str
        Why there is none.
    """

    since: datetime
    until: datetime
    timezone: ZoneInfo
    earlier: timedelta | None = None
    why_alone: str = ""

    @property
    def before(self) -> tuple[datetime, datetime] | None:
        """The ends of the window that it is compared with."""
        if self.earlier is None:
            return None
        days, rest = divmod(self.earlier, timedelta(days=1))
        if rest:
            return self.since - self.earlier, self.until - self.earlier
        return earlier(self.since, days, self.timezone), earlier(self.until, days, self.timezone)

    @property
    def words(self) -> str:
        """Say the window, with as much of the time as matters."""
        ends = [moment.astimezone(self.timezone) for moment in (self.since, self.until)]
        whole = all(end.second == 0 and end.microsecond == 0 for end in ends)
        form = "%Y-%m-%d %H:%M" if whole else "%Y-%m-%d %H:%M:%S"
        return f"{ends[0]:{form}} to {ends[1]:{form}} {self.timezone.key}"

    @property
    def earlier_words(self) -> str:
        """Say how much earlier the other window lies."""
        if self.earlier is None:
            return ""
        days = self.earlier / timedelta(days=1)
        names = {1.0: "the day before", 7.0: "the week before"}
        hours = self.earlier / timedelta(hours=1)
        other = f"{days:g} days earlier" if days > 1 else f"{hours:g} hours earlier"
        return names.get(days, other)


def choose_period(
    log: AccessLog,
    config: Config,
    since: str | datetime | None,
    until: str | datetime | None,
) -> Period:
    """Choose the window and the earlier one, as asked for and as far as the data goes back.

    Raises
    ------
    QueryError
        If the data has no request with a time, or the window is none.
    """
    first, newest = log.ends
    if first is None or newest is None:
        raise QueryError("there is nothing to report: the data has no request with a start time")
    end = _second(newest) + _SECOND if until is None else read_moment(until, newest)
    start = end - config.window if since is None else read_moment(since, newest)
    if start >= end:
        raise QueryError(f"the window is empty: it begins at {start} and ends at {end}")
    if since is None and until is None:
        start = max(start, _second(first))
    window = Period(start, end, read_zone(config.timezone))
    if config.compare == NONE:
        return replace(window, why_alone="not asked for")
    return _compared(log, window, config, first)


def _compared(log: AccessLog, window: Period, config: Config, first: datetime) -> Period:
    """Choose how much earlier the other window lies; there must be requests in it."""
    length, compare = window.until - window.since, config.compare
    wanted = (7 * _DAY, _DAY) if compare == AUTO else (compare,)
    alone = f"the data begin at {first.astimezone(window.timezone):%Y-%m-%d %H:%M}"
    for back in wanted:
        if not isinstance(back, timedelta) or (compare == AUTO and back < length):
            continue
        found = replace(window, earlier=back)
        if found.before is None or found.before[0] + length / _LACKING < first:
            continue
        if _holds_requests(log, *found.before, config):
            return found
        alone = f"there is no request {found.earlier_words}"
    return replace(window, why_alone=alone)


def _holds_requests(log: AccessLog, since: datetime, until: datetime, config: Config) -> bool:
    options = config.filters.options()
    basis = log.ask(totals_question(), since=since, until=until, **options).basis
    return basis is not None and basis.requests > 0


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
