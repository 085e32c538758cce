"""`envoylog.check`: judge what a `checks.toml` says must hold."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict
from zoneinfo import ZoneInfo

from envoylog.catalog.datasets import Data
from envoylog.errors import EnvoylogError, QueryError
from envoylog.questions.access_log import AccessLog
from envoylog.questions.scope import read_zone, show
from envoylog.questions.window import read_moment
from envoylog.reports.checks.asked import Span
from envoylog.reports.checks.checked import Checked
from envoylog.reports.checks.config import Check, Checks, read_checks
from envoylog.reports.checks.evaluate import evaluate
from envoylog.reports.checks.faults import Faults
from envoylog.reports.checks.outcome import Outcome, Row, State
from envoylog.reports.windows import Length, last_complete

_INSTANT = timedelta(microseconds=1)
_AGE = "age of the data"


class CheckWindow(TypedDict, total=False):
    """Of which time checks are judged; see `check`."""

    since: str | datetime | None
    until: str | datetime | None
    window: Length | str | None
    timezone: str | None
    now: datetime | None


def check(
    data: Data | AccessLog,
    config: Checks | str | Path,
    *,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    window: Length | str | None = None,
    timezone: str | None = None,
    now: datetime | None = None,
) -> Checked:
    """Judge checks: thresholds, and comparisons with an earlier window.

    Parameters
    ----------
    data : path, iterable of paths, or AccessLog
        What `parse` or `ingest` wrote, or what `envoylog.open` gave.
    config : Checks or path
        A `checks.toml`; see docs/checks.md.
    since, until : str or datetime, optional
        The window, as in `AccessLog.ask`, instead of the file's.
    window : str, optional
        Or the last complete `hour`, `day` or `week`, seen from `until` or from now.
    timezone : str, optional
        By whose clocks, instead of the file's.
    now : datetime, optional
        The present, for the age of the data; the clock's by default.

    Returns
    -------
    Checked
        `ok`, `outcomes`, `pl()`, `to_json()`, `to_prometheus()`.

    Raises
    ------
    ConfigurationError
        If the file is not what it should be, with every fault in it.
    InputError
        If a file cannot be read.
    QueryError
        If the window is none.

    Examples
    --------
    >>> import envoylog
    >>> checked = envoylog.check("data", "checks.toml")  # doctest: +SKIP
    >>> checked.ok  # doctest: +SKIP
    """
    with nullcontext(data) if isinstance(data, AccessLog) else AccessLog(data) as log:
        asked = config if isinstance(config, Checks) else read_checks(config, log.questions)
        zone = read_zone(timezone or asked.timezone)
        present = now or datetime.now(UTC)
        judging = _Judging(log, asked, zone, present)
        length = Length(window) if window else None if since else asked.window
        outcomes = judging.outcomes(since or asked.since, until or asked.until, length)
        return Checked(outcomes, log.ends[1], present)


class _Judging:
    """One log, and the checks that it is held against."""

    def __init__(self, log: AccessLog, checks: Checks, zone: ZoneInfo, now: datetime) -> None:
        self.log, self.checks, self.zone, self.now = log, checks, zone, now

    def outcomes(
        self, since: str | datetime | None, until: str | datetime | None, window: Length | None
    ) -> tuple[Outcome, ...]:
        first, newest = self.log.ends
        if first is None or newest is None:
            reason = "the data has no request with a start time"
            return (*self._age(), *(Outcome.unjudged(one, reason) for one in self.checks.checks))
        end = newest + _INSTANT if until is None else read_moment(until, newest)
        start = first if since is None else read_moment(since, newest)
        if window:
            last = last_complete(self.now if until is None else end, window, self.zone)
            start, end = last.since, last.until
        if start >= end:
            raise QueryError(f"the window is empty: it begins at {start} and ends at {end}")
        faults, found = Faults(), list(self._age())
        for one in self.checks.checks:
            with faults.kept():
                found.append(evaluate(self.log, one, self._span(one, (start, end)), self.zone))
        faults.tell()
        return tuple(found)

    def _span(self, check: Check, span: Span) -> Span:
        if check.since is None:
            return span
        try:
            start = read_moment(check.since, span[1])
        except EnvoylogError as error:
            raise check.place.fault(str(error), "since") from None
        if start >= span[1]:
            raise check.place.fault(f"since = {check.since!r} is after the window", "since")
        return start, span[1]

    def _age(self) -> list[Outcome]:
        """Judge how old the data are: else a log that fell silent would look healthy for ever."""
        most, newest = self.checks.max_age, self.log.ends[1]
        if most is None:
            return []
        if newest is None:
            return [Outcome(_AGE, State.FAILED, fails=True, reason="there is no request")]
        age = self.now - newest
        state = State.PASSED if age <= most else State.FAILED
        said = f"the newest request is of {show(newest, self.zone)}; at most {most} ago"
        row = Row(state, {}, max(0.0, age.total_seconds()), reason=said)
        return [Outcome(_AGE, state, state is State.FAILED, (row,), said, unit="s")]
