from __future__ import annotations

import pytest

from envoylog.statistics.difference import Difference
from envoylog.statistics.verdict import Verdict, judge, overall

BETTER, WORSE = Verdict.BETTER, Verdict.WORSE
NONE, LITTLE = Verdict.NO_DIFFERENCE, Verdict.NOT_ENOUGH_DATA


@pytest.mark.parametrize(
    ("low", "high", "p_value", "verdict"),
    [
        (0.01, 0.03, 0.001, WORSE),
        (0.001, 0.03, 0.001, WORSE),  # it may be smaller than the margin, but it is there
        (0.001, 0.004, 0.001, NONE),  # it is there, and does not matter
        (-0.004, 0.004, 0.9, NONE),
        (-0.004, 0.006, 0.9, LITTLE),
        (0.001, 0.03, 0.2, LITTLE),  # corrected for many comparisons it is no more than chance
        (-0.03, -0.01, 0.001, BETTER),
        (-0.03, 0.01, 0.3, LITTLE),
    ],
)
def test_one_quantity(low: float, high: float, p_value: float, verdict: Verdict) -> None:
    difference = Difference((low + high) / 2, low, high, 0.95, 0.01, p_value)
    assert judge(difference, 0.005, p_value, 0.05) is verdict


@pytest.mark.parametrize(
    ("needed", "alarms", "verdict"),
    [
        ([NONE, NONE], [], NONE),
        ([NONE, BETTER], [NONE], BETTER),
        ([NONE, LITTLE], [], LITTLE),
        ([BETTER, LITTLE], [], LITTLE),
        ([BETTER, WORSE], [], WORSE),
        ([NONE, NONE], [WORSE], WORSE),
        ([NONE, NONE], [LITTLE, BETTER], NONE),
        ([], [], LITTLE),
    ],
)
def test_all_together(needed: list[Verdict], alarms: list[Verdict], verdict: Verdict) -> None:
    assert overall(needed, alarms) is verdict
