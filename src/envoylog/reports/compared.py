"""Which rows of two answers stand for the same thing, and which of their columns are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from envoylog.reports.report import Part


class Compared(NamedTuple):
    """By which columns rows are the same, and of which columns the earlier value is shown."""

    by: tuple[str, ...]
    of: tuple[str, ...]


_ROUTE: Final = ("method", "authority", "route")

#: Question -> how its answers are compared; those that are not here stand alone.
COMPARED: Final = {
    "authorities": Compared(("authority",), ("requests",)),
    "broken-urls": Compared(("code", "authority", "route", "flags"), ("requests",)),
    "clients": Compared(("client_ip",), ("requests",)),
    "countries": Compared(("country",), ("requests",)),
    "crawlers": Compared(("agent_class", "agent_name"), ("requests",)),
    "denied": Compared(("stopped_by", "code", "policy", "authority", "route"), ("requests",)),
    "errors-by-authority": Compared(("authority",), ("requests", "error_rate")),
    "errors-explained": Compared(("verdict",), ("requests",)),
    "errors-in-common": Compared(("column", "value"), ("error_rate",)),
    "latency-by-authority": Compared(("authority",), ("p50", "p99")),
    "latency-by-upstream-cluster": Compared(("upstream_cluster",), ("p50", "p99")),
    "networks": Compared(("as_org",), ("requests",)),
    "profile": Compared(_ROUTE, ("p50", "p99")),
    "protocols": Compared(("protocol",), ("requests",)),
    "retries": Compared(("cluster",), ("amplification",)),
    "services": Compared(("service",), ("requests",)),
    "slow-routes": Compared(_ROUTE, ("p50", "p99")),
    "top-routes": Compared(_ROUTE, ("requests", "time")),
    "unavailable": Compared(("answered_by", "flags", "cause"), ("requests",)),
    "upstream-hosts": Compared(("upstream_cluster", "upstream_host"), ("p50", "p90")),
}
#: What is put behind the name of a column for its earlier value.
BEFORE: Final = "before"


def with_before(part: Part) -> pl.DataFrame:
    """Put the earlier value behind each column that is compared.

    Parameters
    ----------
    part : Part
        With an answer.

    Returns
    -------
    polars.DataFrame
        The answer; with an earlier window, more columns: `requests before` behind `requests`.
    """
    frame = part.answer.frame if part.answer else pl.DataFrame()
    how = COMPARED.get(part.question.id)
    if how is None or part.before is None or not {*how.by, *how.of} <= set(frame.columns):
        return frame
    old = part.before.frame.select(
        *how.by, *(pl.col(name).alias(f"{name} {BEFORE}") for name in how.of)
    )
    joined = frame.join(
        old.unique(how.by, keep="first", maintain_order=True),
        on=how.by,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    order = [
        name
        for column in frame.columns
        for name in ((column, f"{column} {BEFORE}") if column in how.of else (column,))
    ]
    return joined.select(order)
