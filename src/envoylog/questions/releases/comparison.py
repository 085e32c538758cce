"""Compare two versions of a service, from counts by version, route and block of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from envoylog.statistics.correction import holm
from envoylog.statistics.difference import Difference
from envoylog.statistics.quantiles import Latencies, quantile_differences, supports
from envoylog.statistics.rates import Outcomes, rate_difference
from envoylog.statistics.verdict import Verdict, judge

QUANTILES = (0.5, 0.9, 0.99)
ROUTES = 100  # at most, those with the most requests

_LEAST = 10  # requests of each version for a row of its own


@dataclass(frozen=True, slots=True)
class Limits:
    """What is asked of a comparison.

    Attributes
    ----------
    errors : float
        Differences of error rates smaller than this do not matter.
    latency : float
        The same for latencies, as a share of the baseline's.
    least_latency : float
        And at least so many milliseconds.
    level : float
        Of the intervals; one minus it is the chance of any false alarm among all comparisons.
    """

    errors: float = 0.005
    latency: float = 0.1
    least_latency: float = 2.0
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts of both versions.

    Attributes
    ----------
    outcomes : polars.DataFrame
        `version` (0 the baseline, 1 the candidate), `route`, `time` (what may be compared with
        each other), `block` (what stands together in time), `requests`, `errors`.
    latencies : polars.DataFrame
        `version`, `route`, `time`, `block`, `value` in milliseconds, `requests`.
    paired : bool
        Whether both versions served in the same blocks.
    """

    outcomes: pl.DataFrame
    latencies: pl.DataFrame
    paired: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity of both versions, and the difference.

    Attributes
    ----------
    name : str
        Such as `error rate` or `p90 latency`.
    route : str or None
        None for all routes together.
    baseline, candidate : float or None
        The quantity; None where only the difference means something.
    difference : Difference
        Candidate minus baseline.
    margin : float
        What does not matter.
    requests : int
        Of both versions together.
    judged : bool
        Whether it counts; if not, it is only shown.
    p_value : float
        Corrected for all comparisons of its family.
    verdict : Verdict or None
        None if it is not judged.
    """

    name: str
    route: str | None
    baseline: float | None
    candidate: float | None
    difference: Difference
    margin: float
    requests: int
    judged: bool = True
    p_value: float = 1.0
    verdict: Verdict | None = None

    @property
    def holds_back(self) -> bool:
        """Whether a lack of data here leaves everything undecided."""
        return self.judged and self.route is None and self.name != "p99 latency"


def compare(cells: Cells, limits: Limits) -> list[Measure]:
    """Compare error rates and latency quantiles: raw, with the same mix, and by route.

    Half of the chance of a false alarm is given to the overall comparisons, half to the routes.

    Parameters
    ----------
    cells : Cells
        The counts.
    limits : Limits
        Margins and level.

    Returns
    -------
    list of Measure
        Those of all routes first.
    """
    overall = [*_rates(cells.outcomes, limits), *_quantiles(cells, limits)]
    return [*_judged(overall, limits), *_judged(list(_by_route(cells, limits)), limits)]


def _rates(outcomes: pl.DataFrame, limits: Limits) -> Iterator[Measure]:
    totals = outcomes.group_by("version").agg(pl.col("requests", "errors").sum())
    rates = {v: e / n for v, n, e in totals.select("version", "requests", "errors").iter_rows()}
    table = _outcomes(outcomes)
    raw, same_mix = (
        rate_difference(table.pooled(), limits.level),
        rate_difference(table, limits.level),
    )
    count = int(totals["requests"].sum())
    if raw:
        yield Measure(
            "error rate, raw", None, rates[0], rates[1], raw, limits.errors, count, judged=False
        )
    if same_mix:
        yield Measure("error rate, same mix", None, None, None, same_mix, limits.errors, count)


def _outcomes(outcomes: pl.DataFrame) -> Outcomes:
    """Lay both versions side by side, one row for each route, time and block."""
    keys = ["route", "time", "block"]
    sides = [outcomes.filter(version=v).select(*keys, "requests", "errors") for v in (0, 1)]
    both = sides[0].join(sides[1], on=keys, how="full", coalesce=True, suffix="1").fill_null(0)
    strata = both.select(pl.struct("route", "time").rank("dense") - 1).to_series()
    n0, x0, n1, x1 = (
        both[name].cast(pl.Float64).to_numpy()
        for name in ("requests", "errors", "requests1", "errors1")
    )
    blocks = both["block"].rank("dense").cast(pl.Int64).to_numpy() - 1
    return Outcomes(n0, x0, n1, x1, strata.cast(pl.Int64).to_numpy(), blocks)


def _quantiles(cells: Cells, limits: Limits) -> Iterator[Measure]:
    found = _same_mix(cells.latencies)
    if found.is_empty():
        return
    yield from _latency(found, QUANTILES, None, limits, paired=cells.paired)


def _same_mix(latencies: pl.DataFrame) -> pl.DataFrame:
    """Weigh the requests so that both versions have the mix of routes of both together."""
    keys = ["route", "time"]
    mix = latencies.group_by(*keys, "version").agg(pl.col("requests").sum().alias("own"))
    mix = mix.filter(pl.len().over(keys) == 2)  # noqa: PLR2004 - routes of both versions
    mix = mix.with_columns(all=pl.col("own").sum().over(keys))
    mix = mix.with_columns(
        weight=pl.col("all")
        / pl.col("own")
        * pl.col("own").sum().over("version")
        / pl.col("all").sum().over("version")
    )
    joined = latencies.join(mix, on=[*keys, "version"])
    return joined.with_columns(weight=pl.col("weight") * pl.col("requests"))


def _latency(
    weighted: pl.DataFrame,
    shares: tuple[float, ...],
    route: str | None,
    limits: Limits,
    *,
    paired: bool,
) -> Iterator[Measure]:
    sides = [weighted.filter(version=v) for v in (0, 1)]
    counts = [int(side["requests"].sum()) for side in sides]
    shares = tuple(share for share in shares if supports(min(counts), share))
    if not shares:
        return
    blocks = weighted["block"].unique().sort()
    first, second = (
        _counted(side, blocks if paired else side["block"].unique().sort()) for side in sides
    )
    differences = quantile_differences(first, second, shares, level=limits.level, paired=paired)
    points = [side.quantiles(np.asarray(shares))[0].tolist() for side in (first, second)]
    for share, before, after, difference in zip(shares, *points, differences, strict=True):
        margin = max(limits.latency * before, limits.least_latency)
        yield Measure(
            f"p{share * 100:g} latency", route, before, after, difference, margin, sum(counts)
        )


def _counted(side: pl.DataFrame, blocks: pl.Series) -> Latencies:
    numbered = pl.DataFrame({"block": blocks}).with_row_index("at")
    at = side.join(numbered, on="block", maintain_order="left")["at"].cast(pl.Int64).to_numpy()
    values = side["value"].cast(pl.Float64).to_numpy()
    return Latencies.of(values, at, side["weight"].to_numpy(), len(blocks))


def _by_route(cells: Cells, limits: Limits) -> Iterator[Measure]:
    totals = cells.outcomes.group_by("route").agg(
        pl.col("requests").filter(version=v).sum().alias(str(v)) for v in (0, 1)
    )
    enough = totals.filter(pl.min_horizontal("0", "1") >= _LEAST)
    chosen = enough.sort(pl.col("0") + pl.col("1"), "route", descending=[True, False]).head(ROUTES)
    for route in chosen["route"]:
        own = cells.outcomes.filter(route=route)
        for measure in _rates(own, limits):
            if measure.judged:
                rates = own.group_by("version").agg(
                    pl.col("errors").sum() / pl.col("requests").sum()
                )
                before, after = rates.sort("version")["errors"].to_list()
                yield replace(
                    measure, name="error rate", route=route, baseline=before, candidate=after
                )
        latencies = cells.latencies.filter(route=route)
        if latencies["version"].n_unique() == 2:  # noqa: PLR2004
            weighted = _same_mix(latencies)
            yield from _latency(weighted, (0.5,), route, limits, paired=cells.paired)


def _judged(measures: list[Measure], limits: Limits) -> Iterator[Measure]:
    """Correct one family of comparisons, and judge each."""
    chance = (1 - limits.level) / 2
    judged = [measure for measure in measures if measure.judged]
    corrected = iter(holm([measure.difference.p_value for measure in judged]))
    for measure in measures:
        if not measure.judged:
            yield replace(measure, p_value=measure.difference.p_value)
            continue
        p_value = next(corrected)
        verdict = judge(measure.difference, measure.margin, p_value, chance)
        yield replace(measure, p_value=p_value, verdict=verdict)
