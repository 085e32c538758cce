"""Networks: which addresses are of no use outside of one, and which belong to trusted proxies."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import AF_INET6, inet_pton
from typing import Final, NamedTuple

import polars as pl

from envoylog.errors import QueryError

Network = IPv4Network | IPv6Network


class Kept(NamedTuple):
    """A network that the public internet does not route."""

    network: str
    evidence: str


#: Addresses that mean something only inside one network.
PRIVATE: Final = (
    Kept("10.0.0.0/8", "RFC 1918"),
    Kept("172.16.0.0/12", "RFC 1918"),
    Kept("192.168.0.0/16", "RFC 1918"),
    Kept("100.64.0.0/10", "RFC 6598: between a provider and its customers"),
    Kept("127.0.0.0/8", "RFC 1122: loopback"),
    Kept("169.254.0.0/16", "RFC 3927: one link"),
    Kept("::1/128", "RFC 4291: loopback"),
    Kept("fc00::/7", "RFC 4193"),
    Kept("fe80::/10", "RFC 4291: one link"),
)
#: Addresses that no client can have.
IMPOSSIBLE: Final = (
    Kept("0.0.0.0/8", "RFC 791: this network"),
    Kept("224.0.0.0/4", "RFC 5771: multicast"),
    Kept("240.0.0.0/4", "RFC 1112: reserved, and broadcast"),
    Kept("::/128", "RFC 4291: unspecified"),
    Kept("ff00::/8", "RFC 4291: multicast"),
)


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read networks as users write them.

    Parameters
    ----------
    texts : iterable of str
        Each an address, or an address with the length of its prefix; several may stand in one text,
        with commas between them.

    Returns
    -------
    tuple of IPv4Network or IPv6Network

    Raises
    ------
    QueryError
        If one is no network.

    Examples
    --------
    >>> [str(network) for network in read_networks(["10.0.0.0/8, 192.0.2.1", "2001:db8::/32"])]
    ['10.0.0.0/8', '192.0.2.1/32', '2001:db8::/32']
    """
    return tuple(_read(part.strip()) for text in texts for part in text.split(","))


def _read(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        hint = "write 10.0.0.0/8 or 2001:db8::/32"
        if str(error).endswith("has host bits set"):
            hint = f"did you mean {ip_network(text, strict=False)}?"
        raise QueryError(f"{text!r} is not a network: {hint}") from None


def contains(addresses: pl.Series, networks: Sequence[Network]) -> pl.Series:
    """Tell which addresses lie in one of the networks.

    Parameters
    ----------
    addresses : polars.Series
        Addresses as `envoylog.enrich.addresses` spells them, or NULL.
    networks : sequence of Network
        The networks.

    Returns
    -------
    polars.Series
        Booleans; false for NULL.
    """
    # Most clients are told from proxies by their first octet alone.
    near = addresses.str.contains(_first_octets(networks)).fill_null(value=False)
    distinct = addresses.filter(near).unique()
    is_new = distinct.str.contains(":", literal=True)
    old, new = distinct.filter(~is_new), distinct.filter(is_new)
    inside = [*old.filter(_lie_in(numbers(old), networks)), *_inside6(new, networks)]
    return near & addresses.is_in(inside) if inside else near & False


def _first_octets(networks: Sequence[Network]) -> str:
    octets: set[int] = set()
    for network in networks:
        if isinstance(network, IPv4Network):
            first, last = network.network_address.packed[0], network.broadcast_address.packed[0]
            octets |= set(range(first, last + 1))
    starts = [rf"{octet}\." for octet in sorted(octets)]
    if any(isinstance(network, IPv6Network) for network in networks):
        starts.append("[0-9a-f]*:")
    return rf"^(?:{'|'.join(starts)})"


def numbers(addresses: pl.Series) -> pl.Series:
    """Read IPv4 addresses as the numbers that they are.

    Examples
    --------
    >>> numbers(pl.Series(["0.0.1.0", "255.255.255.255"])).to_list()
    [256, 4294967295]
    """
    octets = addresses.str.split_exact(".", 3).struct.unnest()
    number = pl.lit(0, pl.UInt32)
    for name in octets.columns:
        number = number * 256 + pl.col(name).cast(pl.UInt32, strict=False)
    return octets.select(number).to_series()


def _lie_in(those: pl.Series, networks: Sequence[Network]) -> pl.Series:
    firsts, lasts = _ranges(n for n in networks if isinstance(n, IPv4Network))
    # Before the first network stands one that nothing lies in.
    place = pl.Series([0, *firsts], dtype=pl.Int64).search_sorted(those.cast(pl.Int64), "right")
    return those <= pl.Series([-1, *lasts], dtype=pl.Int64).gather(place - 1)


def _inside6(addresses: pl.Series, networks: Sequence[Network]) -> Iterator[str]:
    firsts, lasts = _ranges(n for n in networks if isinstance(n, IPv6Network))
    for text in addresses:
        number = int.from_bytes(inet_pton(AF_INET6, text), "big")
        place = bisect_right(firsts, number) - 1
        if place >= 0 and number <= lasts[place]:
            yield text


def _ranges(networks: Iterable[Network]) -> tuple[list[int], list[int]]:
    """First and last addresses of networks of one family that do not overlap, in order."""
    firsts: list[int] = []
    lasts: list[int] = []
    for network in sorted(networks, key=lambda n: (int(n.network_address), n.prefixlen)):
        # Networks lie in each other or apart.
        if not lasts or int(network.network_address) > lasts[-1]:
            firsts.append(int(network.network_address))
            lasts.append(int(network.broadcast_address))
    return firsts, lasts
