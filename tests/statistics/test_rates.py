from __future__ import annotations

import numpy as np
import pytest

from envoylog.statistics.difference import Difference
from envoylog.statistics.power import needed_requests
from envoylog.statistics.rates import Outcomes, newcombe, rate_difference
from tests.statistics.simulation import BLOCKS, Traffic

DRAWS = 200

# The level is 95%. Of 200 intervals 95% ± 1.5% hold the truth; three standard deviations below.
LEAST_COVERED = 0.904
# What is alarmed falsely: 5% + 3 · 1.5%.
MOST_FALSE = 0.096


def one_cell(n0: int, x0: int, n1: int, x1: int) -> Outcomes:
    return cells([[n0], [x0], [n1], [x1]])


def cells(rows: list[list[int]]) -> Outcomes:
    """One stratum a column, all in one block."""
    n0, x0, n1, x1 = (np.array(row, float) for row in rows)
    return Outcomes(n0, x0, n1, x1, np.arange(len(n0)), np.zeros(len(n0), int))


def draws(traffic: Traffic, *, pooled: bool = False, count: int = DRAWS) -> list[Difference]:
    drawn = (traffic.draw(seed) for seed in range(count))
    found = [rate_difference(o.pooled() if pooled else o) for o in drawn]
    return [one for one in found if one is not None]


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998, table II, method 10; the second minus the first
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((0, 10), (10, 10), 0.6075, 1.0000),
        ((0, 29), (5, 56), -0.0381, 0.1926),
    ],
)
def test_published_intervals(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    found = newcombe(*first, *second, 1.959963985)
    assert found == pytest.approx((low, high), abs=5e-5)


def test_one_stratum_is_the_plain_difference() -> None:
    found = rate_difference(one_cell(1000, 10, 500, 20))
    assert found is not None
    assert found.estimate == pytest.approx(0.04 - 0.01)
    # Unpooled: sqrt(.01·.99/1000 + .04·.96/500); Sato's is that but for one part in a hundred.
    assert found.standard_error == pytest.approx(0.009310, rel=0.02)


def test_the_mix_of_routes_is_taken_out() -> None:
    # Both versions fail at 1% on one route and at 20% on the other, which v2 gets more of.
    outcomes = cells([[9000, 1000], [90, 200], [1000, 9000], [10, 1800]])
    raw, adjusted = rate_difference(outcomes.pooled()), rate_difference(outcomes)
    assert raw is not None
    assert adjusted is not None
    assert raw.estimate == pytest.approx(0.181 - 0.029)
    assert adjusted.estimate == pytest.approx(0)
    assert raw.p_value < 1e-9
    assert adjusted.p_value > 0.9
    assert adjusted.low < 0 < adjusted.high


def test_a_weighted_difference_by_hand() -> None:
    # Weights n0·n1/N: 100·100/200 = 50 and 300·100/400 = 75; differences 0.1 and 0.02.
    found = rate_difference(cells([[100, 300], [10, 30], [100, 100], [20, 12]]))
    assert found is not None
    assert found.estimate == pytest.approx((50 * 0.1 + 75 * 0.02) / 125)


def test_strata_with_one_version_do_not_count() -> None:
    assert rate_difference(one_cell(100, 5, 0, 0)) is None
    assert rate_difference(one_cell(0, 0, 100, 5)) is None


@pytest.mark.parametrize("errors", [0, 100])
def test_no_errors_and_only_errors_have_an_interval(errors: int) -> None:
    found = rate_difference(one_cell(100, errors, 100, errors))
    assert found is not None
    assert found.estimate == 0
    assert found.low == pytest.approx(-found.high)
    assert 0.01 < found.high < 0.06
    assert found.p_value == 1


def test_few_errors_are_judged_exactly() -> None:
    # 5 of 6 errors in 30 of 80 requests: P(X ≥ 5) = 6·(3/8)^5·(5/8) + (3/8)^6, both tails.
    found = rate_difference(one_cell(50, 1, 30, 5))
    assert found is not None
    share = 30 / 80
    assert found.p_value == pytest.approx(2 * (6 * share**5 * (1 - share) + share**6), rel=1e-6)


TRAFFIC = {
    "plain": Traffic(),
    "a real rise": Traffic(rise=0.01),
    "few errors": Traffic(requests=1000, rate=0.005),
    "a small canary": Traffic(requests=4000, share=0.05, rate=0.005),
    "many small strata": Traffic(requests=2000, share=0.2, routes=50, rate=0.05),
    "outages of both": Traffic(burst=0.1, bursts_in="both"),
    "bursts in the candidate": Traffic(burst=0.1, bursts_in="candidate"),
    "rare bursts in the candidate": Traffic(burst=0.03, bursts_in="candidate"),
}


@pytest.mark.parametrize("pooled", [False, True], ids=["adjusted", "raw"])
@pytest.mark.parametrize("name", TRAFFIC)
def test_intervals_cover_and_false_alarms_are_rare(name: str, *, pooled: bool) -> None:
    traffic = TRAFFIC[name]
    found = draws(traffic, pooled=pooled)
    assert len(found) == DRAWS
    assert np.mean([d.low <= traffic.rise <= d.high for d in found]) >= LEAST_COVERED
    if not traffic.rise:
        assert np.mean([d.p_value < 0.05 for d in found]) <= MOST_FALSE


def test_bursts_would_fool_whoever_counts_requests_only() -> None:
    found = draws(TRAFFIC["bursts in the candidate"], pooled=True)
    naive = [d.standard_error / np.sqrt(d.design_effect) for d in found]
    covered = [abs(d.estimate) <= 1.96 * error for d, error in zip(found, naive, strict=True)]
    assert np.mean(covered) < 0.9


def test_intervals_are_not_wide_for_nothing() -> None:
    found = draws(TRAFFIC["plain"])
    # Two times 1.96 standard errors of 4,000 against 4,000 requests at 1%.
    ideal = 2 * 1.96 * np.sqrt(2 * 0.01 * 0.99 / 4000)
    assert np.median([d.high - d.low for d in found]) < 1.25 * ideal


def test_planted_rises_are_found_at_the_stated_power() -> None:
    size = needed_requests(0.02, 0.01, power=0.8)
    found = draws(Traffic(requests=size, rate=0.02, rise=0.01, routes=4))
    power = np.mean([d.p_value < 0.05 for d in found])
    # 80% ± 3 · 2.8%; somewhat less, as blocks are also watched for bursts that are not there.
    assert 0.68 <= power <= 0.89


def test_blocks_count_only_if_there_are_enough_to_see_bursts() -> None:
    traffic = Traffic(burst=0.2, bursts_in="candidate").draw(3)
    few = Outcomes(
        traffic.requests0, traffic.errors0, traffic.requests1, traffic.errors1,
        traffic.strata, traffic.blocks * 7 // BLOCKS,
    )  # fmt: skip
    found = rate_difference(few)
    assert found is not None
    assert found.design_effect == 1
