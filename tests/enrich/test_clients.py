"""Whom the columns take for the client, and whom the real Envoy does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.enrich.addresses import read_address
from envoylog.enrich.clients import ENVOY, LOGGED, Trust, decide, find_clients
from envoylog.enrich.networks import contains, read_networks
from envoylog.errors import QueryError
from tests.enrich.real_addresses import TRUSTED_CIDRS, Logged, Sent, log


def _decided(
    remote: str | None = None,
    bare: str | None = None,
    direct: str | None = None,
    chain: str | None = None,
) -> pl.DataFrame:
    row = dict(zip(LOGGED, (remote, bare, direct, chain), strict=True))
    return decide(pl.DataFrame([row], schema=dict.fromkeys(LOGGED, pl.String)))


@pytest.mark.parametrize(
    ("remote", "bare", "direct", "chain", "expected"),
    [
        # Envoy writes a port only where it saw the connection.
        ("192.0.2.7:40000", None, None, None, ("192.0.2.7", "peer", "192.0.2.7")),
        ("192.0.2.7:0", None, None, "192.0.2.7,10.0.0.1", ("192.0.2.7", "forwarded", None)),
        ("192.0.2.7:0", None, "10.0.0.1:4000", None, ("192.0.2.7", "forwarded", "10.0.0.1")),
        ("[2001:db8::7]:40000", None, None, None, ("2001:db8::7", "peer", "2001:db8::7")),
        ("[::ffff:192.0.2.7]:0", None, None, None, ("192.0.2.7", "forwarded", None)),
        ("[fe80::1%4]:0", None, None, None, ("fe80::1", "forwarded", None)),
        (None, "192.0.2.7", None, None, ("192.0.2.7", "envoy", None)),
        (None, "2001:db8::7", None, None, ("2001:db8::7", "envoy", None)),
        (None, "192.0.2.7", "192.0.2.7:4000", None, ("192.0.2.7", "peer", "192.0.2.7")),
        (None, "192.0.2.7", "10.0.0.1:4000", None, ("192.0.2.7", "forwarded", "10.0.0.1")),
        # Envoy's default format logs no address: it has added its peer to the chain.
        (None, None, None, "6.6.6.6, 192.0.2.7", ("192.0.2.7", "appended", None)),
        (None, None, None, "192.0.2.7,unknown", (None, None, None)),
        (None, None, None, None, (None, None, None)),
        ("envoy://internal_client_address/", None, None, None, (None, None, None)),
        ("/run/client.sock", None, None, "192.0.2.7", (None, None, None)),
    ],
)
def test_what_envoy_decided(
    remote: str | None,
    bare: str | None,
    direct: str | None,
    chain: str | None,
    expected: tuple[str | None, ...],
) -> None:
    assert _decided(remote, bare, direct, chain).row(0) == (chain, *expected)


PEER = "10.0.0.1:40000"


@pytest.mark.parametrize(
    ("hops", "chain", "expected"),
    [
        (1, "192.0.2.7,10.0.0.1", ("192.0.2.7", "forwarded")),
        (1, "6.6.6.6, 192.0.2.7,10.0.0.1", ("192.0.2.7", "forwarded")),
        (2, "6.6.6.6, 192.0.2.7,10.0.0.1", ("6.6.6.6", "forwarded")),
        (0, "6.6.6.6, 192.0.2.7,10.0.0.1", ("10.0.0.1", "peer")),
        (1, "2001:DB8::7 ,10.0.0.1", ("2001:db8::7", "forwarded")),
        # Too few, or nothing to read: the peer, as in Envoy.
        (1, "10.0.0.1", ("10.0.0.1", "peer")),
        (1, None, ("10.0.0.1", "peer")),
        (1, "192.0.2.7,,10.0.0.1", ("10.0.0.1", "peer")),
        (1, "unknown,10.0.0.1", ("10.0.0.1", "peer")),
        (1, "_hidden,10.0.0.1", ("10.0.0.1", "peer")),
        (1, "192.0.2.7,evil,10.0.0.1", ("10.0.0.1", "peer")),
        # Envoy gives up on these; some proxies write them.
        (1, "192.0.2.7:5060,10.0.0.1", ("192.0.2.7", "forwarded")),
        (1, '"[2001:db8::7]:80",10.0.0.1', ("2001:db8::7", "forwarded")),
        # Long and forged: only the end counts.
        (1, "1.1.1.1," * 5000 + "192.0.2.7,10.0.0.1", ("192.0.2.7", "forwarded")),
        (1, "é" * 500 + ",192.0.2.7" + " " * 500 + ",10.0.0.1", ("192.0.2.7", "forwarded")),
    ],
)
def test_hops(hops: int, chain: str | None, expected: tuple[str, str]) -> None:
    assert find_clients(_decided(PEER, chain=chain), Trust(hops=hops)).row(0) == expected


@pytest.mark.parametrize(
    ("remote", "chain", "expected"),
    [
        (PEER, "192.0.2.7,10.0.0.1", ("192.0.2.7", "forwarded")),
        (PEER, "6.6.6.6,192.0.2.7,10.9.9.9,10.0.0.1", ("192.0.2.7", "forwarded")),
        (PEER, "6.6.6.6,192.0.2.7,10.9.9.9", ("192.0.2.7", "forwarded")),
        (PEER, "10.5.5.5,10.9.9.9,10.0.0.1", ("10.5.5.5", "forwarded")),
        (PEER, "10.0.0.1", ("10.0.0.1", "peer")),
        (PEER, "192.0.2.7,unknown,10.0.0.1", ("10.0.0.1", "peer")),
        (PEER, "2001:db8::7,fd00::1,10.0.0.1", ("2001:db8::7", "forwarded")),
        (PEER, "192.0.2.7," + "10.0.0.1," * 500 + "10.0.0.1", ("192.0.2.7", "forwarded")),
        (PEER, "evil," + "10.0.0.1," * 500 + "10.0.0.1", ("10.0.0.1", "peer")),
        (PEER, "10.7.7.7," + "10.0.0.1," * 500 + "10.0.0.1", ("10.7.7.7", "forwarded")),
        (PEER, None, ("10.0.0.1", "peer")),
        # Nobody but trusted proxies may tell.
        ("192.0.2.9:40000", "6.6.6.6,192.0.2.9", ("192.0.2.9", "peer")),
        ("192.0.2.9:40000", "6.6.6.6", ("192.0.2.9", "peer")),
        (None, "6.6.6.6,192.0.2.7,10.0.0.1", ("192.0.2.7", "forwarded")),
    ],
)
def test_networks(remote: str | None, chain: str | None, expected: tuple[str, str]) -> None:
    trust = Trust.of(cidrs=("10.0.0.0/8", "fd00::/8"))
    assert find_clients(_decided(remote, chain=chain), trust).row(0) == expected


def test_one_rule_at_a_time() -> None:
    with pytest.raises(QueryError, match=r"^give trusted hops or trusted CIDRs, not both"):
        Trust.of(1, ("10.0.0.0/8",))
    with pytest.raises(QueryError, match=r"^trusted hops cannot be -1: write 0 or more$"):
        Trust(hops=-1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10.0.0.1/8", "'10.0.0.1/8' is not a network: did you mean 10.0.0.0/8?"),
        ("10.0.0.0/33", "'10.0.0.0/33' is not a network: write 10.0.0.0/8 or 2001:db8::/32"),
        ("gateway", "'gateway' is not a network: write 10.0.0.0/8 or 2001:db8::/32"),
        ("10.0.0.0/8,", "'' is not a network: write 10.0.0.0/8 or 2001:db8::/32"),
    ],
)
def test_what_is_no_network(text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        read_networks([text])
    assert str(caught.value) == message


PEERS: Final = ("203.0.113.9", "10.1.1.1", "192.0.2.1", "2001:db8:1::5", "2001:db8:9::7")
CHAINS: Final[Sequence[str | None]] = (
    *(None, "", "1.2.3.4", "1.2.3.4,5.6.7.8", "1.2.3.4, 5.6.7.8 , 10.0.0.3", ",1.2.3.4"),
    *("1.2.3.4,", "1.2.3.4,,", "1.2.3.4, ", "1.2.3.4,10.0.0.1,,10.0.0.2", "1.2.3.4\t,5.6.7.8"),
    *("2001:DB8:0::1", "::ffff:1.2.3.4", "fe80::1%1", "::", "::1.2.3.4"),
    *("unknown", "_hidden", "01.2.3.4", "1.2.3", "256.1.1.1", "0x7f.1", "1.2.3.4 5.6.7.8"),
    *("1.2.3.4,garbage", "10.0.0.1,garbage,10.0.0.2", "10.0.0.1,10.0.0.2", "10.0.0.1"),
    *("1.2.3.4,2001:db8:1::9", "6.6.6.6,2001:db8:7::1,2001:db8:1::9, 192.0.2.1", "/run/x.sock"),
    "7.7.7.7," + ",".join(["10.0.0.9"] * 19),
)
#: One more than Envoy looks at where it goes by networks.
LONG: Final = "7.7.7.7," + ",".join(["10.0.0.9"] * 20)
#: What Envoy does not read, and the columns do.
DRESSED: Final = (
    *("5.6.7.8:80", "[2001:db8::1]:80", "[2001:db8::1]", '"1.2.3.4"', "1.2.3.4,10.0.0.1:5"),
)


@pytest.fixture(scope="module")
def sent() -> list[Sent]:
    return [Sent(peer, chain) for peer in PEERS for chain in (*CHAINS, *DRESSED, LONG)]


@pytest.fixture(scope="module")
def logged(sent: list[Sent], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Logged]]:
    return log(sent, tmp_path_factory.mktemp("addresses"))


def _rows(logs: Sequence[Logged]) -> pl.DataFrame:
    return decide(pl.DataFrame(logs, schema=Logged._fields, orient="row"))


@pytest.mark.envoy
@pytest.mark.parametrize(
    ("name", "trust"),
    [
        ("edge", Trust(hops=0)),
        ("one-hop", Trust(hops=1)),
        ("two-hops", Trust(hops=2)),
        ("cidrs", Trust.of(cidrs=TRUSTED_CIDRS)),
        ("cidrs-append", Trust.of(cidrs=TRUSTED_CIDRS)),
    ],
)
def test_as_the_real_envoy_decides(
    name: str, trust: Trust, sent: list[Sent], logged: dict[str, list[Logged]]
) -> None:
    """Of the chain and the peer alone, the rule finds what Envoy found with the same rule."""
    rows = _rows(logged[name])
    envoy = find_clients(rows, ENVOY)
    blind = rows.with_columns(
        remote_ip=pl.Series([read_address(request.peer) for request in sent]),
        remote_ip_source=pl.lit("peer"),
        peer_ip=pl.Series([read_address(request.peer) for request in sent]),
    )
    found = find_clients(blind, trust)
    differing = [
        (request, left, right)
        for request, left, right in zip(sent, envoy["client_ip"], found["client_ip"], strict=True)
        if left != right and request.chain not in {*DRESSED, LONG}
    ]
    assert differing == []
    if trust.networks:
        place = sent.index(Sent("10.1.1.1", LONG))
        assert (envoy["client_ip"][place], found["client_ip"][place]) == ("10.1.1.1", "7.7.7.7")
    forwarded = sum(source == "forwarded" for source in found["client_ip_source"])
    assert (forwarded > 0) == (name != "edge")


@pytest.mark.envoy
def test_envoy_that_takes_the_last_is_envoy_with_nothing_appended(
    sent: list[Sent], logged: dict[str, list[Logged]]
) -> None:
    """Without use_remote_address the chain stays as it came: its last is the client."""
    rows = _rows(logged["inner"])
    for request, (chain, ip, source, _) in zip(sent, rows.iter_rows(), strict=True):
        assert chain == request.chain or (request.chain or "").endswith(", ")
        if source == "forwarded":
            assert ip == read_address((request.chain or "").rpartition(",")[2])
        else:
            assert (ip, source) == (read_address(request.peer), "peer")
    assert set(rows["remote_ip_source"]) == {"forwarded", "peer"}


def _oracle(chain: str | None, peer: str | None, trust: Trust) -> str | None:
    """Apply the rule of trust in plain words, one row at a time."""
    elements = [] if chain is None else chain.split(",")
    if trust.networks:

        def trusted(ip: str) -> bool:
            return bool(contains(pl.Series([ip]), trust.networks)[0])

        if peer is not None and not trusted(peer):
            return peer
        found = None
        for element in reversed(elements):
            found = read_address(element)
            if found is None or not trusted(found):
                break
        return found if found is not None else peer
    place = len(elements) - 1 - (trust.hops or 0)
    if trust.hops == 0 and peer is not None:
        return peer
    found = read_address(elements[place]) if place >= 0 else None
    return found if found is not None else peer


def elements() -> st.SearchStrategy[str]:
    """Make what may stand between two commas."""
    return st.one_of(
        st.ip_addresses().map(str),
        st.sampled_from(["10.0.0.1", "10.0.0.2", "192.0.2.1", "fd00::1", "1.1.1.1"]),
        st.sampled_from(["", " ", "unknown", "_x", "evil", " 10.0.0.1 ", "10.0.0.1:80", "::"]),
        st.text(max_size=8),
    )


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.lists(elements(), max_size=14).map(",".join),
            st.none() | st.sampled_from(["10.0.0.1", "192.0.2.9", "fd00::1"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(
        [Trust(hops=0), Trust(hops=1), Trust(hops=3), Trust.of(cidrs=("10.0.0.0/8", "fd00::/8"))]
    ),
)
def test_fast_is_exact(rows: list[tuple[str | None, str | None]], trust: Trust) -> None:
    chains, peers = ([row[place] for row in rows] for place in (0, 1))
    text = pl.String
    frame = pl.DataFrame(
        {
            "x_forwarded_for": pl.Series(chains, dtype=text),
            "remote_ip": pl.Series(peers, dtype=text),
            "remote_ip_source": pl.Series(["peer" if peer else None for peer in peers], dtype=text),
            "peer_ip": pl.Series(peers, dtype=text),
        }
    )
    found = find_clients(frame, trust)
    assert found["client_ip"].to_list() == [_oracle(chain, peer, trust) for chain, peer in rows]
    assert found["client_ip"].is_null().equals(found["client_ip_source"].is_null())
