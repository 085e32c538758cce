from __future__ import annotations

import numpy as np
import pytest

from envoylog.statistics.split import SPLIT_LEVEL, split_test


@pytest.mark.parametrize(
    ("counts", "weights", "p_value", "method"),
    [
        # chi-square with 1 degree of freedom: (60-50)²/50 · 2 = 4
        ((60, 40), (50, 50), 0.0455003, "chi-square"),
        # 3 degrees of freedom, the classic peas of Mendel: 0.470
        ((315, 101, 108, 32), (9, 3, 3, 1), 0.9254259, "chi-square"),
        # 0 of 5 at even odds, both tails: 2/32
        ((5, 0), (1, 1), 0.0625, "exact-split"),
        # all three in one of three: 3/27; the six ways to have one each are likelier
        ((3, 0, 0), (1, 1, 1), 3 / 27, "exact-split"),
        ((7, 0), (100, 0), 1.0, "exact-split"),
        ((7, 1), (100, 0), 0.0, "exact-split"),
        ((0, 0), (90, 10), 1.0, "exact-split"),
    ],
)
def test_known_splits(
    counts: tuple[int, ...], weights: tuple[float, ...], p_value: float, method: str
) -> None:
    test = split_test(counts, weights)
    assert test.p_value == pytest.approx(p_value, abs=1e-6)
    assert test.method == method


def test_expected_requests_follow_the_weights() -> None:
    assert split_test((903, 97), (90, 10)).expected == pytest.approx((900, 100))


@pytest.mark.parametrize("weights", [(1,), (1, -1), (0, 0)])
def test_weights_that_are_none(weights: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="weights must be"):
        split_test((5, 5), weights)


def test_many_ways_to_spread_are_drawn_rather_than_listed() -> None:
    # 40 requests over six versions: 1.2 million ways. Even odds, and one of them gets most.
    fair = split_test((7, 6, 7, 6, 7, 7, 0), (8, 8, 8, 8, 8, 8, 1))
    unfair = split_test((40, 0, 0, 0, 0, 0, 0), (8, 8, 8, 8, 8, 8, 1))
    assert fair.p_value > 0.5
    assert unfair.p_value < 0.001


@pytest.mark.parametrize("weights", [(90, 10), (50, 30, 20), (999, 1)])
def test_false_alarms_stay_at_the_level(weights: tuple[int, ...]) -> None:
    draws = 2000
    shares = np.array(weights) / sum(weights)
    counts = np.random.default_rng(1).multinomial(2000, shares, draws)
    alarms = sum(split_test(row.tolist(), weights).p_value < SPLIT_LEVEL for row in counts)
    # Of 2000 tests 20 are expected at 1%; 38 are four standard deviations more.
    assert alarms <= 38


def test_a_split_that_is_off_is_found() -> None:
    # 13% instead of 10%: 2,000 requests give a standard deviation of 0.7 points.
    counts = np.random.default_rng(2).multinomial(2000, [0.87, 0.13], 200)
    found = sum(split_test(row.tolist(), (90, 10)).p_value < SPLIT_LEVEL for row in counts)
    assert found >= 0.9 * 200
