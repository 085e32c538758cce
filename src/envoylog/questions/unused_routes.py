"""Routes that nobody calls any more: what the log knows, and what only a file of routes knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, cast

import polars as pl

from envoylog.catalog.routes import read_routes
from envoylog.enrich.routes.targets import OTHER
from envoylog.questions.asked import Asked

_NEWEST: Final = "select max(start_time) from access"


def answer(asked: Asked) -> pl.DataFrame:
    """Find the routes without a recent request, and the declared ones without any.

    Parameters
    ----------
    asked : Asked
        The question, with `quiet_for`.

    Returns
    -------
    polars.DataFrame
        `route`, `requests`, `clients`, `first`, `last`, `days_quiet`; the quietest first.
    """
    seen = asked.frame()
    newest = asked.log.frame(_NEWEST).item()
    declared = [template.text for template in read_routes(asked.log.settings).declared]
    quiet_for, limit = (
        cast("timedelta", asked.values["quiet_for"]),
        cast("int", asked.values["limit"]),
    )
    never = pl.DataFrame({"route": declared}, schema={"route": pl.String})
    never = (
        never.unique()
        .join(seen, on="route", how="anti")
        .with_columns(requests=pl.lit(0, pl.Int64), clients=pl.lit(0, pl.Int64))
    )
    quiet = seen.filter(pl.col("route") != OTHER, pl.lit(newest) - pl.col("last") >= quiet_for)
    days = (pl.lit(newest) - pl.col("last")).dt.total_seconds() / 86_400
    return (
        pl.concat([never, quiet], how="diagonal")
        .select(seen.columns)
        .with_columns(days_quiet=days.round(1))
        .sort("last", "route", nulls_last=False)
        .head(limit)
    )
