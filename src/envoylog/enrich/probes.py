"""Which requests are health checks, that no person and no program waits for.

A request is a probe if its user agent says so. It is also one if it asks for a well-known health
path (`spec/health_paths.py`) with GET, HEAD, or gRPC's POST, and its user agent is an HTTP library
or missing: load balancers and home-made monitors look like this. A browser or a crawler that asks
for `/health` reads a page about health, for all that is known, and is no probe.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.enrich.agents import agent_classes
from envoylog.enrich.companion import Companion, Settings

#: Agents that a health path makes probes.
_PLAIN: Final = ("none", "library")


def probes(user_agents: pl.Series, health_path: pl.Series) -> pl.Series:
    """Tell probes from requests.

    Parameters
    ----------
    user_agents : polars.Series
        String.
    health_path : polars.Series
        Boolean: whether the request asks for the health of what it asks.

    Returns
    -------
    polars.Series
        Boolean, never NULL.

    Examples
    --------
    >>> probes(pl.Series(["kube-probe/1.29", "curl/8.5.0"]), pl.Series([False, True])).to_list()
    [True, True]
    """
    distinct = user_agents.alias("user_agent").unique()
    known = distinct.to_frame().with_columns(agent_classes(distinct))
    classes = (
        user_agents.alias("user_agent")
        .to_frame()
        .join(known, on="user_agent", how="left", nulls_equal=True, maintain_order="left")[
            "agent_class"
        ]
    )
    plain = classes.is_in(_PLAIN) & health_path.fill_null(value=False)
    return ((classes == "probe") | plain).alias("is_probe")


def _enrich(frame: pl.DataFrame, _settings: Settings) -> pl.DataFrame:
    return frame.with_columns(probes(frame["user_agent"], frame["health_path"]))


COMPANION: Final = Companion(
    name="probes",
    keys=("user_agent", "health_path"),
    columns={"is_probe": "BOOLEAN"},
    needs=("user_agent|path",),
    enrich=_enrich,
    otherwise="false",
    # Few requests ask for health, and no path but theirs need be held against another.
    distinct="""
        select user_agent, false as health_path, count(*) as requests from {source} group by all
        union all
        select user_agent, true as health_path, count(*) as requests from {source}
        where health_path group by all
    """,
)
