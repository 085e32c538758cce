"""Remarks on who connects: nodes of Kubernetes and proxies are no clients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from envoylog.enrich.networks import PRIVATE, contains, read_networks
from envoylog.questions.asked import Asked

# So few addresses, with so much of the traffic, are of machines that pass on what others ask.
_NEARLY_ALL: Final = 0.95
_LEAST: Final = 100
# Of more requests than that, some from all over the window are enough to tell.
_LOOKED_AT: Final = 200_000
_PIECES: Final = 5
_SHOWN: Final = 3
_PRIVATE: Final = read_networks(kept.network for kept in PRIVATE)

_COLUMNS: Final = frozenset({"start_time", "client_ip", "client_ip_source", "x_forwarded_for"})
_SQL: Final = """
select
    client_ip,
    count(*) as n,
    count(*) filter (contains(x_forwarded_for, ',')) as chained,
    sum(count(*)) over () as total,
    sum(count(*) filter (client_ip_source = 'forwarded')) over () as forwarded,
    client_ip_source = 'forwarded' as hearsay
from ({sample})
where client_ip is not null
group by client_ip, client_ip_source
order by hearsay, n desc, client_ip
limit 12
"""


def remarks(asked: Asked) -> Iterator[str]:
    """Warn when nearly all clients are a handful of private addresses.

    Parameters
    ----------
    asked : Asked
        A question about clients.

    Yields
    ------
    str
        What it seems to be, and what to do.
    """
    pieces = dict(_pieces(asked))
    # Each piece is a select of its own: then row groups outside it are not read.
    sample = " union all ".join(
        f"from requests where start_time >= $from_{number} and start_time < $to_{number}"
        for number in range(len(pieces) // 2)
    )
    found = asked.look(_SQL.format(sample=sample or "from requests"), _COLUMNS, pieces)
    if found.is_empty() or found["total"][0] < _LEAST:
        return
    whose = f"a sample of {found['total'][0]:,} requests" if pieces else "the requests"
    total, forwarded = int(found["total"][0]), int(found["forwarded"][0])
    hops = asked.log.settings.trusted_hops
    if hops and forwarded < total / 2:
        yield (
            f"only {forwarded / total:.0%} of {whose} have an address in X-Forwarded-For "
            f"where --trusted-hops {hops} points: fewer proxies than that may stand before Envoy"
        )
    peers = found.filter(~found["hearsay"])
    private = peers.filter(contains(peers["client_ip"], _PRIVATE))
    requests = int(private["n"].sum())
    if requests < _NEARLY_ALL * total:
        return
    names = [*private["client_ip"].head(_SHOWN), *["…"][: len(private) > _SHOWN]]
    start = (
        f"{requests / total:.0%} of {whose} come from {len(private)} private "
        f"address{'' if len(private) == 1 else 'es'} ({', '.join(names)})"
    )
    if int(private["chained"].sum()) > requests / 2:
        yield (
            f"{start}: proxies, it seems. X-Forwarded-For tells who called them: say how many of "
            "them stand in front of Envoy, such as --trusted-hops 1, or where they are, such as "
            "--trusted-cidrs 10.0.0.0/8"
        )
    else:
        yield (
            f"{start}: nodes of a cluster, it seems. With externalTrafficPolicy: Cluster "
            "Kubernetes puts the address of a node in place of the client's, which is lost; "
            "Local keeps it"
        )


def _pieces(asked: Asked) -> Iterator[tuple[str, datetime]]:
    """Cut pieces out of the window, at even distances; none where all can be looked at."""
    since, until = asked.values["since"], asked.values["until"]
    if (
        asked.count <= _LOOKED_AT
        or not isinstance(since, datetime)
        or not isinstance(until, datetime)
    ):
        return
    distance = (until - since) / _PIECES
    length = distance * _LOOKED_AT / asked.count
    for number in range(_PIECES):
        start = since + number * distance
        yield f"from_{number}", start
        yield f"to_{number}", start + length
