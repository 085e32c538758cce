"""Questions about addresses of clients, answered by hand, and by pandas over the samples."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pandas as pd
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

import envoylog
from envoylog.questions import peers
from tests.questions.made import made, table

PEER = "10.0.0.1:40000"


@pytest.fixture
def log(tmp_path: Path) -> envoylog.AccessLog:
    """Three people behind a balancer, one of them a forger, and one request that came past it."""
    rows = table(
        "at x_forwarded_for response_code path duration bytes_received bytes_sent",
        (0, "192.0.2.7,10.0.0.1", 200, "/a", 5, 0, 100),
        (1, "192.0.2.7,10.0.0.1", 503, "/b", 7, 0, 10),
        (2, "192.0.2.8,10.0.0.1", 200, "/a", 900, 0, 1),
        (3, "127.0.0.1, 192.0.2.9,10.0.0.1", 200, "/admin", 1, 2000, 1),
        (4, "127.0.0.2, 192.0.2.9,10.0.0.1", 403, "/admin", 1, 0, 1),
        (5, "evil, 192.0.2.9,10.0.0.1", 404, "/c", 1, 0, 1),
        (6, "192.0.2.9,10.0.0.1", 200, "/a", 1, 0, 1),
        (7, "10.0.0.1", 200, "/a", None, None, None),
    )
    made(tmp_path, rows, downstream_remote_address=PEER, method="GET").close()
    return envoylog.open(tmp_path / "made.parquet", trusted_hops=1)


def _rows(log: envoylog.AccessLog, question: str, *columns: str, **how: object) -> Sequence[object]:
    answer = log.ask(question, **how)  # type: ignore[arg-type]
    return answer.pl().select(columns).rows()


def test_top_clients(log: envoylog.AccessLog) -> None:
    columns = ("client_ip", "requests", "share", "errors", "error_rate", "time", "bytes_sent")
    assert _rows(log, "clients", *columns) == [
        ("192.0.2.9", 4, 4 / 8, 0, 0.0, 4, 4),
        ("192.0.2.7", 2, 2 / 8, 1, 0.5, 12, 110),
        ("10.0.0.1", 1, 1 / 8, 0, 0.0, None, None),
        ("192.0.2.8", 1, 1 / 8, 0, 0.0, 900, 1),
    ]
    assert dict(_rows(log, "clients", "client_ip", "routes")) == {  # type: ignore[arg-type]
        "192.0.2.9": 3,
        "192.0.2.7": 2,
        "192.0.2.8": 1,
        "10.0.0.1": 1,
    }


@pytest.mark.parametrize(
    ("by", "first"),
    [
        ("requests", "192.0.2.9"),
        ("errors", "192.0.2.7"),
        ("time", "192.0.2.8"),
        ("bytes", "192.0.2.9"),
        ("routes", "192.0.2.9"),
    ],
)
def test_what_makes_a_top_client(log: envoylog.AccessLog, by: str, first: str) -> None:
    assert _rows(log, "clients", "client_ip", parameters={"by": by}, limit=1) == [(first,)]


def test_where_addresses_come_from(log: envoylog.AccessLog) -> None:
    columns = ("client_ip_source", "xff_suspect", "requests", "clients", "example")
    assert _rows(log, "client-addresses", *columns) == [
        ("forwarded", None, 4, 3, "192.0.2.7,10.0.0.1"),
        ("forwarded", "private before public", 2, 1, "127.0.0.1, 192.0.2.9,10.0.0.1"),
        ("forwarded", "impossible value", 1, 1, "evil, 192.0.2.9,10.0.0.1"),
        ("peer", "fewer hops than trusted", 1, 1, "10.0.0.1"),
    ]


def test_forgers(log: envoylog.AccessLog) -> None:
    columns = ("client_ip", "xff_suspect", "requests", "of_client", "chains", "let_in")
    assert _rows(log, "forged-xff", *columns) == [
        ("192.0.2.9", "private before public", 2, 0.5, 2, 1),
        ("10.0.0.1", "fewer hops than trusted", 1, 1.0, 1, 1),
        ("192.0.2.9", "impossible value", 1, 0.25, 1, 0),
    ]


def test_countries_and_networks(tmp_path: Path, log: envoylog.AccessLog) -> None:
    with pytest.raises(envoylog.QueryError, match=r"^countries cannot be answered: it needs"):
        log.ask("countries")
    writer = MMDBWriter(6, ipv4_compatible=True, int_type="u32")
    record = {"country": {"iso_code": "CH"}, "autonomous_system_number": 64500}
    record["autonomous_system_organization"] = "Example Net"
    writer.insert_network(IPSet(["192.0.2.8/31"]), record)
    writer.to_db_file(str(tmp_path / "geo.mmdb"))
    where = envoylog.open(tmp_path / "made.parquet", trusted_hops=1, geo=tmp_path / "geo.mmdb")
    columns = ("requests", "clients", "errors")
    assert _rows(where, "countries", "country", *columns) == [("CH", 5, 2, 0), (None, 3, 2, 1)]
    assert _rows(where, "networks", "asn", "as_org", *columns) == [
        (64500, "Example Net", 5, 2, 0),
        (None, None, 3, 2, 1),
    ]


def _notes(folder: Path, chain: str | None, remote: str, **settings: object) -> str:
    rows = [
        {
            "x_forwarded_for": chain and chain.format(number % 250),
            "downstream_remote_address": remote.format(number % 250, number % 3),
        }
        for number in range(200)
    ]
    made(folder, rows, response_code=200, path="/").close()
    log = envoylog.open(folder / "made.parquet", **settings)  # type: ignore[arg-type]
    return "\n".join(log.ask("clients").notes)


def test_nodes_in_place_of_clients(tmp_path: Path) -> None:
    notes = _notes(tmp_path, None, "10.128.0.{1}:40000")
    assert notes.startswith(
        "100% of the requests come from 3 private addresses (10.128.0.0, 10.128.0.1, 10.128.0.2): "
        "nodes of a cluster, it seems. With externalTrafficPolicy: Cluster"
    )


def test_proxies_in_place_of_clients(tmp_path: Path) -> None:
    notes = _notes(tmp_path, "192.0.2.{0},10.0.0.1", PEER)
    assert notes.startswith(
        "100% of the requests come from 1 private address (10.0.0.1): proxies, it seems."
    )
    assert "--trusted-hops 1" in notes
    assert _notes(tmp_path, "192.0.2.{0},10.0.0.1", PEER, trusted_hops=1) == ""


def test_too_many_hops(tmp_path: Path) -> None:
    notes = _notes(tmp_path, "192.0.2.{0},10.0.0.1", PEER, trusted_hops=2)
    assert notes.startswith(
        "only 0% of the requests have an address in X-Forwarded-For where --trusted-hops 2 points"
    )


def test_a_sample_of_many_requests_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "_LOOKED_AT", 1000)
    rows = [
        {"at": second, "downstream_remote_address": f"10.128.0.{second % 3}:40000"}
        for second in range(4000)
    ]
    (note,) = made(tmp_path, rows, response_code=200).ask("clients").notes
    assert note.startswith("100% of a sample of 1,000 requests come from 3 private addresses")


def test_clients_that_are_clients(tmp_path: Path) -> None:
    assert _notes(tmp_path, None, "192.0.2.{0}:40000") == ""
    # A company's own users: private, but many.
    assert _notes(tmp_path, None, "10.0.0.{0}:40000") == ""


def _last_trusted(chain: object, remote: str) -> str:
    """Find the client of one line with nothing but the standard library."""
    elements = chain.split(",") if isinstance(chain, str) else []
    host = remote.rpartition(":")[0].strip("[]")
    text = elements[-2].strip() if len(elements) > 1 else ""
    if text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return host


@pytest.mark.parametrize("hops", [None, 1])
def test_pandas_says_the_same(istio_parquet: Path, hops: int | None) -> None:
    frame = pd.read_parquet(istio_parquet)
    pairs = zip(frame["x_forwarded_for"], frame["downstream_remote_address"], strict=True)
    frame["client"] = [_last_trusted(chain if hops else None, remote) for chain, remote in pairs]
    grouped = frame.groupby("client")
    expected = grouped.size().sort_index().to_dict()
    errors = grouped["response_code"].agg(lambda codes: int((codes >= 500).sum())).to_dict()
    answer = envoylog.open(istio_parquet, trusted_hops=hops).ask("clients", limit=0).df()
    assert dict(zip(answer["client_ip"], answer["requests"], strict=True)) == expected
    assert dict(zip(answer["client_ip"], answer["errors"], strict=True)) == errors
