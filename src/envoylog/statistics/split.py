"""A test of whether requests are split over versions as the weights say, but for chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from scipy import stats

from envoylog.statistics.difference import Numbers

#: A test of the split says "not chance" below this; splits are tested often and false alarms tire.
SPLIT_LEVEL = 0.01

_FEW = 5  # expected requests below which chi-square is not to be trusted
_EXACT = 200_000  # ways to spread the requests that are still enumerated
_DRAWS = 20_000


@dataclass(frozen=True, slots=True)
class SplitTest:
    """The outcome of a test of the split.

    Attributes
    ----------
    expected : tuple of float
        Requests of each version, had the weights been met exactly.
    p_value : float
        How often chance alone makes a split at least so far from the weights.
    method : str
        The name of the test in `methods`.
    """

    expected: tuple[float, ...]
    p_value: float
    method: str


def split_test(counts: Sequence[int], weights: Sequence[float]) -> SplitTest:
    """Test the requests of each version against the weights.

    Envoy draws the version of each request independently of all others, unless a hash policy or
    a cookie ties clients to a version; then clients are what was drawn, and this test, which
    counts requests, raises more false alarms than it says.

    Parameters
    ----------
    counts : sequence of int
        Requests of each version.
    weights : sequence of float
        In any unit; those of versions that must get nothing are 0.

    Returns
    -------
    SplitTest

    Raises
    ------
    ValueError
        If the weights are negative, all 0, or not as many as the counts.

    Examples
    --------
    >>> split_test([903, 97], [90, 10]).p_value > 0.5
    True
    >>> split_test([850, 150], [90, 10]).p_value < 1e-6
    True
    """
    if len(counts) != len(weights) or min(weights) < 0 or sum(weights) <= 0:
        raise ValueError("weights must be one for each version, none negative, and not all 0")
    seen, share = np.asarray(counts, float), np.asarray(weights, float)
    expected = seen.sum() * share / share.sum()
    answer = tuple(expected.tolist())
    if (seen[share == 0] > 0).any():
        return SplitTest(answer, 0.0, "exact-split")
    seen, expected = seen[share > 0], expected[share > 0]
    if len(seen) == 1 or not seen.sum():
        return SplitTest(answer, 1.0, "exact-split")
    if expected.min() < _FEW:
        return SplitTest(answer, _exact(seen, expected), "exact-split")
    return SplitTest(answer, float(stats.chisquare(seen, expected).pvalue), "chi-square")


def _exact(seen: Numbers, expected: Numbers) -> float:
    """Sum the chances of all splits that are no likelier than the one seen."""
    total, share = int(seen.sum()), expected / expected.sum()
    if len(seen) == 2:  # noqa: PLR2004 - two versions: the binomial test says the same
        return float(stats.binomtest(int(seen[0]), total, share[0]).pvalue)
    law = stats.multinomial(total, share)
    limit = law.logpmf(seen) + 1e-9
    if comb(total + len(seen) - 1, len(seen) - 1) > _EXACT:
        drawn = np.random.default_rng(0).multinomial(total, share, _DRAWS)
        return float((1 + (law.logpmf(drawn) <= limit).sum()) / (1 + _DRAWS))
    chances = law.logpmf(_spreads(total, len(seen)))
    return float(min(1.0, np.exp(chances[chances <= limit]).sum()))


def _spreads(total: int, versions: int) -> Numbers:
    """List all ways to spread `total` requests over versions, one a row."""
    if versions == 1:
        return np.array([[total]], float)
    rest = [_spreads(total - first, versions - 1) for first in range(total + 1)]
    return np.vstack(
        [np.column_stack([np.full(len(rows), first), rows]) for first, rows in enumerate(rest)]
    ).astype(float)
