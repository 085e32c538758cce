"""What earlier days let expect: the law, and what the past may and may not do to it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from envoylog.statistics.expectation import Expectation, expect


def test_chances_are_those_of_the_negative_binomial() -> None:
    rate, dispersion, days = 40.0, 0.04, 1e12  # known as well as can be
    expected = Expectation(np.array([[rate]]), np.array([dispersion]), np.array([[days]]))
    law = stats.nbinom(1 / dispersion, 1 / (1 + dispersion * rate))
    for count in (0, 3, 40, 90, 400):
        high, low = expected.chances(np.array([[float(count)]]), np.ones((1, 1)))
        assert high[0, 0] == pytest.approx(law.sf(count - 1), rel=1e-9)
        assert low[0, 0] == pytest.approx(law.cdf(count), rel=1e-9)


def test_dispersion_is_that_of_the_days_and_no_incident_moves_it() -> None:
    random = np.random.default_rng(1)
    mean = 500 * np.exp(random.normal(0, 0.2, (1, 20, 24)))
    days = random.poisson(mean).astype(float)
    calm = expect(days, np.ones_like(days))
    assert 0.03 < calm.dispersion[0] < 0.09  # 0.2 squared, and caution
    days[0, 7, 3:9] *= 40
    shaken = expect(days, np.ones_like(days))
    assert shaken.dispersion[0] < 1.2 * calm.dispersion[0]
    assert shaken.rate[0] == pytest.approx(calm.rate[0], rel=0.2)
