from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from envoylog.statistics.correction import benjamini_hochberg, holm
from envoylog.statistics.methods import method


@pytest.mark.parametrize(
    ("given", "corrected"),
    [
        ([], []),
        ([0.02], [0.02]),
        # 4·0.005, 3·0.01, 2·0.03 and 0.04, none below the one before
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.6, 0.7], [1, 1]),
    ],
)
def test_holm(given: list[float], corrected: list[float]) -> None:
    assert holm(given) == pytest.approx(corrected)


@pytest.mark.parametrize(
    ("given", "corrected"),
    [
        ([], []),
        # 4/1·0.005, 4/2·0.01, 4/3·0.03, 4/4·0.04, none above the one after
        ([0.01, 0.04, 0.03, 0.005], [0.02, 0.04, 0.04, 0.02]),
    ],
)
def test_benjamini_hochberg(given: list[float], corrected: list[float]) -> None:
    assert benjamini_hochberg(given) == pytest.approx(corrected)


@drawn(st.lists(st.floats(0, 1), min_size=1))
def test_benjamini_hochberg_as_scipy_has_it(given: list[float]) -> None:
    assert benjamini_hochberg(given) == pytest.approx(false_discovery_control(given).tolist())


def test_one_false_alarm_among_many_is_as_rare_as_the_level() -> None:
    chances = np.random.default_rng(5).random((2000, 20))
    alarmed = sum(min(holm(row.tolist())) < 0.05 for row in chances)
    # 5% of 2,000 is 100; 139 is four standard deviations more.
    assert alarmed <= 139


def test_every_method_names_its_source() -> None:
    assert str(method("newcombe")).endswith("(Newcombe 1998, method 10)")
