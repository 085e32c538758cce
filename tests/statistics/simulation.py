"""Simulated traffic whose truth is known: two versions, routes, time blocks, bursts and drifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envoylog.statistics.difference import Numbers
from envoylog.statistics.quantiles import Latencies
from envoylog.statistics.rates import Outcomes

BLOCKS = 40


@dataclass(frozen=True)
class Traffic:
    """Requests by block and route; errors at a rate by route, in bursts or not."""

    requests: int = 8000
    share: float = 0.5  # of the candidate
    routes: int = 8
    rate: float = 0.01  # of errors of the baseline, on average
    rise: float = 0.0  # of the candidate, on every route
    burst: float = 0.0  # the share of blocks that fail ten times as often
    bursts_in: str = "neither"  # neither, both, candidate

    def draw(self, seed: int) -> Outcomes:
        random = np.random.default_rng(seed)
        shape = (BLOCKS, self.routes)
        mean = self.requests / BLOCKS * random.dirichlet(np.full(self.routes, 5.0))
        requests0 = random.poisson(mean * (1 - self.share), shape)
        requests1 = random.poisson(mean * self.share, shape)
        rates = np.broadcast_to(self.rate * np.linspace(0.2, 1.8, self.routes), shape)
        struck = np.where(random.random((BLOCKS, 1)) < self.burst, 10.0, 1.0)
        worse = struck / (1 + 9 * self.burst)  # 1 on average
        rates0 = rates * worse if self.bursts_in == "both" else rates
        rates1 = (rates if self.bursts_in == "neither" else rates * worse) + self.rise
        return Outcomes(
            requests0.ravel().astype(float),
            random.binomial(requests0, np.clip(rates0, 0, 1)).ravel().astype(float),
            requests1.ravel().astype(float),
            random.binomial(requests1, np.clip(rates1, 0, 1)).ravel().astype(float),
            np.arange(BLOCKS * self.routes),
            np.repeat(np.arange(BLOCKS), self.routes),
        )


@dataclass(frozen=True)
class Delays:
    """Log-normal latencies in whole milliseconds, whose level wanders from block to block."""

    requests0: int = 100  # in each block
    requests1: int = 100
    factor: float = 1.0  # the candidate's latencies against the baseline's
    likeness: float = 0.0  # of the levels of neighbouring blocks
    wander: float = 0.0  # how far the level goes, in logarithms
    burst: float = 0.0  # the share of blocks in which the candidate takes four times as long
    paired: bool = True

    def values(self, seed: int) -> tuple[Numbers, Numbers]:
        """Draw latencies by block (rows) of both versions."""
        random = np.random.default_rng(seed)
        level0 = self._levels(random)
        level1 = level0 if self.paired else self._levels(random)
        level1 = level1 + np.log(self.factor)
        level1 = level1 + np.log(4) * (random.random(BLOCKS) < self.burst)
        return _whole(random, level0, self.requests0), _whole(random, level1, self.requests1)

    def draw(self, seed: int) -> tuple[Latencies, Latencies]:
        first, second = (_counted(values) for values in self.values(seed))
        return first, second

    def truth(self, shares: tuple[float, ...]) -> Numbers:
        """Differences of the quantiles over much more traffic than is ever seen."""
        many = [self.values(seed) for seed in range(1_000_000, 1_000_150)]
        quantiles = [
            np.quantile(np.concatenate(parts, axis=1), shares, method="inverted_cdf")
            for parts in zip(*many, strict=True)
        ]
        return np.asarray(quantiles[1] - quantiles[0], float)

    def _levels(self, random: np.random.Generator) -> Numbers:
        steps = random.normal(size=BLOCKS + 50)
        levels = [0.0]
        for step in steps * np.sqrt(1 - self.likeness**2):
            levels.append(self.likeness * levels[-1] + step)
        return 3.5 + self.wander * np.array(levels[-BLOCKS:])


def _whole(random: np.random.Generator, levels: Numbers, size: int) -> Numbers:
    return np.rint(np.exp(random.normal(levels[:, None], 0.6, (BLOCKS, size))))


def _counted(values: Numbers) -> Latencies:
    blocks = np.repeat(np.arange(len(values)), values.shape[1])
    return Latencies.of(values.ravel(), blocks, np.ones(values.size), len(values))
