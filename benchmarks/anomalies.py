"""How often `anomalies` alarms at nothing, and how often it finds what happened: simulated days.

Each look is a month of hours of many series, of which the last day is judged. Run it with
`python benchmarks/anomalies.py --looks 200`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import click
import numpy as np

from envoylog.statistics.anomalies import Block, unlike
from envoylog.statistics.difference import Numbers

HOURS: Final = 24
LEVEL, FACTOR, LEAST = 0.01, 1.5, 10  # as the question has them
_SHAPE: Final = 1 + 0.8 * np.sin((np.arange(HOURS) - 9) / HOURS * 2 * np.pi)
_WEEK: Final = np.array([1.15, 1.05, 1.0, 1.0, 0.85])  # Monday to Friday

#: Multiplies the mean of each series, day and hour.
Kind = Callable[[np.random.Generator, tuple[int, int, int]], Numbers]


def _steady(_random: np.random.Generator, size: tuple[int, int, int]) -> Numbers:
    return np.ones(size)


def _days_differ(random: np.random.Generator, size: tuple[int, int, int]) -> Numbers:
    days: Numbers = np.exp(random.normal(0, 0.15, (*size[:2], 1)) + random.normal(0, 0.05, size))
    return days


def _drift(random: np.random.Generator, size: tuple[int, int, int]) -> Numbers:
    level: Numbers = np.exp(np.cumsum(random.normal(0.01, 0.05, (*size[:2], 1)), axis=1))
    return level


def _bursts(random: np.random.Generator, size: tuple[int, int, int]) -> Numbers:
    often = 1 / 50
    return np.where(random.random(size) < often, 5.0, 1.0)


def _incidents(random: np.random.Generator, size: tuple[int, int, int]) -> Numbers:
    found = np.ones(size)
    for series in range(size[0]):
        day, hour = random.integers(0, size[1] - 1), random.integers(0, HOURS - 4)
        found[series, day, hour : hour + 4] = 30
    return found


#: How series vary, and how many requests an hour they have.
KINDS: Final[dict[str, tuple[Kind, tuple[float, ...]]]] = {
    "chance alone": (_steady, (2, 20, 200, 2000)),
    "days differ by 15%": (_days_differ, (2, 20, 200, 2000)),
    "busy, days differ by 15%": (_days_differ, (500, 5000, 50_000)),
    "level drifts 5% a day, upwards": (_drift, (2, 20, 200, 2000)),
    "bursts of 5 times, one hour in 50": (_bursts, (2, 20, 200, 2000)),
    "an incident of 30 times in the past": (_incidents, (2, 20, 200, 2000)),
    "sparse": (_days_differ, (0.05, 0.2, 1, 2)),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """What became of many looks.

    Attributes
    ----------
    alarmed : float
        The share of looks at nothing that listed something.
    found : float
        The share of changes that were found.
    """

    alarmed: float
    found: float


def measure(kind: str, looks: int, *, days: int, series: int = 20, seed: int = 0) -> Rates:
    """Look many times, with nothing to find, and with one series that trebles for two hours."""
    random = np.random.default_rng([seed, days, *kind.encode()])
    alarmed, found = 0, 0
    for _ in range(looks):
        counts = _counts(random, kind, (series, days + 1, HOURS))
        alarmed += bool(_alarms(counts))
        # The first series that is not sparse, in the afternoon.
        chosen = int(np.argmax(counts[:, :-1].mean((1, 2)) >= min(20, counts[:, :-1].mean())))
        counts[chosen, -1, 14:16] = random.poisson(3 * counts[chosen, -1, 14:16])
        found += any(one == chosen for one, hour in _alarms(counts) if hour in {14, 15})
    return Rates(alarmed / looks, found / looks)


def _counts(random: np.random.Generator, kind: str, size: tuple[int, int, int]) -> Numbers:
    vary, means = KINDS[kind]
    week = _WEEK[np.arange(size[1]) % len(_WEEK)]
    mean = random.choice(means, size[0])[:, None, None] * week[None, :, None] * _SHAPE
    counts: Numbers = random.poisson(mean * vary(random, size)).astype(float)
    return counts


def _alarms(counts: Numbers) -> set[tuple[int, int]]:
    ones = np.ones_like(counts)
    block = Block(
        measure="requests",
        both=True,
        numbers=np.arange(HOURS),
        counts=counts[:, :-1],
        exposure=ones[:, :-1],
        now=counts[:, -1],
        now_exposure=ones[:, -1],
    )
    return {(one.series, one.bucket) for one in unlike([block], LEVEL, FACTOR, LEAST)}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=200)
    looks = parser.parse_args().looks
    click.echo(
        "| series | days | looks with an alarm at nothing | found |\n| --- | --- | --- | --- |"
    )
    for kind in KINDS:
        for days in (5, 10, 20):
            rates = measure(kind, looks, days=days)
            click.echo(f"| {kind} | {days} | {rates.alarmed:.1%} | {rates.found:.0%} |")


if __name__ == "__main__":
    main()
