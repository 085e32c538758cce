"""Grains of time lie whole in each time by the clocks of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from envoylog.questions.grains import Grains

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER = 15 * 60 * 10**6


@pytest.mark.parametrize(
    ("zone", "change", "bucket", "length"),
    [
        ("UTC", date(2026, 10, 25), timedelta(hours=1), QUARTER),
        ("Europe/Zurich", date(2026, 10, 25), timedelta(hours=6), QUARTER),
        ("Australia/Lord_Howe", date(2026, 10, 3), timedelta(days=1), QUARTER),
        ("Asia/Kathmandu", date(2026, 10, 25), timedelta(minutes=10), QUARTER // 3),
        ("Europe/Zurich", date(2026, 10, 25), timedelta(seconds=90), QUARTER // 10),
        # Its clocks changed at a minute past midnight.
        ("America/St_Johns", date(2010, 11, 7), timedelta(hours=1), 10**6),
        # It kept the time of its own sun.
        ("Africa/Monrovia", date(1971, 1, 1), timedelta(hours=1), 10**6),
    ],
)
def test_a_grain_is_of_one_bucket(zone: str, change: date, bucket: timedelta, length: int) -> None:
    since, until = (datetime.combine(change, time(), UTC) + n * timedelta(days=1) for n in (-2, 2))
    grains = Grains.of(since + timedelta(seconds=17), until, bucket, ZoneInfo(zone))
    assert grains.length == length
    draw = Random(3)  # noqa: S311 - a seed, no secret
    for _ in range(2000):
        moment = since + timedelta(seconds=17) + (until - since) * draw.random() * 0.99
        passed = (moment - EPOCH) // timedelta(microseconds=1) - grains.origin
        assert passed >= 0
        begin = grains.origin + passed // grains.length * grains.length
        times = []
        for one in (moment, EPOCH + timedelta(microseconds=begin)):
            local = one.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
            times.append((local - EPOCH) // bucket)
        assert times[0] == times[1]
