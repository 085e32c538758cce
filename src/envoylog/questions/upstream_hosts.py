"""Which upstream host is slower than its siblings: the test's normal deviates, judged together."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt
from typing import Final

import polars as pl

from envoylog.questions.asked import Asked

# Below so many requests, of the host or of its siblings, the normal approximation is no help.
_LEAST: Final = 20
_LEVEL: Final = 0.01
# The least effect that Vargha and Delaney (2000) call small.
_ODDS: Final = 0.56


def answer(asked: Asked) -> pl.DataFrame:
    """Judge each host against the other hosts of its cluster.

    Parameters
    ----------
    asked : Asked
        The question, whose SQL gives `z` and `slower_odds` for each host.

    Returns
    -------
    polars.DataFrame
        One row a host, the surest slow one first.
    """
    hosts = asked.frame()
    tested = (pl.min_horizontal("n", "siblings") >= _LEAST) & pl.col("z").is_not_null()
    hosts = hosts.with_columns(z=pl.when(tested).then("z"))
    small = pl.col("p_value") < _LEVEL
    return (
        hosts.with_columns(pl.Series("p_value", p_values(hosts["z"].to_list()), pl.Float64))
        .with_columns(
            verdict=pl.when(pl.col("siblings") == 0)
            .then(pl.lit("no siblings"))
            .when(pl.col("p_value").is_null())
            .then(pl.lit("too few requests"))
            .when(small & (pl.col("slower_odds") >= _ODDS))
            .then(pl.lit("slower"))
            .when(small & (pl.col("slower_odds") <= 1 - _ODDS))
            .then(pl.lit("faster"))
            .otherwise(pl.lit("alike"))
        )
        .sort(
            pl.col("verdict") != "slower",
            pl.col("slower_odds"),
            "upstream_cluster",
            "upstream_host",
            descending=[False, True, False, False],
            nulls_last=True,
        )
        .drop("siblings", "z")
        .head(int(str(asked.values["limit"])))
    )


def p_values(deviates: Sequence[float | None]) -> list[float | None]:
    """Give the two-sided p-value of each normal deviate, corrected for their number (Holm, 1979).

    Parameters
    ----------
    deviates : sequence of float or None
        None where there was no test.

    Returns
    -------
    list of float or None
        In the same order.

    Examples
    --------
    >>> [p and round(p, 4) for p in p_values([1.96, None, -2.576])]
    [0.05, None, 0.02]
    """
    tested = [(erfc(abs(z) / sqrt(2)), place) for place, z in enumerate(deviates) if z is not None]
    corrected: list[float | None] = [None] * len(deviates)
    largest = 0.0
    for rank, (p, place) in enumerate(sorted(tested)):
        largest = max(largest, min(1.0, p * (len(tested) - rank)))
        corrected[place] = largest
    return corrected
