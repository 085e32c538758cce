from __future__ import annotations

import numpy as np
import polars as pl

from envoylog.questions.releases.comparison import Cells, Limits, compare
from envoylog.statistics.verdict import Verdict, overall
from tests.statistics.simulation import BLOCKS, Delays, Traffic

ROUTES = 4
DRAWS = 60


def drawn(seed: int, *, rise: float = 0.0, factor: float = 1.0) -> Cells:
    """Two versions over four routes and forty blocks, latencies of a wandering level."""
    traffic = Traffic(requests=8000, routes=ROUTES, rate=0.01, rise=rise).draw(seed)
    frames = []
    for version, (requests, errors) in enumerate(
        ((traffic.requests0, traffic.errors0), (traffic.requests1, traffic.errors1))
    ):
        frames.append(
            pl.DataFrame(
                {
                    "version": np.full(len(requests), version),
                    "route": [f"/{number % ROUTES}" for number in range(len(requests))],
                    "time": traffic.blocks,
                    "block": traffic.blocks,
                    "requests": requests.astype(int),
                    "errors": errors.astype(int),
                }
            ).filter(pl.col("requests") > 0)
        )
    delays = Delays(likeness=0.5, wander=0.2, factor=factor)
    times = [
        pl.DataFrame(
            {
                "version": version,
                "route": [f"/{number % ROUTES}" for number in range(values.size)],
                "time": 0,
                "block": np.repeat(np.arange(BLOCKS), values.shape[1]),
                "value": values.ravel(),
                "requests": 1,
            }
        )
        for version, values in enumerate(delays.values(seed))
    ]
    return Cells(pl.concat(frames), pl.concat(times), paired=True)


def verdict(cells: Cells, limits: Limits) -> Verdict:
    judged = [(m.holds_back, m.verdict) for m in compare(cells, limits) if m.verdict]
    return overall([v for needed, v in judged if needed], [v for needed, v in judged if not needed])


def test_the_verdict_alarms_falsely_at_the_stated_level() -> None:
    # Margins so small that whatever is more than chance is called a difference.
    limits = Limits(errors=1e-6, latency=1e-6, least_latency=1e-6)
    found = [verdict(drawn(seed), limits) for seed in range(DRAWS)]
    alarms = sum(one in {Verdict.WORSE, Verdict.BETTER} for one in found)
    # 5% of 60 is 3; 8 is three standard deviations more.
    assert alarms <= 8


def test_alike_versions_are_acquitted() -> None:
    limits = Limits(errors=0.02, latency=0.25)
    found = [verdict(drawn(seed), limits) for seed in range(10)]
    assert found == [Verdict.NO_DIFFERENCE] * 10


def test_planted_differences_are_found() -> None:
    fails = [verdict(drawn(seed, rise=0.02), Limits()) for seed in range(10)]
    slow = [verdict(drawn(seed, factor=1.3), Limits()) for seed in range(10)]
    # Two points are eight standard errors, 30% even more.
    assert fails == slow == [Verdict.WORSE] * 10


def test_what_has_too_few_requests_gets_no_row() -> None:
    cells = drawn(1)
    few = pl.DataFrame(
        {"version": [0, 1], "route": "/rare", "time": 0, "block": 0, "requests": 9, "errors": 9}
    ).cast(cells.outcomes.schema)
    found = compare(Cells(pl.concat([cells.outcomes, few]), cells.latencies, paired=True), Limits())
    assert {measure.route for measure in found} == {None, "/0", "/1", "/2", "/3"}
    # 4,000 requests of each version support p99, 1,000 of a route its median.
    assert [m.name for m in found if m.route is None][2:] == [
        "p50 latency", "p90 latency", "p99 latency",
    ]  # fmt: skip
