"""Differences of error rates: raw, and adjusted for the mix of routes and times.

Requests do not fail independently: errors come in bursts. The requests of a short time block are
therefore taken together, and what blocks vary more than independent requests would is the design
effect, by which the number of requests is divided before the interval is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from envoylog.statistics.blocks import degrees_of_freedom, drift
from envoylog.statistics.difference import Difference, Ids, Numbers, tally

#: With fewer blocks, how errors cluster cannot be seen, and requests are taken as independent.
LEAST_BLOCKS = 8

_MANY_ERRORS = 200  # from here on the normal approximation of the test is as good as the exact one


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Requests and errors of both versions by stratum and time block, one row a cell.

    Attributes
    ----------
    requests0, errors0 : array of float
        Of the baseline.
    requests1, errors1 : array of float
        Of the candidate.
    strata : array of int
        Which requests may be compared with each other: the same route at the same time, say.
    blocks : array of int
        Which requests stand near each other in time.
    """

    requests0: Numbers
    errors0: Numbers
    requests1: Numbers
    errors1: Numbers
    strata: Ids
    blocks: Ids

    def pooled(self) -> Outcomes:
        """Forget the strata: all requests are compared with all."""
        return Outcomes(
            self.requests0,
            self.errors0,
            self.requests1,
            self.errors1,
            np.zeros_like(self.strata),
            self.blocks,
        )

    def by_stratum(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Add the four counts up by stratum."""
        return (
            tally(self.strata, self.requests0),
            tally(self.strata, self.errors0),
            tally(self.strata, self.requests1),
            tally(self.strata, self.errors1),
        )


def wilson(successes: float, trials: float, z: float) -> tuple[float, float]:
    """Give Wilson's score interval of a rate; counts need not be whole numbers."""
    rate, square = successes / trials, z * z
    centre = rate + square / (2 * trials)
    spread = z * sqrt(rate * (1 - rate) / trials + square / (4 * trials * trials))
    return (centre - spread) / (1 + square / trials), (centre + spread) / (1 + square / trials)


def newcombe(
    errors0: float, requests0: float, errors1: float, requests1: float, z: float
) -> tuple[float, float]:
    """Give Newcombe's interval of the second rate minus the first.

    Examples
    --------
    >>> low, high = newcombe(48, 80, 56, 70, 1.959964)
    >>> f"{low:.4f} {high:.4f}"  # Newcombe 1998, table II, (a)
    '0.0524 0.3339'
    """
    rate0, rate1 = errors0 / requests0, errors1 / requests1
    low0, high0 = wilson(errors0, requests0, z)
    low1, high1 = wilson(errors1, requests1, z)
    difference = rate1 - rate0
    return (
        difference - hypot(rate1 - low1, high0 - rate0),
        difference + hypot(high1 - rate1, rate0 - low0),
    )


def rate_difference(outcomes: Outcomes, level: float = 0.95) -> Difference | None:
    """Compare error rates stratum by stratum, and take the differences together.

    The estimate is that of Mantel and Haenszel; strata with one version only do not count. Its
    variance is Sato's, which holds for many small strata and for few large ones alike, or that of
    the time blocks if it is larger. The interval has the arms of Newcombe's for as many requests
    as would give that variance, so that it holds for few errors too, and for none.

    Parameters
    ----------
    outcomes : Outcomes
        With one stratum (`outcomes.pooled()`) the difference is the raw one.
    level : float
        Of the interval.

    Returns
    -------
    Difference or None
        None if no stratum has both versions.
    """
    n0, x0, n1, x1 = outcomes.by_stratum()
    both = (n0 > 0) & (n1 > 0)
    if not both.any():
        return None
    total = np.maximum(n0 + n1, 1)
    weight = float((n0 * n1 / total).sum())
    estimate = float(((x1 * n0 - x0 * n1) / total)[both].sum() / weight)
    own = _sato(n0[both], x0[both], n1[both], x1[both], estimate)
    clustered, degrees = _clustered(outcomes, estimate, both)
    variance = max(own, clustered) / weight**2
    # The totals of the strata that count: their raw variance is what Newcombe's interval has.
    N0, X0, N1, X1 = (float(part[both].sum()) for part in (n0, x0, n1, x1))  # noqa: N806
    raw = X0 * (N0 - X0) / N0**3 + X1 * (N1 - X1) / N1**3
    effect = variance / raw if raw > 0 and variance > 0 else 1.0
    reach = -float(special.stdtrit(degrees, (1 - level) / 2))
    low, high = newcombe(X0 / effect, N0 / effect, X1 / effect, N1 / effect, reach)
    shift = estimate - (X1 / N1 - X0 / N0)
    error = float(np.sqrt(variance)) if variance else (high - low) / (2 * reach)
    beyond = 2 * float(special.stdtr(degrees, -abs(estimate) / error))
    p_value = max(beyond, _conditional(n0[both], x0[both], n1[both], x1[both]))
    return Difference(
        estimate,
        max(-1.0, low + shift),
        min(1.0, high + shift),
        level,
        error,
        min(1.0, p_value),
        max(1.0, clustered / own) if own > 0 else 1.0,
    )


def _sato(n0: Numbers, x0: Numbers, n1: Numbers, x1: Numbers, estimate: float) -> float:
    """Give Sato's variance of the sum of weighted differences, dually consistent."""
    total = n0 + n1
    p = (n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2) / total**2
    q = (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * total)
    return max(0.0, float(estimate * p.sum() + q.sum()))


def _clustered(outcomes: Outcomes, estimate: float, both: NDArray[np.bool_]) -> tuple[float, float]:
    """Give the variance that time blocks show of the same sum, and its degrees of freedom."""
    n0, x0, n1, x1 = outcomes.by_stratum()
    total = np.maximum(n0 + n1, 1)
    # What each stratum's baseline rate is, if the difference is the same in all of them.
    base = (x0 + x1 - estimate * n1) / total
    at = outcomes.strata
    over1 = outcomes.errors1 - outcomes.requests1 * (base + estimate)[at]
    over0 = outcomes.errors0 - outcomes.requests0 * base[at]
    surplus = np.where(both[at], over1 * (n0 / total)[at] - over0 * (n1 / total)[at], 0.0)
    used = both[at] & (outcomes.requests0 + outcomes.requests1 > 0)
    blocks = len(np.unique(outcomes.blocks[used]))
    if blocks < LEAST_BLOCKS:
        return 0.0, np.inf
    by_block: Numbers = tally(outcomes.blocks, surplus)[np.unique(outcomes.blocks[used])]
    variance = float((by_block**2).sum()) * blocks / (blocks - 1) * drift(by_block)
    return variance, degrees_of_freedom(by_block)


def _conditional(n0: Numbers, x0: Numbers, n1: Numbers, x1: Numbers) -> float:
    """Tell how often errors, spread over both versions by chance, are spread so unequally.

    Given the errors of a stratum, each is the candidate's with the candidate's share of requests.
    Exact for few errors; many are left to the normal approximation.
    """
    errors = x0 + x1
    if not 0 < errors.sum() < _MANY_ERRORS:
        return 0.0 if errors.sum() else 1.0
    count, share = errors[errors > 0], (n1 / (n0 + n1))[errors > 0]
    total = int(errors.sum())
    # The law of a sum of many small binomial counts, from its characteristic function.
    turns = np.exp(2j * np.pi * np.arange(total + 1) / (total + 1))
    logs = np.log(1 - share + np.outer(turns, share)) @ count
    chances = np.fft.fft(np.exp(logs)).real.clip(min=0) / (total + 1)
    seen = int(x1.sum())
    return float(2 * min(chances[: seen + 1].sum(), chances[seen:].sum()))
