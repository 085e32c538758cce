"""Chance is no news: days drawn from one law are told apart as rarely as the level says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

import envoylog
from envoylog.reports.changes import Changes, find_changes
from envoylog.statistics.verdict import Verdict

START: Final = datetime(2026, 11, 24, tzinfo=UTC)
DAY: Final = timedelta(days=1)
REQUESTS: Final = 8000


def day(generator: np.random.Generator, start: datetime, worse: float = 1) -> pl.DataFrame:
    """Draw a day: four authorities, and ten bursts in which errors are ten times as frequent."""
    seconds = np.sort(generator.uniform(0, DAY.total_seconds(), REQUESTS))
    burst = np.isin((seconds // 300).astype(int), generator.choice(288, 10, replace=False))
    authority = generator.choice(4, REQUESTS, p=[0.5, 0.3, 0.15, 0.05])
    share = np.where(burst, 0.1, 0.01) * np.array([worse, 1, 0.5, 2])[authority]
    slow = np.where(burst, 1.5, 1)
    return pl.DataFrame(
        {
            "start_time": [start + timedelta(seconds=second) for second in seconds.tolist()],
            "authority": [f"a{number}" for number in authority],
            "path": ["/"] * REQUESTS,
            "response_code": np.where(generator.random(REQUESTS) < share, 503, 200),
            "duration": (generator.lognormal(3, 1, REQUESTS) * slow).astype(int),
        },
        schema_overrides={"response_code": pl.Int16, "duration": pl.Int64},
    )


def changes(folder: Path, *days: pl.DataFrame) -> Changes:
    path = folder / "days.parquet"
    pl.concat(days).write_parquet(path)
    windows = [(START, START + DAY), (START + DAY, START + 2 * DAY)]
    with envoylog.open(path) as log:
        return find_changes(log, windows, {})


def test_days_of_one_law_are_seldom_told_apart(tmp_path: Path) -> None:
    generator = np.random.default_rng(20261128)
    told = 0
    for _ in range(12):
        found = changes(tmp_path, day(generator, START), day(generator, START + DAY))
        assert found.measures
        told += any(one.verdict in {Verdict.WORSE, Verdict.BETTER} for one in found.measures)
    assert told <= 1


def test_an_authority_that_fails_three_times_as_often_is_found(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    for _ in range(3):
        found = changes(tmp_path, day(generator, START), day(generator, START + DAY, worse=3))
        overall = found.overall("error rate, same mix")
        assert overall
        assert overall.verdict is Verdict.WORSE
        assert found.carrier
        assert (found.carrier.column, found.carrier.value) == ("authority", "a0")
