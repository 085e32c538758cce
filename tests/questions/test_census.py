"""What the census need not look at: lines that have no sign of being other than most."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import envoylog
from envoylog.catalog.census import SIGNS

VALUES: dict[str, list[Any]] = {
    "upstream_cluster": [
        None, "outbound|80||a.shop.svc", "inbound|80||", "inbound-vip|80|http|a.shop.svc",
        "InboundPassthroughCluster", "InboundPassthroughClusterIpv4", "PassthroughCluster",
        "BlackHoleCluster", "shop", "outbound_.80_._.a",
    ],
    "addresses": [
        (None, None, None),
        ("10.0.0.9:443", "10.0.0.9:8080", "10.0.0.1:80"),
        ("10.0.0.9:15006", "192.0.2.7:555", "10.0.0.9:80"),
        ("10.0.0.9:15001", "10.0.0.9:555", "10.0.0.9:80"),
        ("203.0.113.9:443", "10.0.0.9:555", "10.0.0.9:80"),
        ("203.0.113.9:443", "[2001:db8::1]:555", "[2001:db8::1]:80"),
    ],
    "requested_server_name": [None, "shop.example", "outbound_.80_._.a.shop.svc.cluster.local"],
    "access_log_type": [
        None, "NotSet", "TcpUpstreamConnected", "TcpPeriodic", "TcpConnectionEnd",
        "DownstreamStart", "DownstreamPeriodic", "DownstreamEnd", "UpstreamPoolReady",
        "UpstreamPeriodic", "UpstreamEnd", "DownstreamTunnelSuccessfullyEstablished",
        "UdpTunnelUpstreamConnected", "UdpPeriodic", "UdpSessionEnd",
    ],
}  # fmt: skip
REQUESTS: dict[str, list[Any]] = {
    "response_code": [None, 0, 101, 200, 304, 500],
    "method": [None, "GET", "CONNECT"],
    "protocol": [None, "HTTP/2"],
    "upstream_host": [None, "10.0.0.1:80"],
    "duration": [None, 10, 59_999, 60_000, 90_000],
    "upstream_service_time": [None, 0, 19_994, 19_995, 30_000],
    "grpc_status_number": [None, 0, 1, 14],
    "authority": [None, "shop", "shop-shadow", "shop-shadow:80", "a-shadow.ns.svc", "-shadow.com"],
}
UNUSUAL = {
    "vantage": "vantage <> 'gateway'",
    "record": "record <> 'end'",
    "stream": "is_stream",
    "mirror": "is_mirror",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> envoylog.AccessLog:
    names = ["downstream_local_address", "downstream_remote_address", "upstream_local_address"]
    clusters, addresses, *others = VALUES.values()
    places = [
        dict(zip(["upstream_cluster", *names, *list(VALUES)[2:]], row, strict=True))
        for cluster, three, *rest in product(clusters, addresses, *others)
        for row in [(cluster, *three, *rest)]
    ]
    requests = [dict(zip(REQUESTS, row, strict=True)) for row in product(*REQUESTS.values())]
    frame = pl.DataFrame([*places, *requests], infer_schema_length=None)
    path = tmp_path_factory.mktemp("census") / "rows.parquet"
    frame.with_columns(bytes_sent=10).write_parquet(path)
    return envoylog.open(path)


@pytest.mark.parametrize("dimension", UNUSUAL)
def test_what_is_unusual_has_a_sign(log: envoylog.AccessLog, dimension: str) -> None:
    _source, signs = SIGNS[dimension]
    unusual, signless = (
        log.sql(
            f"select count(*) filter ({UNUSUAL[dimension]}), "  # noqa: S608 - our own words
            f"count(*) filter ({UNUSUAL[dimension]} and not coalesce({' or '.join(signs)}, false)) "
            "from access"
        )
        .pl()
        .row(0)
    )
    assert unusual > 0
    assert signless == 0


def test_a_sign_alone_leaves_nothing_out(tmp_path: Path) -> None:
    """Signs are seen, and nothing comes of them."""
    frame = pl.DataFrame(
        {
            "start_time": ["2026-11-24T12:00:00", "2026-11-24T12:00:01"],
            "authority": ["a-shadowy.example", "b.example"],
            "duration": [90_000, 5],
            "response_code": [500, 200],
            "downstream_remote_address": ["10.0.1.1:1", "10.0.1.2:2"],
            "upstream_local_address": ["10.0.2.1:1", "10.0.2.1:2"],
        }
    ).with_columns(pl.col("start_time").str.to_datetime(time_unit="us", time_zone="UTC"))
    frame.write_parquet(tmp_path / "rows.parquet")
    with envoylog.open(tmp_path / "rows.parquet") as log:
        answer = log.ask("latency-by-authority")
    assert answer.basis is not None
    assert answer.basis.requests == 2
    assert answer.notes == ()
