"""Places: where the errors are that are new, and who fell silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

#: So many requests before, and none now, is no chance: once in 10^13 times.
_SILENT: Final = 30
#: A value with fewer requests before has no rate of its own to be held against.
_LEAST: Final = 20
#: What has most of the requests has most of the errors too: by so much its share must be larger.
_MORE: Final = 0.1
#: Requests and errors of each place; asked of both windows.
PLACES: Final = """
select
    case grouping(authority, upstream_cluster, route)
        when 3 then 'authority' when 5 then 'upstream_cluster' else 'route'
    end as "column",
    coalesce(authority, upstream_cluster, route) as value,
    count(*) as requests,
    count(*) filter (where error) as errors
from requests where not client_gone
group by grouping sets ((authority), (upstream_cluster), (route))
"""


@dataclass(frozen=True, slots=True)
class Carrier:
    """An authority, cluster or route that has most of the errors that are new.

    Attributes
    ----------
    column, value : str
        Which.
    errors, requests : int
        Of it, in the window.
    share : float
        Of all the errors that are new.
    """

    column: str
    value: str
    errors: int
    requests: int
    share: float


@dataclass(frozen=True, slots=True)
class Silence:
    """An authority that had requests before, and has none now."""

    authority: str
    before: int


def find_carrier(counts: pl.DataFrame) -> Carrier | None:
    """Find where the errors are that the earlier rates do not explain; the narrower place first.

    Parameters
    ----------
    counts : polars.DataFrame
        What `PLACES` gave, with `version` 0 for the earlier window and 1 for this one.

    Returns
    -------
    Carrier or None
        None where there are no more errors, or they are all over the place.
    """
    sides = [counts.filter(version=number).drop("version").drop_nulls("value") for number in (0, 1)]
    joined = sides[1].join(sides[0], on=["column", "value"], how="left", suffix="_before")
    totals = (
        counts.filter(column="authority")
        .group_by("version")
        .agg(pl.col("requests", "errors").sum())
    )
    rates = {
        v: e / n for v, n, e in totals.select("version", "requests", "errors").iter_rows() if n
    }
    own = pl.col("errors_before") / pl.col("requests_before")
    usual = (
        pl.when(pl.col("requests_before") >= _LEAST).then(own).otherwise(pl.lit(rates.get(0, 0.0)))
    )
    excess = joined.with_columns(excess=pl.col("errors") - pl.col("requests") * usual)
    new = totals.filter(version=1)
    surplus = sum(new["errors"]) - sum(new["requests"]) * rates.get(0, 0.0)
    if surplus <= 0:
        return None
    for column, least in (("route", 0.8), ("upstream_cluster", 0.8), ("authority", 0.5)):
        top = excess.filter(column=column).sort("excess", "value", descending=[True, False]).head(1)
        for row in top.iter_rows(named=True):
            share = min(1.0, row["excess"] / surplus)
            part = row["requests"] / sum(new["requests"])
            if share >= least and share >= part + _MORE:
                return Carrier(column, row["value"], row["errors"], row["requests"], share)
    return None


def find_silences(counts: pl.DataFrame) -> list[Silence]:
    """Find the authorities that had requests before, and have none now."""
    own = counts.filter(pl.col("column") == "authority").drop_nulls("value")
    sides = [own.filter(version=number) for number in (0, 1)]
    gone = sides[0].join(sides[1], on="value", how="anti").filter(pl.col("requests") >= _SILENT)
    return [
        Silence(row["value"], row["requests"])
        for row in gone.sort("requests", "value", descending=[True, False]).iter_rows(named=True)
    ]
