"""Windows are whole hours, days and weeks of a zone, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envoylog.errors import QueryError
from envoylog.reports.windows import Length, due, earlier, last_complete, named

ZURICH = ZoneInfo("Europe/Zurich")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# Zones of legislators, not of machines.
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@pytest.mark.parametrize(
    ("now", "length", "zone", "since", "until", "name"),
    [
        # In summer Zurich is two hours ahead, in winter one.
        ("2026-11-28T05:00", "day", "Europe/Zurich", "2026-11-26T23:00", "2026-11-27T23:00", "2026-11-27"),
        ("2026-11-28T22:59", "day", "Europe/Zurich", "2026-11-26T23:00", "2026-11-27T23:00", "2026-11-27"),
        ("2026-11-28T23:00", "day", "Europe/Zurich", "2026-11-27T23:00", "2026-11-28T23:00", "2026-11-28"),
        # 23 hours and 25.
        ("2026-03-30T05:00", "day", "Europe/Zurich", "2026-03-28T23:00", "2026-03-29T22:00", "2026-03-29"),
        ("2026-10-26T05:00", "day", "Europe/Zurich", "2026-10-24T22:00", "2026-10-25T23:00", "2026-10-25"),
        # The two hours from 2 to 3, and the one that is missing.
        ("2026-10-25T01:30", "hour", "Europe/Zurich", "2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02+0200"),
        ("2026-10-25T02:30", "hour", "Europe/Zurich", "2026-10-25T01:00", "2026-10-25T02:00", "2026-10-25T02+0100"),
        ("2026-03-29T01:10", "hour", "Europe/Zurich", "2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T01+0100"),
        # An hour of India starts at half past, one of UTC has a Z.
        ("2026-11-28T05:00", "hour", "Asia/Kolkata", "2026-11-28T03:30", "2026-11-28T04:30", "2026-11-28T09+0530"),
        ("2026-11-28T05:00", "hour", "UTC", "2026-11-28T04:00", "2026-11-28T05:00", "2026-11-28T04Z"),
        # On Lord Howe Island half an hour is gone in October and comes twice in April.
        ("2026-10-03T16:00", "hour", "Australia/Lord_Howe", "2026-10-03T15:30", "2026-10-03T16:00", "2026-10-04T02+1100"),
        ("2026-04-04T15:45", "hour", "Australia/Lord_Howe", "2026-04-04T15:00", "2026-04-04T15:30", "2026-04-05T01+1030"),
        # Days that start at one o'clock, as midnight is skipped; and the day that Samoa skipped.
        ("2026-04-25T05:00", "day", "Africa/Cairo", "2026-04-23T22:00", "2026-04-24T21:00", "2026-04-24"),
        ("2011-12-31T05:00", "day", "Pacific/Apia", "2011-12-29T10:00", "2011-12-30T10:00", "2011-12-29"),
        # Weeks start on Monday; the first of 2027 has the first Thursday.
        ("2026-11-28T05:00", "week", "UTC", "2026-11-16T00:00", "2026-11-23T00:00", "2026-W47"),
        ("2027-01-04T00:00", "week", "UTC", "2026-12-28T00:00", "2027-01-04T00:00", "2026-W53"),
        ("2026-10-26T05:00", "week", "Europe/Zurich", "2026-10-18T22:00", "2026-10-25T23:00", "2026-W43"),
    ],
)  # fmt: skip
def test_windows(now: str, length: str, zone: str, since: str, until: str, name: str) -> None:
    window = last_complete(_utc(now), length, ZoneInfo(zone))
    assert (window.since, window.until, window.name) == (_utc(since), _utc(until), name)


@given(
    now=st.datetimes(datetime(1990, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES),
    length=st.sampled_from(Length),
)
def test_windows_tile_time(now: datetime, zone: str, length: Length) -> None:
    """Seen from its end or an instant before, a window follows the one before it without a gap."""
    window = last_complete(now, length, ZoneInfo(zone))
    assert window.since < window.until <= now
    assert last_complete(window.until, length, window.zone) == window
    before = last_complete(window.until - timedelta(microseconds=1), length, window.zone)
    assert before.until == window.since
    assert before.name != window.name
    # Nothing that is over is left: the window after it, which holds the moment, is not over.
    longest = {Length.HOUR: 2, Length.DAY: 49, Length.WEEK: 193}[length]
    assert now - window.until < timedelta(hours=longest)


def test_missed_windows_are_due(tmp_path: Path) -> None:
    pattern = tmp_path / "report-{date}.html"
    now = _utc("2026-10-27T05:00")

    def names(first: datetime = LONG_AGO) -> list[str]:
        return [w.name for w in due(now, "day", ZURICH, pattern=pattern, first=first)]

    assert names() == ["2026-10-26"]  # none was ever written: only the last
    (tmp_path / "report-2026-10-22.html").touch()
    assert names() == ["2026-10-23", "2026-10-24", "2026-10-25", "2026-10-26"]
    assert names(first=_utc("2026-10-25T12:00")) == ["2026-10-25", "2026-10-26"]
    (tmp_path / "report-2026-10-26.html").touch()
    assert names() == ["2026-10-26"]  # a rerun writes it once more
    (tmp_path / "report-2027-01-01.html").touch()
    assert names() == ["2026-10-26"]


def test_other_files_are_no_reports(tmp_path: Path) -> None:
    pattern = tmp_path / "report-{date}.html"
    for name in (
        "report-2026-02-30.html",  # no such day
        "report-2026-W43.html",  # a report of weeks
        "report-2026-10-20Xhtml",  # the point is a point
        "report-2026-10-20.html.bak",
        ".report-2026-10-20.html.77.tmp",
    ):
        (tmp_path / name).touch()
    found = due(_utc("2026-10-27T05:00"), "day", ZURICH, pattern=pattern, first=LONG_AGO)
    assert [window.name for window in found] == ["2026-10-26"]


def test_hours_are_read_back_from_names(tmp_path: Path) -> None:
    """The two hours from 2 to 3 have names of their own."""
    pattern = tmp_path / "{date}.html"
    now = _utc("2026-10-25T03:00")
    (tmp_path / "2026-10-25T02+0200.html").touch()
    found = due(now, "hour", ZURICH, pattern=pattern, first=LONG_AGO)
    assert [window.name for window in found] == ["2026-10-25T02+0100", "2026-10-25T03+0100"]


def test_a_name_without_a_place_for_the_window_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"write \{date\} into the name, such as report-\{date\}"):
        due(LONG_AGO, "day", ZURICH, pattern=tmp_path / "report.html", first=LONG_AGO)


def test_windows_are_named_and_spoken_of(tmp_path: Path) -> None:
    week = last_complete(_utc("2026-10-26T05:00"), "week", ZURICH)
    assert week.words == "week 43 of 2026, 2026-10-19 to 2026-10-25 (Europe/Zurich, 169 hours)"
    assert named(tmp_path / "{date}" / "r-{date}.md", week) == tmp_path / "{date}" / "r-2026-W43.md"
    hour = last_complete(_utc("2026-10-26T05:10"), "hour", ZURICH)
    assert hour.words == "Monday, 2026-10-26 05:00 to 06:00 (Europe/Zurich)"


def test_earlier_days_have_the_same_hours() -> None:
    day = last_complete(_utc("2026-10-27T05:00"), "day", ZURICH)
    assert day.earlier(1) == (_utc("2026-10-24T22:00"), _utc("2026-10-25T23:00"))
    assert day.earlier(7) == (_utc("2026-10-18T22:00"), _utc("2026-10-19T22:00"))
    assert earlier(_utc("2026-03-30T06:00"), 2, ZURICH) == _utc("2026-03-28T07:00")


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
