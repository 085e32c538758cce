"""The view `access`: derived columns, from tables of values."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.catalog.columns import CANONICAL


def view(tmp_path: Path, trusted_hops: int | None = None, **columns: object) -> envoylog.AccessLog:
    path = tmp_path / "rows.parquet"
    pl.DataFrame({name: [value] for name, value in columns.items()}).write_parquet(path)
    return envoylog.open(path, trusted_hops=trusted_hops)


@pytest.mark.parametrize(
    ("cluster", "kind", "direction", "port", "subset", "service", "namespace"),
    [
        ("outbound|80|v1|a.ns.svc.cluster.local", "istio", "outbound", 80, "v1",
         "a.ns.svc.cluster.local", "ns"),
        ("outbound|8000||httpbin.foo.svc", "istio", "outbound", 8000, None,
         "httpbin.foo.svc", "foo"),
        ("outbound|80||h;", "istio", "outbound", 80, None, "h", None),  # Istio 1.23 and 1.24
        ("outbound|443||www.example.com", "istio", "outbound", 443, None, "www.example.com", None),
        ("inbound|8080||", "istio", "inbound", 8080, None, None, None),
        ("inbound|8080||;", "istio", "inbound", 8080, None, None, None),
        # The name of the port, in old releases: no subset.
        ("inbound|80|http|h.default.svc", "istio", "inbound", 80, None,
         "h.default.svc", "default"),
        ("PassthroughCluster", "istio", None, None, None, None, None),
        ("InboundPassthroughClusterIpv4", "istio", None, None, None, None, None),
        ("BlackHoleCluster", "istio", None, None, None, None, None),
        ("httproute/default/shop/rule/0", "envoy-gateway", None, None, None, "shop", "default"),
        ("grpcroute/ns/pay/rule/1/backend/0", "envoy-gateway", None, None, None, "pay", "ns"),
        ("default/kuard/80/da39a3ee5e", "contour", None, 80, None, "kuard", "default"),
        ("outbound|x||h", "plain", None, None, None, "outbound|x||h", None),
        ("shop", "plain", None, None, None, "shop", None),
        (None, None, None, None, None, None, None),
    ],
)  # fmt: skip
def test_parts_of_a_cluster_name(
    tmp_path: Path,
    cluster: str | None,
    kind: str | None,
    direction: str | None,
    port: int | None,
    subset: str | None,
    service: str | None,
    namespace: str | None,
) -> None:
    log = view(tmp_path, response_code=200, upstream_cluster=cluster)
    names = ("kind", "direction", "port", "subset", "service", "namespace")
    parts = ", ".join(f"cluster_{name}" for name in names)
    assert log.sql(f"select {parts} from access").pl().row(0) == (  # noqa: S608
        kind,
        direction,
        port,
        subset,
        service,
        namespace,
    )


@pytest.mark.parametrize(
    ("flags", "expected"), [(None, []), ("UF", ["UF"]), ("URX,UF", ["URX", "UF"])]
)
def test_flags_are_a_list(tmp_path: Path, flags: str | None, expected: list[str]) -> None:
    log = view(tmp_path, response_code=503, response_flags=flags)
    assert log.sql("select flags from access").pl().item().to_list() == expected


@pytest.mark.parametrize(
    ("chain", "hops", "remote", "expected"),
    [
        # Without trusted hops, Envoy's own decision.
        ("1.1.1.1,2.2.2.2", None, "10.0.0.1:4711", "10.0.0.1"),
        (None, None, "[2001:db8::1]:0", "2001:db8::1"),
        (None, None, "2001:db8::1", "2001:db8::1"),
        ("1.1.1.1,2.2.2.2", None, None, "2.2.2.2"),
        # The last of the chain is the peer of this Envoy; hops are counted to its left.
        ("9.9.9.9,1.1.1.1,2.2.2.2", 0, "10.0.0.1:1", "10.0.0.1"),
        ("9.9.9.9,1.1.1.1,2.2.2.2", 0, None, "2.2.2.2"),
        ("9.9.9.9,1.1.1.1,2.2.2.2", 1, "10.0.0.1:1", "1.1.1.1"),
        ("9.9.9.9, 1.1.1.1 , 2.2.2.2", 2, "10.0.0.1:1", "9.9.9.9"),
        # Too short a chain was not written by all the proxies: back to what Envoy saw.
        ("2.2.2.2", 1, "10.0.0.1:1", "10.0.0.1"),
        (None, 1, "10.0.0.1:1", "10.0.0.1"),
        # What is no address proves nothing.
        ("unknown,2.2.2.2", 1, "10.0.0.1:1", "10.0.0.1"),
        ("<script>,2.2.2.2", 1, "10.0.0.1:1", "10.0.0.1"),
        ("1.1.1.1:5678,2.2.2.2", 1, "10.0.0.1:1", "1.1.1.1"),
        ("[2001:db8::2]:443,2.2.2.2", 1, "10.0.0.1:1", "2001:db8::2"),
        ("2001:db8::2,2.2.2.2", 1, "10.0.0.1:1", "2001:db8::2"),
        (None, None, "/var/run/envoy.sock", None),
        (None, None, None, None),
    ],
)
def test_client_ip(
    tmp_path: Path, chain: str | None, hops: int | None, remote: str | None, expected: str | None
) -> None:
    log = view(tmp_path, hops, x_forwarded_for=chain, downstream_remote_address=remote)
    assert log.sql("select client_ip from access").pl().item() == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        # Of a TCP connection Envoy writes "-" for all that belongs to a request.
        ({"protocol": None, "method": None}, True),
        ({"method": None}, True),
        ({"path": None}, True),
        ({"authority": None}, True),
        # A client that left before the answer has code 0 as well.
        ({"protocol": "HTTP/1.1", "method": "GET"}, False),
        ({"protocol": None, "method": "GET"}, False),
        ({"path": "/cart"}, False),
        # A format that logs none of them says nothing, but for the type of the record.
        ({}, False),
        ({"access_log_type": "DownstreamEnd"}, False),
        ({"access_log_type": "TcpConnectionEnd"}, True),
    ],
)
def test_connections_are_streams_if_something_says_so(
    tmp_path: Path, columns: dict[str, str | None], expected: bool
) -> None:
    path = tmp_path / "rows.parquet"
    row = {"response_code": 0, "upstream_host": "10.0.0.1:80", **columns}
    schema = {name: pl.Int16 if name == "response_code" else pl.String for name in row}
    pl.DataFrame([row], schema=schema).write_parquet(path)
    assert envoylog.open(path).sql("select is_stream from access").pl().item() is expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        # A timer of the upstream's own fired, and it had nothing to say.
        ({"response_code": 204}, True),
        ({"response_code": 304}, True),
        ({"upstream_service_time": 20_000}, True),
        ({"upstream_service_time": 19_995}, True),
        ({"upstream_service_time": 55_100}, True),
        # Sooner, or between round times: it was slow, as far as anybody can tell.
        ({"upstream_service_time": 19_994}, False),
        ({"upstream_service_time": 15_000}, False),
        ({"upstream_service_time": 24_994}, False),
        ({"upstream_service_time": 55_101}, False),
        ({"upstream_service_time": 27_500}, False),
        # Something came, or a timeout behind the upstream made it answer with less.
        ({"response_code": 200}, False),
        ({"response_code": 206}, False),
        # Failures stay, whatever they took.
        ({"response_code": 404}, False),
        ({"response_code": 504}, False),
        ({"response_code": 504, "upstream_service_time": None}, False),
        ({"response_code": 0, "upstream_service_time": None}, False),
        # What changes something is no poll; and without the upstream's time nothing is known.
        ({"method": "POST"}, False),
        ({"method": "DELETE"}, False),
        ({"method": None}, False),
        ({"upstream_service_time": None}, False),
    ],
)
def test_long_polls_are_streams_if_nothing_came(
    tmp_path: Path, columns: dict[str, object], expected: bool
) -> None:
    poll = {"method": "GET", "response_code": 204, "upstream_service_time": 30_012} | columns
    schema = {"method": pl.String, "response_code": pl.Int16, "upstream_service_time": pl.Int64}
    path = tmp_path / "rows.parquet"
    pl.DataFrame([poll], schema=schema).with_columns(duration=30_020).write_parquet(path)
    assert envoylog.open(path).sql("select is_stream from access").pl().item() is expected


def test_every_canonical_column_is_there_with_its_type(tmp_path: Path) -> None:
    log = view(tmp_path, response_code=200, req_x_tenant="a")
    described = log.query("select * from access limit 0")
    types = dict(zip(described.columns, map(str, described.types), strict=True))
    names = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    for name, type_ in CANONICAL.items():
        if name != "response_code":
            assert types[name] == names.get(type_, type_), name
    assert log.sql("select req_x_tenant, authority from access").pl().row(0) == ("a", None)


def test_client_ip_by_trusted_hops_is_envoys_own(istio_parquet: Path) -> None:
    """The Envoy of the samples trusts one hop; counting in X-Forwarded-For finds the same."""
    sql = """
        select count(*) filter (where client_ip = ip_of(downstream_remote_address)), count(*)
        from access
        where regexp_full_match(x_forwarded_for, '.*[0-9a-f:.]+,[0-9.]+')
          and not regexp_matches(x_forwarded_for, '[0-9]:[0-9]+,|unknown,')
          and downstream_remote_address like '%:0'
    """
    same, total = envoylog.open(istio_parquet, trusted_hops=1).sql(sql).pl().row(0)
    assert same == total > 1000
