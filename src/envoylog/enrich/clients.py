"""Who the client is: its address, from Envoy's own decision or out of X-Forwarded-For.

Proxies append to the header the address that they were called from, so it is read from the right:
what trusted proxies wrote is true, and what stands left of it is the word of whoever called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import polars as pl

from envoylog.enrich.addresses import read_address, read_addresses, without_port
from envoylog.enrich.networks import Network, contains, read_networks
from envoylog.errors import QueryError


class Source(StrEnum):
    """Where `client_ip` was found.

    Attributes
    ----------
    PEER
        The other end of the connection, or what the PROXY protocol said of it.
    FORWARDED
        X-Forwarded-For, at a place that is trusted.
    ENVOY
        Envoy's own decision, where the log does not tell from which of the two.
    APPENDED
        The last of X-Forwarded-For, where Envoy adds its peer: the format logs no address.
    """

    PEER = "peer"
    FORWARDED = "forwarded"
    ENVOY = "envoy"
    APPENDED = "appended"


@dataclass(frozen=True, slots=True)
class Trust:
    """Which proxies in front of Envoy are trusted to extend X-Forwarded-For.

    Attributes
    ----------
    hops : int or None
        How many of them, as in Envoy's `xff_num_trusted_hops`.
    networks : tuple of networks
        Or where they are, as in Envoy's `xff_trusted_cidrs`.

    Neither means that Envoy's own decision is taken.
    """

    hops: int | None = None
    networks: tuple[Network, ...] = ()

    def __post_init__(self) -> None:
        if self.hops is not None and self.networks:
            raise QueryError("give trusted hops or trusted CIDRs, not both: each is a whole rule")
        if self.hops is not None and self.hops < 0:
            raise QueryError(f"trusted hops cannot be {self.hops}: write 0 or more")

    @classmethod
    def of(cls, hops: int | None = None, cidrs: tuple[str, ...] = ()) -> Trust:
        """Read what a user gives: a number, or networks as text."""
        return cls(hops, read_networks(cidrs))

    @property
    def given(self) -> bool:
        """Whether there is a rule."""
        return self.hops is not None or bool(self.networks)


#: Envoy's own decision.
ENVOY: Final = Trust()

#: The columns that a log may have for it.
LOGGED: Final = (
    "downstream_remote_address",
    "downstream_remote_address_without_port",
    "downstream_direct_remote_address",
    "x_forwarded_for",
)

# A chain whose elements are all trusted is walked so far at once, and then one by one.
_DEPTH: Final = 8
# Long enough for the last elements of an honest chain: what is left of them need not be split.
_ELEMENT: Final = 64


def decide(logged: pl.DataFrame) -> pl.DataFrame:
    """Read what Envoy decided, and who was at the other end of the connection.

    Parameters
    ----------
    logged : polars.DataFrame
        Any of `downstream_remote_address`, whose port 0 means that Envoy took it from
        X-Forwarded-For, `downstream_remote_address_without_port`,
        `downstream_direct_remote_address`, and `x_forwarded_for`.

    Returns
    -------
    polars.DataFrame
        For each row `x_forwarded_for` as it is, `remote_ip`, `remote_ip_source` (see `Source`) and
        `peer_ip`; NULL where the log does not tell.

    Examples
    --------
    >>> decide(pl.DataFrame({"downstream_remote_address": ["[2001:db8::7]:0"]})).row(0)
    (None, '2001:db8::7', 'forwarded', None)
    """
    nothing = pl.repeat(None, len(logged), dtype=pl.String, eager=True)
    remote, bare, direct, chains = (
        logged[name] if name in logged.columns else nothing for name in LOGGED
    )
    ips = _without_ports(remote)
    peers = _fill(pl.select(pl.when(~remote.str.ends_with(":0")).then(ips)).to_series(), direct)
    decided = _fill(ips, bare)
    # A format without addresses, such as Envoy's default: its peer is the last of the chain.
    unlogged = remote.is_null() & bare.is_null()
    appended = _fill(decided, chains.set(~unlogged, None), _last)
    word = (
        pl.when(decided == peers)
        .then(pl.lit(Source.PEER.value))
        .when(decided.is_not_null() & (ips.is_not_null() | peers.is_not_null()))
        .then(pl.lit(Source.FORWARDED.value))
        .when(decided.is_not_null())
        .then(pl.lit(Source.ENVOY.value))
        .when(appended.is_not_null())
        .then(pl.lit(Source.APPENDED.value))
    )
    return pl.select(
        x_forwarded_for=chains, remote_ip=appended, remote_ip_source=word, peer_ip=peers
    )


def _without_ports(texts: pl.Series) -> pl.Series:
    return read_addresses(pl.select(without_port(pl.lit(texts))).to_series())


def _last(chains: pl.Series) -> pl.Series:
    return read_addresses(_element(chains, 0))


def _fill(
    ips: pl.Series, others: pl.Series, read: Callable[[pl.Series], pl.Series] = _without_ports
) -> pl.Series:
    """Fill what is missing from another column, of which only that much is read."""
    missing = ips.is_null() & others.is_not_null()
    if not missing.any():
        return ips
    return ips.clone().scatter(missing.arg_true(), read(others.filter(missing)))


def find_clients(decided: pl.DataFrame, trust: Trust) -> pl.DataFrame:
    """Find the client's address by a rule of trust.

    Parameters
    ----------
    decided : polars.DataFrame
        `x_forwarded_for` as logged, and what `decide` gives of it.
    trust : Trust
        The rule; without one, Envoy's decision.

    Returns
    -------
    polars.DataFrame
        `client_ip` and `client_ip_source` for each row, both NULL where nothing is known.

    Notes
    -----
    With hops it is the address that many places left of the last, as Envoy adds its peer to the
    chain that it logs. With networks it is the first from the right that lies in none of them, and
    the leftmost if all do; a peer that lies in none is the client itself. Where the chain has no
    address at that place it is the peer, as in Envoy. Unlike Envoy, which then takes the peer too,
    it reads addresses with ports, brackets or quotes, and chains of more than 20.
    """
    if not trust.given:
        return decided.select(client_ip="remote_ip", client_ip_source="remote_ip_source")
    chains, peers = decided["x_forwarded_for"], decided["peer_ip"]
    if trust.networks:
        found = _walk(chains, trust.networks)
        outside = peers.is_not_null() & ~contains(peers, trust.networks)
        found = found.set(outside, None)
    else:
        found = read_addresses(_element(chains, trust.hops or 0))
    source = Source.FORWARDED if trust.networks or trust.hops else Source.APPENDED
    frame = decided.with_columns(found=found)
    choices = [("found", pl.lit(source.value)), ("peer_ip", pl.lit(Source.PEER.value))]
    if source is Source.APPENDED:
        choices.reverse()
    choices.append(("remote_ip", pl.col("remote_ip_source")))
    ip = pl.coalesce(name for name, _ in choices)
    word = pl.coalesce(pl.when(pl.col(name).is_not_null()).then(source) for name, source in choices)
    # A peer outside of the networks ends the chain that Envoy logs: no hearsay.
    word = pl.when(ip == pl.col("peer_ip")).then(pl.lit(Source.PEER.value)).otherwise(word)
    return frame.select(client_ip=ip, client_ip_source=word)


def _element(chains: pl.Series, from_right: int) -> pl.Series:
    """Take the text of one element of each chain, counted from the right."""
    return _cut(chains, from_right + 1).str.split(",").list.get(-1 - from_right, null_on_oob=True)


def _cut(chains: pl.Series, elements: int) -> pl.Series:
    """Leave of long chains only the end that holds so many elements."""
    end = chains.str.tail(_ELEMENT * elements)
    enough = end.str.count_matches(",", literal=True) >= elements
    return end.zip_with(enough | (end.str.len_bytes() == chains.str.len_bytes()), chains)


def _walk(chains: pl.Series, networks: Sequence[Network]) -> pl.Series:
    """From the right, the first address outside of the networks; NULL where there is rubbish."""
    found = pl.repeat(None, len(chains), dtype=pl.String, eager=True)
    left = chains.is_not_null().arg_true()
    for depth in range(_DEPTH):
        if left.is_empty():
            return found
        rest = chains.gather(left)
        texts = _element(rest, depth)
        more = rest.str.count_matches(",", literal=True) > depth
        ips = read_addresses(texts)
        inside = contains(ips, networks)
        done = ~inside | ~more
        found = found.scatter(left.filter(done), ips.filter(done))
        left = left.filter(~done)
    return found.scatter(left, [_walk_one(text, networks) for text in chains.gather(left)])


def _walk_one(chain: str, networks: Sequence[Network]) -> str | None:
    ips = [read_address(text) for text in reversed(chain.split(","))]
    inside = contains(pl.Series(ips, dtype=pl.String), networks)
    return next((ip for ip, trusted in zip(ips, inside, strict=True) if not trusted), ips[-1])
