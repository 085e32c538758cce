"""Differences of latency quantiles, with intervals from a bootstrap of whole time blocks.

Latencies near each other in time resemble each other. Resampling single requests would take them
for independent and give intervals that are too narrow; so whole blocks of time are drawn, for both
versions at once where both served at the same time, so that what slowed both down cancels out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from envoylog.statistics.blocks import degrees_of_freedom, drift
from envoylog.statistics.difference import Difference, Ids, Numbers, tally

#: Fewer requests beyond a quantile than this, and it is not reported.
LEAST_BEYOND = 20

REPLICATES = 2000


@dataclass(frozen=True, slots=True)
class Latencies:
    """How many requests of one version took how long, by time block.

    Attributes
    ----------
    values : array of float
        The distinct latencies, ascending.
    counts : array of float
        Requests by block (rows) and value (columns); weighted ones need not be whole numbers.
    requests : int
        How many requests these are.
    """

    values: Numbers
    counts: Numbers
    requests: int

    @classmethod
    def of(cls, values: Numbers, blocks: Ids, weights: Numbers, size: int) -> Latencies:
        """Count requests, given as value, block and weight each, into `size` blocks."""
        distinct, at = np.unique(values, return_inverse=True)
        cells = tally(blocks * len(distinct) + at, weights, size * len(distinct))
        return cls(distinct, cells.reshape(size, len(distinct)), round(float(weights.sum())))

    def quantiles(self, shares: Numbers, multiples: Numbers | None = None) -> Numbers:
        """Give the quantiles, one row for each row of `multiples` of the blocks."""
        counts = self.counts.sum(axis=0)[None] if multiples is None else multiples @ self.counts
        below = counts.cumsum(axis=1)
        # The least value that at least the share of requests does not pass, as quantile_disc.
        targets = below[:, -1:] * shares * (1 - 1e-12)
        at = np.stack([(below < target[:, None]).sum(axis=1) for target in targets.T], axis=1).clip(
            max=len(self.values) - 1
        )
        found: Numbers = self.values[at]
        return found


def supports(requests: int, share: float) -> bool:
    """Tell whether so many requests say anything about a quantile.

    Examples
    --------
    >>> supports(1000, 0.99), supports(2000, 0.99)
    (False, True)
    """
    return requests * min(share, 1 - share) >= LEAST_BEYOND * (1 - 1e-9)


def quantile_differences(
    baseline: Latencies,
    candidate: Latencies,
    shares: Sequence[float],
    *,
    level: float = 0.95,
    paired: bool = True,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> list[Difference]:
    """Compare quantiles of the candidate with those of the baseline.

    Parameters
    ----------
    baseline, candidate : Latencies
        If `paired`, over the same blocks.
    shares : sequence of float
        Which quantiles: 0.5 is the median.
    level : float
        Of the intervals.
    paired : bool
        Whether both versions served in the same blocks; if not, blocks of each are drawn apart.
    replicates : int
        How many times blocks are drawn.
    seed : int
        Fixes what is drawn.

    Returns
    -------
    list of Difference
        In the unit of the values. Where blocks are few, or something rare and long happens to
        one version in one or two of them only, the intervals are too narrow.
    """
    wanted = np.asarray(shares, float)
    generator = np.random.default_rng(seed)
    first = _multiples(len(baseline.counts), replicates, generator)
    second = first if paired else _multiples(len(candidate.counts), replicates, generator)
    # A draw in which a version served nothing says nothing.
    kept = ((first @ baseline.counts.sum(1)) > 0) & ((second @ candidate.counts.sum(1)) > 0)
    drawn = candidate.quantiles(wanted, second[kept]) - baseline.quantiles(wanted, first[kept])
    points = baseline.quantiles(wanted)[0], candidate.quantiles(wanted)[0]
    surpluses = [
        _surplus(candidate, after) - _surplus(baseline, before)
        if paired
        else np.append(_surplus(baseline, before), _surplus(candidate, after))
        for before, after in zip(*points, strict=True)
    ]
    return [
        _difference(float(after - before), column, surplus, level)
        for before, after, column, surplus in zip(*points, drawn.T, surpluses, strict=True)
    ]


def _multiples(blocks: int, replicates: int, generator: np.random.Generator) -> Numbers:
    """Draw as many blocks as there are, with replacement: how often each was drawn."""
    return generator.multinomial(blocks, np.full(blocks, 1 / blocks), replicates).astype(float)


def _surplus(latencies: Latencies, quantile: float) -> Numbers:
    """Tell by how much each block has more requests up to the quantile than its share."""
    counts = latencies.counts
    up_to = counts[:, latencies.values <= quantile].sum(axis=1)
    surplus: Numbers = up_to - up_to.sum() / counts.sum() * counts.sum(axis=1)
    return surplus / float(counts.sum())


def _difference(seen: float, drawn: Numbers, surplus: Numbers, level: float) -> Difference:
    # Percentiles of a bootstrap are those of a normal law with too small a variance; the expanded
    # percentiles are what Student's would have been.
    blocks = len(surplus)
    degrees = degrees_of_freedom(surplus)
    stretch = float(np.sqrt(blocks / max(blocks - 1, 1)))
    tail = special.ndtr(stretch * special.stdtrit(degrees, (1 - level) / 2))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    wider = drift(surplus)
    error = float(drawn.std(ddof=1)) * stretch * float(np.sqrt(wider))
    return Difference(
        seen,
        seen + min(0.0, float(low) - seen) * float(np.sqrt(wider)),
        seen + max(0.0, float(high) - seen) * float(np.sqrt(wider)),
        level,
        error,
        _p_value(seen, drawn, error, degrees, stretch * float(np.sqrt(wider))),
        wider,
    )


def _p_value(seen: float, drawn: Numbers, error: float, degrees: float, wider: float) -> float:
    """Find the level at which the interval would end at 0."""
    crossed = min((drawn <= 0).sum(), (drawn >= 0).sum())
    if not crossed:  # too far out for the draws: by the standard error
        return float(2 * special.stdtr(degrees, -abs(seen) / error)) if error else float(not seen)
    z = special.ndtri(min(0.5, (crossed + 1) / (len(drawn) + 1)))
    return float(2 * special.stdtr(degrees, z / wider))
