from __future__ import annotations

import numpy as np
import pytest

from envoylog.statistics.difference import Difference
from envoylog.statistics.power import needed
from envoylog.statistics.quantiles import Latencies, quantile_differences, supports
from tests.statistics.simulation import Delays

DRAWS = 120
SHARES = (0.5, 0.9, 0.99)

# 95% less three standard deviations of 120 intervals; 5% more the same.
LEAST_COVERED = 0.89
MOST_FALSE = 0.11


def draws(delays: Delays, *, count: int = DRAWS) -> list[list[Difference]]:
    return [
        quantile_differences(
            *delays.draw(seed), SHARES, paired=delays.paired, replicates=300, seed=seed
        )
        for seed in range(count)
    ]


def counted(values: list[float], blocks: list[int]) -> Latencies:
    size = max(blocks) + 1
    return Latencies.of(np.array(values), np.array(blocks), np.ones(len(values)), size)


def test_quantiles_are_values_that_were_seen() -> None:
    latencies = counted([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], [0] * 10)
    found = latencies.quantiles(np.array([0.1, 0.5, 0.9, 0.91, 1.0]))
    assert found.tolist() == [[10, 50, 90, 100, 100]]


def test_blocks_drawn_twice_count_twice() -> None:
    latencies = counted([10, 10, 20, 30, 30, 30], [0, 0, 0, 1, 1, 1])
    found = latencies.quantiles(np.array([0.5]), np.array([[1.0, 1.0], [2, 0], [0, 2]]))
    assert found.ravel().tolist() == [20, 10, 30]


def test_weights_need_not_be_whole() -> None:
    latencies = Latencies.of(np.array([1.0, 2.0]), np.zeros(2, int), np.array([0.2, 1.7]), 3)
    assert latencies.quantiles(np.array([0.1, 0.5])).tolist() == [[1, 2]]
    assert latencies.counts.shape == (3, 2)


@pytest.mark.parametrize(
    ("requests", "share", "enough"),
    [(40, 0.5, True), (39, 0.5, False), (200, 0.9, True), (199, 0.9, False), (2000, 0.99, True)],
)
def test_quantiles_need_requests_beyond_them(requests: int, share: float, *, enough: bool) -> None:
    assert supports(requests, share) == enough


DELAYS = {
    "plain": Delays(),
    "slower": Delays(factor=1.15),
    "a small canary": Delays(requests0=380, requests1=50),
    "a level that wanders": Delays(likeness=0.9, wander=0.3),
    "bursts in the candidate": Delays(burst=0.1),
}


@pytest.mark.parametrize("name", DELAYS)
def test_intervals_cover_and_false_alarms_are_rare(name: str) -> None:
    delays = DELAYS[name]
    differs = delays.factor != 1 or delays.burst
    truth = delays.truth(SHARES) if differs else np.zeros(len(SHARES))
    found = draws(delays)
    for number, true in enumerate(truth):
        column = [row[number] for row in found]
        assert np.mean([d.low <= true <= d.high for d in column]) >= LEAST_COVERED, SHARES[number]
        if not differs:
            assert np.mean([d.p_value < 0.05 for d in column]) <= MOST_FALSE, SHARES[number]


def test_periods_after_each_other_are_covered_if_blocks_resemble_their_neighbours_little() -> None:
    found = draws(Delays(likeness=0.5, wander=0.3, paired=False))
    for number, share in enumerate(SHARES):
        covered = np.mean([row[number].low <= 0 <= row[number].high for row in found])
        # A known limit: 90 to 92% instead of 95%, and less where the level drifts more slowly.
        assert covered >= 0.83, share


def test_a_slowdown_is_found_at_the_stated_power() -> None:
    # The size that 80% power is stated for, from the standard errors of samples without one.
    still = draws(Delays(), count=50)
    error = float(np.mean([row[2].standard_error for row in still]))
    p99 = float(np.quantile(Delays().values(0)[0], 0.99))
    size = error * np.sqrt(needed(error, error))  # (1.96 + 0.84) standard errors
    found = draws(Delays(factor=1 + size / p99))
    assert 0.68 <= np.mean([row[2].p_value < 0.05 for row in found]) <= 0.92


def test_the_same_seed_gives_the_same_interval() -> None:
    pair = Delays().draw(1)
    assert quantile_differences(*pair, SHARES) == quantile_differences(*pair, SHARES)


def test_latencies_that_are_all_the_same_differ_surely() -> None:
    blocks = [number // 5 for number in range(100)]
    (same,) = quantile_differences(counted([7] * 100, blocks), counted([7] * 100, blocks), [0.5])
    (more,) = quantile_differences(counted([7] * 100, blocks), counted([9] * 100, blocks), [0.5])
    assert (same.estimate, same.low, same.high, same.p_value) == (0, 0, 0, 1)
    assert (more.estimate, more.low, more.high, more.p_value) == (2, 2, 2, 0)
