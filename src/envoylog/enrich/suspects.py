"""X-Forwarded-For that does not look true: what is odd about a chain of addresses.

Suspicion is no proof. A forger writes these things, and so do forward proxies of companies.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Final

import polars as pl

from envoylog.enrich.addresses import is_obfuscated, read_address, read_addresses
from envoylog.enrich.clients import ENVOY, Source, Trust
from envoylog.enrich.networks import IMPOSSIBLE, PRIVATE, Kept, contains, read_networks


class Suspect(StrEnum):
    """Why a chain is suspicious; where several reasons hold, the first of them is told.

    Attributes
    ----------
    IMPOSSIBLE
        An element is no address, or one that no client can have. `unknown` and names that start
        with an underscore are allowed: proxies hide addresses so.
    PRIVATE
        A private address stands left of a public one: from outside nobody is called from one.
    PEER
        The last address is not that of the peer, so this Envoy did not add it.
    FEWER
        Fewer addresses than trusted proxies would write: some of them were passed by.
    MORE
        Addresses stand left of the client's: nobody vouches for them.
    """

    IMPOSSIBLE = "impossible value"
    PRIVATE = "private before public"
    PEER = "not the peer"
    FEWER = "fewer hops than trusted"
    MORE = "more hops than trusted"


_PRIVATE: Final = read_networks(kept.network for kept in PRIVATE)
_IMPOSSIBLE: Final = read_networks(kept.network for kept in IMPOSSIBLE)


def _starts(networks: Iterable[Kept], *, inside: bool) -> str:
    """Write a pattern of how IPv4 addresses of these networks start, or all others but these."""
    whole: set[int] = set()
    parts: dict[int, set[int]] = {}
    for network in read_networks(kept.network for kept in networks):
        if isinstance(network, IPv4Network):
            first, second = network.network_address.packed[:2]
            last, last_second = network.broadcast_address.packed[:2]
            if network.prefixlen <= 8:  # noqa: PLR2004 - the first octet
                whole |= set(range(first, last + 1))
            else:
                parts.setdefault(first, set()).update(range(second, last_second + 1))
    every = set(range(256))
    if not inside:
        whole = every - whole - parts.keys()
        parts = {first: every - seconds for first, seconds in parts.items()}
    return "|".join(
        [rf"{_number(whole)}\."]
        + [rf"{first}\.{_number(seconds)}\." for first, seconds in parts.items()]
    )


def _number(numbers: Iterable[int]) -> str:
    return f"(?:{'|'.join(map(str, sorted(numbers)))})"


# Chains as nearly all are: possible IPv4, and IPv6 of the public internet, with ports at most.
_HEX: Final = "[0-9a-fA-F]{1,4}"
_PUBLIC6: Final = "[23][0-9a-fA-F]{3}"
_GLOBAL6: Final = (
    rf"{_PUBLIC6}(?:(?::{_HEX}){{7}}|(?::{_HEX}){{6}}::"
    + "".join(
        rf"|(?::{_HEX}){{{left - 1}}}::(?:{_HEX}(?::{_HEX}){{0,{6 - left}}})?"
        for left in range(1, 7)
    )
    + ")"
)
_BLANK: Final = "[ \t]*"
_OTHER4: Final = rf"(?:{_starts(IMPOSSIBLE, inside=False)})"
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_TOKEN: Final = rf"(?:{_OTHER4}{_OCTET}(?:\.{_OCTET}){{2}}(?::[0-9]{{1,5}})?|{_GLOBAL6})"
_PLAIN: Final = rf"^{_BLANK}{_TOKEN}(?:{_BLANK},{_BLANK}{_TOKEN})*{_BLANK}$"
_PRIVATE_BEFORE_PUBLIC: Final = (
    rf"(?:^|,){_BLANK}(?:{_starts(PRIVATE, inside=True)})[^,]*,(?:.*,)?{_BLANK}"
    rf"(?:{_PUBLIC6}:|{_starts(PRIVATE, inside=False)})"
)


def find_suspects(rows: pl.DataFrame, trust: Trust = ENVOY) -> pl.Series:
    """Tell what is odd about each chain.

    Parameters
    ----------
    rows : polars.DataFrame
        `x_forwarded_for`, `client_ip`, `client_ip_source`, `peer_ip`.
    trust : Trust
        The rule that found `client_ip`.

    Returns
    -------
    polars.Series
        Values of `Suspect`; NULL where nothing is odd.

    Examples
    --------
    >>> rows = pl.DataFrame(
    ...     {
    ...         "x_forwarded_for": ["192.0.2.7,10.0.0.1", "1.1.1.1, 192.0.2.7,10.0.0.1"],
    ...         "client_ip": ["192.0.2.7", "192.0.2.7"],
    ...         "client_ip_source": ["forwarded", "forwarded"],
    ...         "peer_ip": ["10.0.0.1", "10.0.0.1"],
    ...     }
    ... )
    >>> find_suspects(rows, Trust(hops=1)).to_list()
    [None, 'more hops than trusted']
    """
    chain, source = pl.col("x_forwarded_for"), pl.col("client_ip_source")
    chains = rows["x_forwarded_for"]
    several = chain.str.contains(",", literal=True)
    forwarded = source == Source.FORWARDED.value
    told = pl.lit(True) if trust.given else ~forwarded  # noqa: FBT003 - a value, not an option
    few = chain.str.count_matches(",", literal=True) < (trust.hops or 0)
    return rows.select(
        pl.coalesce(
            _oddities(chains),
            pl.when(told & pl.Series(_not_peer(chains, rows["peer_ip"]))).then(_text(Suspect.PEER)),
            pl.when(few).then(_text(Suspect.FEWER)),
            pl.when(several & pl.Series(_not_first(chains, rows["client_ip"]))).then(
                _text(Suspect.MORE)
            ),
        ).alias("xff_suspect")
    ).to_series()


def _text(reason: Suspect) -> pl.Expr:
    return pl.lit(reason.value)


def _not_first(chains: pl.Series, ips: pl.Series) -> pl.Series:
    """Whether something stands left of the first mention of an address."""
    frame = pl.DataFrame({"chain": chains, "ip": ips})
    differs = frame.select(~pl.col("chain").str.starts_with(pl.col("ip") + ",")).to_series()
    rest = frame.filter(differs)
    firsts = read_addresses(rest.select(pl.col("chain").str.splitn(",", 2).struct[0]).to_series())
    verdicts = firsts != rest["ip"]
    # The first hides itself: the next may not.
    hidden = firsts.is_null().arg_true()
    looked = [_stands_before(*row) for row in rest[hidden].iter_rows()]
    return _refine(differs, verdicts.scatter(hidden, pl.Series(looked, dtype=pl.Boolean)))


def _stands_before(chain: str, ip: str) -> bool:
    read = (read_address(text) for text in chain.split(","))
    return next((found for found in read if found is not None), ip) != ip


def _not_peer(chains: pl.Series, peers: pl.Series) -> pl.Series:
    """Whether the last address of a chain is not that of the peer."""
    frame = pl.DataFrame({"chain": chains, "peer": peers})
    differs = frame.select(
        ~pl.col("chain").str.ends_with("," + pl.col("peer"))
        & (pl.col("chain") != pl.col("peer"))
        # For a peer on its own host Envoy adds the address of the host.
        & ~pl.col("peer").str.contains(r"^127\.|^::1$")
    ).to_series()
    lasts = frame.filter(differs).select(pl.col("chain").str.extract(r"([^,]*)$"))
    return _refine(differs, read_addresses(lasts.to_series()) != peers.filter(differs))


def _refine(rows: pl.Series, verdicts: pl.Series) -> pl.Series:
    """Replace what holds of some rows by a closer look at them."""
    places = rows.fill_null(value=False).arg_true()
    return rows.fill_null(value=False).clone().scatter(places, verdicts.fill_null(value=False))


def _oddities(chains: pl.Series) -> pl.Series:
    """Judge the values of chains and their order, whoever the client is."""
    plain = chains.str.contains(_PLAIN)
    mixed = plain & chains.str.contains(_PRIVATE_BEFORE_PUBLIC)
    found = pl.select(pl.when(mixed).then(_text(Suspect.PRIVATE))).to_series()
    others = chains.filter(~plain).unique()
    if others.is_empty():
        return found
    # What is spelled in other ways is read one by one.
    read = pl.Series([_oddity(chain) for chain in others], dtype=pl.String)
    exact = chains.filter(~plain).replace_strict(others, read, return_dtype=pl.String)
    return found.scatter((~plain).fill_null(value=False).arg_true(), exact)


def _oddity(chain: str) -> str | None:
    texts = chain.split(",")
    read = [read_address(text) for text in texts]
    if any(ip is None and not is_obfuscated(text) for ip, text in zip(read, texts, strict=True)):
        return Suspect.IMPOSSIBLE.value
    ips = pl.Series([ip for ip in read if ip is not None], dtype=pl.String)
    if contains(ips, _IMPOSSIBLE).any():
        return Suspect.IMPOSSIBLE.value
    private = contains(ips, _PRIVATE)
    first, last = private.arg_max(), (~private).arg_true()
    before = private.any() and len(last) and first is not None and first < last[-1]
    return Suspect.PRIVATE.value if before else None
