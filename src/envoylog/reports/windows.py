"""The window of a scheduled report: the last complete hour, day or week of a time zone.

A window is as long as the clocks on the wall say: a day has 23 or 25 hours when they change. Its
name stands in the report's file name, so the reports that exist tell which window comes next, and
no state can get lost or disagree with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from envoylog.errors import QueryError

#: What stands for the window's name in `-o report-{date}.html`.
PLACE: Final = "{date}"

_INSTANT: Final = timedelta(microseconds=1)
_MINUTE: Final = timedelta(minutes=1)


class Length(StrEnum):
    """How long a window is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


#: The names of windows: `2026-11-27T13+0100`, `2026-11-27`, `2026-W48`.
_NAMES: Final = {
    Length.HOUR: r"\d{4}-\d\d-\d\dT\d\d(?:Z|[+-]\d{4}(?:\d\d)?)",
    Length.DAY: r"\d{4}-\d\d-\d\d",
    Length.WEEK: r"\d{4}-W\d\d",
}


@dataclass(frozen=True, slots=True)
class Window:
    """An hour, a day, or a week from Monday on.

    Attributes
    ----------
    since, until : datetime
        Its ends in UTC, `until` excluded.
    length : Length
        What it is.
    zone : ZoneInfo
        Whose clocks cut it.
    """

    since: datetime
    until: datetime
    length: Length
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """Its name by ISO 8601, without a colon: no two windows of one length share it.

        Examples
        --------
        >>> last_complete(datetime(2026, 11, 28, 9, tzinfo=UTC), "week").name
        '2026-W47'
        """
        local = self.since.astimezone(self.zone)
        if self.length is Length.WEEK:
            return f"{local:%G-W%V}"
        if self.length is Length.DAY:
            return f"{local:%Y-%m-%d}"
        # The offset tells the two hours from 2 to 3 apart when clocks are set back.
        return f"{local:%Y-%m-%dT%HZ}" if self.zone.key == "UTC" else f"{local:%Y-%m-%dT%H%z}"

    @property
    def words(self) -> str:
        """Say which window it is, for people.

        Examples
        --------
        >>> now = datetime(2026, 10, 26, 9, tzinfo=UTC)
        >>> last_complete(now, "day", ZoneInfo("Europe/Zurich")).words
        'Sunday, 2026-10-25 (Europe/Zurich, 25 hours)'
        """
        local = self.since.astimezone(self.zone)
        hours = (self.until - self.since) / timedelta(hours=1)
        usual = {Length.HOUR: 1, Length.DAY: 24, Length.WEEK: 168}[self.length]
        zone = self.zone.key if hours == usual else f"{self.zone.key}, {hours:g} hours"
        if self.length is Length.WEEK:
            last = (self.until - _INSTANT).astimezone(self.zone)
            return f"week {local:%V of %G}, {local:%Y-%m-%d} to {last:%Y-%m-%d} ({zone})"
        if self.length is Length.HOUR:
            ends = self.until.astimezone(self.zone)
            return f"{local:%A, %Y-%m-%d %H:%M} to {ends:%H:%M} ({zone})"
        return f"{local:%A, %Y-%m-%d} ({zone})"

    def earlier(self, days: int) -> tuple[datetime, datetime]:
        """Give the same hours, by the clock on the wall, so many days before."""
        return (
            earlier(self.since, days, self.zone),
            earlier(self.until, days, self.zone),
        )


def last_complete(now: datetime, length: Length | str, zone: ZoneInfo | None = None) -> Window:
    """Compute the last window that is over.

    Parameters
    ----------
    now : datetime
        The moment from which it is seen, with its zone.
    length : Length or str
        `hour`, `day` or `week`.
    zone : ZoneInfo, optional
        Whose clocks cut it; UTC by default.

    Returns
    -------
    Window

    Examples
    --------
    >>> now = datetime(2026, 3, 30, 5, tzinfo=UTC)
    >>> window = last_complete(now, "day", ZoneInfo("Europe/Zurich"))
    >>> window.name, str(window.until - window.since)
    ('2026-03-29', '23:00:00')
    """
    length, zone = Length(length), zone or ZoneInfo("UTC")
    until = _start(now, length, zone)
    return Window(_start(until - _INSTANT, length, zone), until, length, zone)


def due(
    now: datetime, length: Length | str, zone: ZoneInfo, *, pattern: str | Path, first: datetime
) -> list[Window]:
    """List the complete windows without a report, the oldest first.

    Parameters
    ----------
    now, length, zone
        As in `last_complete`.
    pattern : path
        Where reports are written, with `{date}` in the file's name.
    first : datetime
        The start of the first request of the data: of earlier windows there is nothing to report.

    Returns
    -------
    list of Window
        Those after the newest report. The last complete window is always there, since a rerun
        writes it once more.

    Raises
    ------
    QueryError
        If the pattern has no `{date}`.
    """
    window = last_complete(now, length, zone)
    newest = max(_reported(Path(pattern), window.length, zone), default=window.since)
    found = [window]
    while (window := last_complete(window.since, length, zone)).since > newest:
        if window.until <= first:
            break
        found.append(window)
    return found[::-1]


def named(pattern: str | Path, window: Window) -> Path:
    """Put a window's name into the file name of its report.

    Examples
    --------
    >>> window = last_complete(datetime(2026, 11, 28, tzinfo=UTC), "day")
    >>> named("out/report-{date}.html", window).name
    'report-2026-11-27.html'
    """
    path = Path(pattern)
    return path.with_name(path.name.replace(PLACE, window.name))


def earlier(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Give the moment at which the clocks on the wall showed the same, so many days before.

    Examples
    --------
    >>> earlier(datetime(2026, 10, 26, 8, tzinfo=UTC), 1, ZoneInfo("Europe/Zurich")).isoformat()
    '2026-10-25T08:00:00+00:00'
    >>> earlier(datetime(2026, 10, 26, 8, tzinfo=UTC), 2, ZoneInfo("Europe/Zurich")).isoformat()
    '2026-10-24T07:00:00+00:00'
    """
    return (moment.astimezone(zone) - timedelta(days=days)).astimezone(UTC)


def _reported(pattern: Path, length: Length, zone: ZoneInfo) -> Iterator[datetime]:
    """Read from the names of the reports that exist which windows they are of."""
    before, place, after = pattern.name.partition(PLACE)
    if not place:
        raise QueryError(
            f"{pattern}: write {PLACE} into the name, such as report-{PLACE}.html, as the reports "
            "that exist tell which windows are missing"
        )
    shape = re.compile(f"{re.escape(before)}({_NAMES[length]}){re.escape(after)}")
    folder = pattern.parent
    for path in folder.iterdir() if folder.is_dir() else ():
        if match := shape.fullmatch(path.name):
            try:
                yield _moment(match[1], length, zone)
            except ValueError:  # February 30th: a name, but not one of ours
                continue


def _moment(name: str, length: Length, zone: ZoneInfo) -> datetime:
    if length is Length.HOUR:
        return datetime.strptime(name, "%Y-%m-%dT%H%z").astimezone(UTC)
    first = date.fromisoformat(f"{name}-1" if length is Length.WEEK else name)
    return _midnight(first, zone)


def _start(moment: datetime, length: Length, zone: ZoneInfo) -> datetime:
    """Give the start of the window that holds a moment."""
    local = moment.astimezone(zone)
    if length is not Length.HOUR:
        days = local.weekday() if length is Length.WEEK else 0
        return _midnight(local.date() - timedelta(days=days), zone)
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    start = moment.astimezone(UTC) - into
    # Clocks that were changed by half an hour, as on Lord Howe Island, cut an hour short.
    while start.astimezone(zone).utcoffset() != local.utcoffset():
        start += _MINUTE
    return start


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Give the start of a day; where clocks skip midnight, that is when they do."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
