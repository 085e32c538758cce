"""Few alarms at nothing, whatever series are like; what happens is found; truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.anomalies import KINDS, measure
from envoylog.statistics.anomalies import Block, unlike
from envoylog.statistics.difference import Numbers


def block_of(counts: Numbers, now: Numbers) -> Block:
    return Block(
        measure="requests",
        both=True,
        numbers=np.arange(now.shape[1]),
        counts=counts,
        exposure=np.ones_like(counts),
        now=now,
        now_exposure=np.ones_like(now),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_alarms_at_nothing_are_rare(kind: str) -> None:
    """At most one look in a hundred; of ten looks more than one would be beyond chance."""
    assert measure(kind, 10, days=20, series=10).alarmed <= 1 / 10


@pytest.mark.parametrize(
    ("kind", "days", "least"),
    [
        ("chance alone", 5, 0.9),
        ("days differ by 15%", 20, 0.9),
        ("level drifts 5% a day, upwards", 20, 0.7),
        ("an incident of 30 times in the past", 20, 0.8),
    ],
)
def test_what_trebles_is_found(kind: str, days: int, least: float) -> None:
    assert measure(kind, 12, days=days, series=12).found >= least


def test_what_is_unknown_says_nothing() -> None:
    counts = np.full((1, 8, 2), 100.0)
    counts[0, :, 1] = np.nan
    now = np.array([[np.nan, 1e6]])
    block = block_of(counts, now)
    assert list(unlike([block], 0.01, 1.5, 10)) == []
    assert list(unlike([], 0.01, 1.5, 10)) == []


def test_few_days_say_nothing_and_few_requests_do_not_matter() -> None:
    def look(days: int, mean: float, now: float) -> int:
        counts = np.full((1, days, 1), mean)
        return len(list(unlike([block_of(counts, np.array([[now]]))], 0.01, 1.5, 10)))

    assert look(5, 100, 1000) == 1
    assert look(4, 100, 1000) == 0
    assert look(20, 0.1, 9) == 0  # fewer than ten more
    assert look(20, 100_000, 140_000) == 0  # less than half as much again
