"""Which counts stand out, among all that were looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from envoylog.statistics.correction import benjamini_hochberg
from envoylog.statistics.difference import Numbers
from envoylog.statistics.expectation import LEAST_DAYS, expect


@dataclass(frozen=True, slots=True)
class Block:
    """One day of many series, and the days that it is held against.

    Attributes
    ----------
    measure : str
        What is counted.
    both : bool
        Whether too few are told too, not only too many.
    numbers : array of int
        The times of the day, as the caller numbers them.
    counts, exposure : array of float
        Of the earlier days, by series, day and time; nan where nothing is known.
    now, now_exposure : array of float
        Of the day itself, by series and time; nan where it is not looked at.
    """

    measure: str
    both: bool
    numbers: NDArray[np.int64]
    counts: Numbers
    exposure: Numbers
    now: Numbers
    now_exposure: Numbers


@dataclass(frozen=True, slots=True)
class Unlike:
    """One count that earlier days do not let expect.

    Attributes
    ----------
    measure : str
        What is counted.
    series, bucket : int
        Of which series, and when.
    is_high : bool
        Whether there are too many.
    expected, measured : float
        How many.
    chance : float
        How likely that is by itself, corrected for all that was looked at.
    days : int
        On how many days it stands.
    """

    measure: str
    series: int
    bucket: int
    is_high: bool
    expected: float
    measured: float
    chance: float
    days: int


def unlike(blocks: Iterable[Block], level: float, factor: float, least: float) -> Iterator[Unlike]:
    """Find the counts that stand out.

    Parameters
    ----------
    blocks : iterable of Block
        All that is looked at.
    level : float
        The share of looks at nothing that may find something; of many findings, the share of false
        ones.
    factor, least : float
        Changes by a smaller factor, and by fewer, do not matter.
    """
    looked = list(blocks)
    judged = [_judged(block) for block in looked]
    chances = np.concatenate([one.chance.ravel() for one in judged]) if judged else np.empty(0)
    known = np.isfinite(chances)
    corrected = np.full(len(chances), np.nan)
    corrected[known] = benjamini_hochberg(chances[known].tolist())
    place = 0
    for block, one in zip(looked, judged, strict=True):
        chance = corrected[place : place + one.chance.size].reshape(one.chance.shape)
        place += one.chance.size
        high = block.now >= factor * one.expected
        low = block.now <= one.expected / factor if block.both else np.zeros_like(high)
        matters = (np.abs(block.now - one.expected) >= least) & np.where(one.is_high, high, low)
        for series, at in np.argwhere((chance <= level) & matters).tolist():
            yield Unlike(
                block.measure, series, int(block.numbers[at]), bool(one.is_high[series, at]),
                float(one.expected[series, at]), float(block.now[series, at]),
                float(chance[series, at]), int(one.days[series, at]),
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Judged:
    expected: Numbers
    chance: Numbers
    is_high: NDArray[np.bool_]
    days: Numbers


def _judged(block: Block) -> _Judged:
    expectation = expect(block.counts, block.exposure)
    high, low = expectation.chances(block.now, block.now_exposure)
    chance = np.minimum(1.0, 2 * np.minimum(high, low)) if block.both else high
    # Out of nothing comes nothing, and of few days nothing is said.
    chance[(expectation.days < LEAST_DAYS) | (block.now_exposure <= 0)] = np.nan
    expected = expectation.counts(block.now_exposure)
    return _Judged(expected, chance, high <= low, expectation.days)
