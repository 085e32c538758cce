"""How surprising a count is, given the counts of earlier days at the same time of day.

Counts vary for two reasons. Chance makes those of few requests uneven (Poisson); and days differ,
by more than chance: that is the dispersion of a negative binomial, one for each series. Both are
learned from the earlier days, robustly: what was exceptional there is set aside, and what was usual
there, bursts included, is no surprise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from envoylog.statistics.difference import Numbers

#: With fewer earlier days nothing is said.
LEAST_DAYS: Final = 5

_CHI2_MEDIAN: Final = 0.4549  # of one degree of freedom
_TRIMMED: Final = 0.1  # of the days at each end, for the first guess
_EXCEPTIONAL: Final = 1e-4  # chance from which a count is set aside
_MOST_ASIDE: Final = 0.25  # of the days of one time of day
_SURPRISED: Final = 0.1  # of the earlier days that may look exceptional; one may always
_CAUTION: Final = 0.2  # how often a dispersion is larger than the one that is taken
_LEAST_DISPERSION: Final = 1e-4  # no service is as even as dice
_MANY: Final = 100  # counts need no help from other times of day
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Expectation:
    """What earlier days let expect, by series and time of day.

    Attributes
    ----------
    rate : array of float
        Of the counts for each unit of exposure.
    dispersion : array of float
        By how much, squared and as a share, a count differs from day to day beyond chance.
    days : array of float
        On how many days it stands.
    """

    rate: Numbers
    dispersion: Numbers
    days: Numbers

    def counts(self, exposure: Numbers) -> Numbers:
        """Give the counts expected."""
        expected: Numbers = self.rate * exposure
        return expected

    def chances(self, counts: Numbers, exposure: Numbers) -> tuple[Numbers, Numbers]:
        """Tell how likely a count so high is, and one so low; nan where nothing is known.

        Parameters
        ----------
        counts, exposure : array of float
            By series and time of day.
        """
        expected = self.counts(exposure)
        # The rate itself is known from so many days only.
        dispersion = self.dispersion[:, None]
        unsure = (1 / np.maximum(expected, _TINY) + dispersion) / np.maximum(self.days, 1)
        return _tails(counts, expected, dispersion + unsure)


def expect(counts: Numbers, exposure: Numbers) -> Expectation:
    """Learn from earlier days.

    Parameters
    ----------
    counts, exposure : array of float
        By series, day and time of day: how often it happened, and out of how many times it could
        have (1 for requests as such); nan where nothing is known.

    Returns
    -------
    Expectation

    Examples
    --------
    >>> day = np.array([40.0, 400.0, 90.0])
    >>> days = np.stack([day * level for level in (0.9, 1.0, 1.1, 1.0, 0.9, 1.1, 1.0)])[None]
    >>> expected = expect(days, np.ones_like(days))
    >>> expected.rate.round().tolist()
    [[40.0, 400.0, 90.0]]
    >>> high, low = expected.chances(np.array([[44.0, 900.0, 5.0]]), np.ones((1, 3)))
    >>> (high[0] < 0.001).tolist(), (low[0] < 0.001).tolist()
    ([False, True, False], [False, False, True])
    """
    known = np.isfinite(counts) & (exposure > 0)
    y, e = np.where(known, counts, 0.0), np.where(known, exposure, 0.0)
    guess = _rate(y, e, _middle(y, e, known))
    dispersion = _first_dispersion(y, guess[:, None] * e, known)
    high, low = _tails(y, guess[:, None] * e, dispersion[:, None, None])
    usual = known & (np.minimum(high, low) >= _EXCEPTIONAL)
    # What happens on many days is not exceptional.
    aside = known.sum(1) - usual.sum(1)
    usual = np.where((aside > _MOST_ASIDE * known.sum(1))[:, None], known, usual)
    rate = _rate(y, e, usual)
    expected = rate[:, None] * e
    days = usual.sum(1).astype(float)
    dispersion = _widened(y, expected, known, _dispersion(y, expected, usual, days))
    # Known from few days it is taken for larger, and for no less than that of most series.
    free = np.maximum(days.max(1) - 1, 1)
    dispersion *= free / special.chdtri(free, 1 - _CAUTION)
    return Expectation(rate, np.maximum(dispersion, np.median(dispersion)), days)


def _middle(y: Numbers, e: Numbers, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Choose the days that are neither among the highest nor the lowest."""
    rates = np.where(known, y / np.where(known, e, 1.0), np.inf)
    places = rates.argsort(1, kind="stable").argsort(1, kind="stable")
    days = known.sum(1, keepdims=True)
    ends = np.ceil(_TRIMMED * days)
    middle: NDArray[np.bool_] = known & (places >= ends) & (places < days - ends)
    return middle


def _rate(y: Numbers, e: Numbers, used: NDArray[np.bool_]) -> Numbers:
    """Give the rate of each time of day; where there is little, the whole day's counts a bit."""
    counted, exposed = (y * used).sum(1), (e * used).sum(1)
    whole = counted.sum(1) / np.maximum(exposed.sum(1), _TINY)
    # As if one more day had been as the mean time of day, and half a count had been seen at all.
    day = exposed / np.maximum(used.sum(1), 1)
    least = 0.5 / np.maximum(exposed.sum(1), _TINY)
    prior = np.maximum(whole, least)[:, None] * day
    found: Numbers = (counted + prior) / np.maximum(exposed + day, _TINY)
    return np.where(counted > _MANY, counted / np.maximum(exposed, _TINY), found)


def _first_dispersion(y: Numbers, expected: Numbers, known: NDArray[np.bool_]) -> Numbers:
    """Guess the dispersion of each series from the median, which no exceptional day moves."""
    squares = ((y - expected) ** 2 / _CHI2_MEDIAN - expected) / np.maximum(expected, _TINY) ** 2
    squares = np.where(known & (expected >= 1), squares, np.nan).reshape(len(y), -1)
    some = np.isfinite(squares).any(1)
    squares[~some] = 0
    found: Numbers = np.maximum(np.nanmedian(squares, axis=1), _LEAST_DISPERSION)
    return found


def _dispersion(y: Numbers, expected: Numbers, usual: NDArray[np.bool_], days: Numbers) -> Numbers:
    """Estimate the dispersion of each series by moments."""
    free = (days / np.maximum(days - 1, 1))[:, None]
    surplus = ((y - expected) ** 2 * free - expected) * usual
    weight = np.maximum((expected**2 * usual).sum((1, 2)), _TINY)
    found: Numbers = np.maximum(surplus.sum((1, 2)) / weight, _LEAST_DISPERSION)
    return found


def _widened(
    y: Numbers, expected: Numbers, known: NDArray[np.bool_], dispersion: Numbers
) -> Numbers:
    """Widen the dispersion until no more of the earlier days look exceptional than may.

    A day is as exceptional as its most exceptional time, of which it has many.
    """
    times = np.maximum(known.sum(2), 1)
    dispersion = dispersion.copy()
    wide = np.ones(len(y), bool)
    for _ in range(16):
        high, low = _tails(y[wide], expected[wide], dispersion[wide][:, None, None])
        least = np.where(known[wide], np.minimum(high, low), 1.0).min(2)
        # Two tails, and as many chances as times of day.
        chance = -np.expm1(times[wide] * np.log1p(-np.minimum(2 * least, 1 - _TINY)))
        surprised = (chance < _SURPRISED).mean(1) > max(_SURPRISED, 1 / y.shape[1])
        wide[wide] = surprised
        if not wide.any():
            break
        dispersion[wide] *= 2
    return dispersion


def _tails(counts: Numbers, expected: Numbers, dispersion: Numbers) -> tuple[Numbers, Numbers]:
    """Give the chances of at least so many, and of at most so many, by the negative binomial."""
    size = 1 / dispersion
    share = size / (size + np.maximum(expected, _TINY))
    # The regularised incomplete beta function, itself and its complement, without cancellation.
    low = special.betainc(size, np.maximum(counts, 0) + 1, share)
    high = np.where(counts > 0, special.betaincc(size, np.maximum(counts, 1), share), 1.0)
    known = np.isfinite(counts) & np.isfinite(expected) & (expected > 0)
    return np.where(known, high, np.nan), np.where(known, low, np.nan)
