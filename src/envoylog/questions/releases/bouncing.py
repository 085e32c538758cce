"""Whether the same clients meet both versions."""

from __future__ import annotations

import polars as pl

from envoylog.questions.releases.findings import Section
from envoylog.questions.releases.versions import Pair

_CLIENTS = """
with ordered as (
    select client_ip, user_agent, {version} = $candidate as new,
        lag({version} = $candidate) over (partition by client_ip, user_agent order by start_time)
            as before
    from requests where {version} in ($baseline, $candidate) and client_ip is not null
),
clients as (
    select count(*) as requests, count(*) filter (where new) as candidate,
        count(*) filter (where new <> before) as switches
    from ordered group by client_ip, user_agent
)
select requests, candidate, count(*) as clients, sum(switches)::bigint as switches
from clients group by all
"""


def bouncing(pair: Pair) -> Section | None:
    """Count clients of several requests that met both versions, and how many chance would make.

    A client is an address with its user agent. Where each request is drawn anew, nearly all
    clients bounce; where clients are tied to a version, hardly any.

    Returns
    -------
    Section or None
        None if the log does not tell clients.
    """
    if pair.source.log.missing(["client_ip"]):
        return None
    sql = _CLIENTS.format(version=pair.key.sql)
    frame = pair.source.select(sql, pair.values).frame
    if frame.is_empty():
        return None
    candidate, requests = frame.select(
        (pl.col("candidate", "requests") * pl.col("clients")).sum()
    ).row(0)
    share = candidate / requests
    several = frame.filter(pl.col("requests") > 1)
    count = pl.col("requests")
    met = several.filter(pl.col("candidate").is_between(1, count - 1))["clients"].sum()
    chance = several.select(
        ((1 - share**count - (1 - share) ** count) * pl.col("clients")).sum()
    ).item()
    row = {
        "clients": int(frame["clients"].sum()),
        "with_several_requests": int(several["clients"].sum()),
        "met_both": int(met),
        "by_chance": round(float(chance), 1),
        "switches": int(frame["switches"].sum()),
    }
    return Section("Clients (address and user agent) that met both versions", pl.DataFrame([row]))
