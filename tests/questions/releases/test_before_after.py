from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from envoylog.errors import QueryError
from envoylog.questions.releases.before_after import before_after
from envoylog.questions.releases.comparison import Limits
from tests.questions.releases.lines import log_of

DEPLOY = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday


def days(count: int, *, slower: float = 1.0, errors: float = 0.01, step: int = 30) -> pl.DataFrame:
    """Days of traffic up to two hours after the deploy; noon is three times as slow as midnight."""
    random = np.random.default_rng(4)
    first = DEPLOY + timedelta(hours=2) - timedelta(days=count)
    seconds = np.arange(0, count * 86_400, step)
    times = [first + timedelta(seconds=int(second)) for second in seconds]
    hours = np.array([time.hour + time.minute / 60 for time in times])
    after = np.array([time >= DEPLOY for time in times])
    level = np.exp(np.log(3) * (1 - np.cos(2 * np.pi * hours / 24)) / 2)
    duration = level * np.exp(random.normal(3, 0.4, len(times))) * np.where(after, slower, 1)
    failed = random.random(len(times)) < np.where(after, errors, 0.01)
    return pl.DataFrame(
        {
            "start_time": times,
            "duration": np.rint(duration),
            "response_code": np.where(failed, 500, 200),
        }
    )


def test_the_same_hours_of_earlier_days(tmp_path: Path) -> None:
    log = log_of(tmp_path, days(4, step=10))
    found = before_after(log, DEPLOY, window="2h", limits=Limits(errors=0.05, latency=0.5))
    assert found.verdict == "no difference"
    assert found.facts["same_hours"]
    # Monday alone is of the same kind: the days before are a Sunday and a Saturday.
    assert found.reasons[0] == (
        "compared with the same hours of days from Monday to Friday, 1 day back"
    )


def test_a_deploy_that_slows_down_is_found(tmp_path: Path) -> None:
    log = log_of(tmp_path, days(3, slower=1.5, step=10))
    found = before_after(log, DEPLOY, window="2h", limits=Limits(errors=0.05))
    assert found.verdict == "worse"


def test_the_same_weekday_goes_first(tmp_path: Path) -> None:
    log = log_of(tmp_path, days(15))
    found = before_after(log, DEPLOY, window="2h")
    assert found.reasons[0] == "compared with the same hours of the same weekday, 2 weeks back"
    assert found.facts["before"] == ["2026-11-17T12:00:00+00:00", "2026-11-10T12:00:00+00:00"]


def test_without_earlier_days_it_says_so(tmp_path: Path) -> None:
    found = before_after(log_of(tmp_path, days(1, step=10)), DEPLOY, window="1h")
    assert not found.facts["same_hours"]
    assert found.reasons[0].startswith("compared with the hour right before: the data holds no")
    assert found.facts["requests_by_version"] == {"before": 360, "after": 360}


def test_counts_by_hand(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "start_time": [DEPLOY + timedelta(seconds=s) for s in range(-600, 600)],
            "response_code": [500 if s % 100 == 0 else 200 for s in range(-600, 0)]
            + [500 if s % 20 == 0 else 200 for s in range(600)],
        }
    )
    found = before_after(log_of(tmp_path, frame), "2026-11-24T12:00:00Z", window="10m")
    raw = found.pl().row(0, named=True)
    assert (raw["baseline"], raw["candidate"]) == (0.01, 0.05)
    assert raw["difference"] == 0.04
    assert found.verdict == "worse"


@pytest.mark.parametrize(
    ("at", "options", "message"),
    [
        ("2026-12-24", {}, "is not within the data, 2026-11-23 14:00:00 UTC to 2026-11-24"),
        ("2026-11-24T12:00", {"since": "1h"}, "takes --at and --window"),
        ("2026-11-24T12:00", {"window": "soon"}, "soon"),
        ("2026-11-24T12:00", {"where": "start_time > '2026-11-24T12:30:00Z'"}, "no request before"),
    ],
)
def test_what_cannot_be_compared(
    tmp_path: Path, at: str, options: dict[str, str], message: str
) -> None:
    log = log_of(tmp_path, days(1))
    with pytest.raises(QueryError, match=message):
        before_after(log, at, **options)  # type: ignore[arg-type]
