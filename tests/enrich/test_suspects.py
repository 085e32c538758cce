"""What is odd about a chain, and that the fast way is the exact one."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.enrich.addresses import is_obfuscated, read_address
from envoylog.enrich.clients import ENVOY, Trust, decide, find_clients
from envoylog.enrich.networks import IMPOSSIBLE, PRIVATE, Kept, contains, read_networks
from envoylog.enrich.suspects import Suspect, find_suspects

ONE, TWO = Trust(hops=1), Trust(hops=2)
CIDRS = Trust.of(cidrs=("10.0.0.0/8", "35.0.0.0/8"))
PEER = "10.0.0.1:40000"


def _suspect(chain: str | None, remote: str | None, trust: Trust) -> str | None:
    text = pl.String
    logged = {"x_forwarded_for": [chain], "downstream_remote_address": [remote]}
    decided = decide(pl.DataFrame(logged, schema=dict.fromkeys(logged, text)))
    found = find_suspects(decided.with_columns(find_clients(decided, trust)), trust)[0]
    assert found is None or isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("chain", "remote", "trust", "expected"),
    [
        (None, PEER, ENVOY, None),
        ("10.0.0.1", PEER, ENVOY, None),
        ("192.0.2.7,10.0.0.1", PEER, ONE, None),
        ("192.0.2.7, 35.0.0.9,10.0.0.1", PEER, TWO, None),
        ("192.0.2.7, 35.0.0.9,10.0.0.1", PEER, CIDRS, None),
        ("192.0.2.7:5060,10.0.0.1", PEER, ONE, None),
        ("2001:db8::7,10.0.0.1", PEER, ONE, None),
        ("unknown,10.0.0.1", PEER, ONE, None),
        ('"_hidden",10.0.0.1', PEER, ONE, None),
        # Envoy itself has taken it from the chain.
        ("192.0.2.7,10.0.0.1", "192.0.2.7:0", ENVOY, None),
        # A chain that Envoy does not trust: a forger's, or that of a balancer nobody told it of.
        ("192.0.2.7,10.0.0.1", PEER, ENVOY, "more hops than trusted"),
        ("6.6.6.6, 192.0.2.7,10.0.0.1", "192.0.2.7:0", ENVOY, "more hops than trusted"),
        ("6.6.6.6, 192.0.2.7,10.0.0.1", PEER, ONE, "more hops than trusted"),
        ("6.6.6.6,192.0.2.7,10.0.0.1", PEER, CIDRS, "more hops than trusted"),
        ("6.6.6.6,192.0.2.9", "192.0.2.9:40000", CIDRS, "more hops than trusted"),
        # Whoever repeats the own address claims nothing.
        ("192.0.2.7, 192.0.2.7,10.0.0.1", PEER, ONE, None),
        ("2001:DB8::7, 2001:db8::7,10.0.0.1", PEER, ONE, None),
        ("1192.0.2.7,192.0.2.7,10.0.0.1", PEER, ONE, "impossible value"),
        ("10.0.0.1", PEER, ONE, "fewer hops than trusted"),
        ("192.0.2.7,10.0.0.1", PEER, TWO, "fewer hops than trusted"),
        ("10.0.0.1,10.0.0.1", PEER, ONE, None),
        ("evil,192.0.2.7,10.0.0.1", PEER, ONE, "impossible value"),
        ("256.1.1.1,192.0.2.7,10.0.0.1", PEER, ONE, "impossible value"),
        ("0.0.0.0,10.0.0.1", PEER, ONE, "impossible value"),
        ("255.255.255.255,10.0.0.1", PEER, ONE, "impossible value"),
        ("239.1.1.1,10.0.0.1", PEER, ONE, "impossible value"),
        ("::,10.0.0.1", PEER, ONE, "impossible value"),
        ("ff02::1,10.0.0.1", PEER, ONE, "impossible value"),
        ("::ffff:0.0.0.0,10.0.0.1", PEER, ONE, "impossible value"),
        ("192.0.2.7,,10.0.0.1", PEER, ONE, "impossible value"),
        ("", PEER, ENVOY, "impossible value"),
        ("127.0.0.1, 192.0.2.7,10.0.0.1", PEER, ONE, "private before public"),
        ("10.1.1.1,192.0.2.7,10.0.0.1", PEER, ONE, "private before public"),
        ("::1,192.0.2.7,10.0.0.1", PEER, ONE, "private before public"),
        ("fd00::1,2001:db8::7,10.0.0.1", PEER, ONE, "private before public"),
        ("::ffff:10.1.1.1,192.0.2.7,10.0.0.1", PEER, ONE, "private before public"),
        ("172.16.0.1,172.15.0.1", "172.15.0.1:1", ENVOY, "private before public"),
        ("100.64.0.1,100.63.0.1", "100.63.0.1:1", ENVOY, "private before public"),
        ("192.168.0.1,192.169.0.1", "192.169.0.1:1", ENVOY, "private before public"),
        ("169.254.1.1,8.8.8.8", "8.8.8.8:1", ENVOY, "private before public"),
        # Inside a company all are private; proxies stand at the right end.
        ("10.1.1.1,10.0.0.1", PEER, ONE, None),
        ("192.0.2.7,10.9.9.9,10.0.0.1", PEER, TWO, None),
        # Envoy adds its peer. Where another stands there, Envoy was told not to.
        ("192.0.2.7,192.0.2.8", PEER, ONE, "not the peer"),
        ("192.0.2.8", "192.0.2.9:1", ENVOY, "not the peer"),
        ("192.0.2.8", "192.0.2.8:0", ENVOY, None),
        ("1192.0.2.9", "192.0.2.9:1", ENVOY, "impossible value"),
        ("12.0.2.9", "2.0.2.9:1", ENVOY, "not the peer"),
        ("2001:DB8::9", "[2001:db8::9]:1", ENVOY, None),
        # For a peer on its own host Envoy adds the address of the host.
        ("192.0.2.8", "127.0.0.1:4000", ENVOY, None),
        ("192.0.2.8", "[::1]:4000", ENVOY, None),
        # Thousands of elements, and nothing but digits.
        ("unknown,6.6.6.6,192.0.2.7,10.0.0.1", PEER, ONE, "more hops than trusted"),
        ("6.6.6.6," + "1.1.1.1," * 5000 + "10.0.0.1", PEER, ONE, "more hops than trusted"),
        ("1" * 60000, PEER, ENVOY, "impossible value"),
        ("," * 60000, PEER, ENVOY, "impossible value"),
    ],
)
def test_reasons(chain: str | None, remote: str | None, trust: Trust, expected: str | None) -> None:
    assert _suspect(chain, remote, trust) == expected


@pytest.mark.parametrize("kept", PRIVATE + IMPOSSIBLE, ids=lambda kept: kept.network)
def test_the_edges_of_every_network(kept: Kept) -> None:
    (network,) = read_networks([kept.network])
    first, last = int(network.network_address), int(network.broadcast_address)
    bits = network.max_prefixlen
    for number in {first, last, (first - 1) % 2**bits, (last + 1) % 2**bits}:
        text = read_address(str(type(network.network_address)(number)))
        chain = f"{text},9.9.9.9"
        assert _suspect(chain, "9.9.9.9:0", ENVOY) == _expected(chain), chain


def _lies(ip: str, networks: tuple[Kept, ...]) -> bool:
    return any(ip_address(ip) in ip_network(kept.network) for kept in networks)


def _expected(chain: str) -> str | None:
    """Judge values and order in plain words, apart from the code's own networks."""
    private = False
    verdict = None
    for text in chain.split(","):
        ip = read_address(text)
        if ip is None and is_obfuscated(text):
            continue
        if ip is None or _lies(ip, IMPOSSIBLE):
            return "impossible value"
        if _lies(ip, PRIVATE):
            private = True
        elif private:
            verdict = "private before public"
    return verdict or ("more hops than trusted" if not chain.startswith("9.9.9.9,") else None)


def elements() -> st.SearchStrategy[str]:
    """Make what may stand between two commas, in any dress."""
    ips = st.one_of(
        st.ip_addresses().map(str),
        st.sampled_from([*PRIVATE, *IMPOSSIBLE]).map(lambda kept: kept.network.partition("/")[0]),
        st.sampled_from(["8.8.8.8", "2001:db8::1", "2a00:1:2:3:4:5:6:7", "9.9.9.9", "3fff::"]),
        st.ip_addresses(v=6, network="2000::/3").map(str),
    )
    dressed = st.sampled_from(["{}", "{}", "{}", "{}:80", "[{}]", " {}", "{}\t", '"{}"', "{}%1"])
    odd = st.sampled_from(["", " ", "unknown", "_x", "evil"]) | st.text(max_size=6)
    return st.builds(lambda form, ip: form.format(ip), dressed, ips) | odd


@settings(deadline=None)
@given(st.lists(st.lists(elements(), max_size=6).map(",".join), min_size=1, max_size=10))
def test_fast_is_exact(chains: list[str]) -> None:
    """Whatever stands before the address that Envoy took."""
    forged = [f"{chain},9.9.9.9" for chain in chains]
    rows = pl.DataFrame(
        {
            "x_forwarded_for": forged,
            "client_ip": ["9.9.9.9"] * len(forged),
            "client_ip_source": ["forwarded"] * len(forged),
            "peer_ip": pl.Series([None] * len(forged), dtype=pl.String),
        }
    )
    found = find_suspects(rows)
    expected = []
    for chain in forged:
        ips = [ip for ip in map(read_address, chain.split(",")) if ip is not None]
        verdict = _expected(chain)
        expected.append(None if verdict == Suspect.MORE and ips[0] == "9.9.9.9" else verdict)
    assert found.to_list() == expected


@settings(deadline=None)
@given(
    st.lists(st.ip_addresses().map(lambda ip: str(read_address(str(ip)))), max_size=20),
    st.lists(st.ip_addresses(v=4) | st.ip_addresses(v=6), max_size=4),
    st.integers(0, 32),
)
def test_networks_hold_what_they_should(ips: list[str], places: list[object], length: int) -> None:
    networks = tuple(ip_network(f"{place}/{length}", strict=False) for place in places)
    series = pl.Series([*ips, None], dtype=pl.String)
    expected = [any(ip_address(ip) in network for network in networks) for ip in ips]
    assert contains(series, networks).to_list() == [*expected, False]
