"""Groups of lines are a log of their own: what is derived of them is what is derived of lines."""

from __future__ import annotations

from pathlib import Path

import pytest

import envoylog
from tests.questions.made import made, table


@pytest.fixture
def log(tmp_path: Path) -> envoylog.AccessLog:
    rows = table(
        "response_code response_flags upstream_cluster downstream_remote_address x_forwarded_for",
        (503, "UF", "outbound|80|v1|a.shop.svc", "192.0.2.1:40000", "192.0.2.1"),
        (503, "UF", "outbound|80|v1|a.shop.svc", "192.0.2.1:40001", "192.0.2.1"),
        (503, "UH", "outbound|80|v1|a.shop.svc", "192.0.2.2:0", "10.0.0.1,192.0.2.2"),
        (200, None, "plain", "[2001:db8::1]:555", "2001:db8::1"),
        (200, None, None, "[2001:db8::1]:0", None),
        (200, None, None, None, "198.51.100.7"),
    )
    return made(tmp_path, rows, path="/")


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (("response_code", "response_flags", "grpc_code"), "verdict, side, error, flags"),
        (("upstream_cluster",), "cluster_service, cluster_kind"),
        (("grpc_code", "response_code"), "error"),
        (
            ("x_forwarded_for", "short_socket(downstream_remote_address)"),
            "client_ip, client_ip_source, peer_ip, xff_suspect",
        ),
    ],
)
def test_what_follows_from_groups_follows_from_lines(
    log: envoylog.AccessLog, keys: tuple[str, ...], found: str
) -> None:
    named = ", ".join(
        f"{key} as {key.partition('(')[2].rstrip(')')}" if "(" in key else key for key in keys
    )
    whole = f"select {found}, count(*) as n from access group by all order by all"  # noqa: S608
    grouped = (
        f"select {named}, count(*) as lines from access group by all; "  # noqa: S608
        f"select {found}, sum(lines)::bigint as n from grouped group by all order by all"
    )
    expected = log.sql(whole).pl()
    for _ in range(2):
        assert log.sql(grouped).pl().equals(expected)
        assert log.sql(whole).pl().equals(expected)
    with envoylog.open(log.paths) as afresh:
        assert afresh.sql(grouped).pl().equals(expected)
        assert afresh.sql(whole).pl().equals(expected)


def test_tables_of_groups_are_not_taken_for_those_of_lines(log: envoylog.AccessLog) -> None:
    few = (
        "select response_code, response_flags, grpc_code from access where response_flags = 'UH'; "
        "select verdict from grouped"
    )
    assert log.sql(few).pl().height == 1
    counted = "select count(verdict) from access where response_flags is not null"
    assert log.sql(counted).pl().item() == 3


def test_what_the_groups_lack_is_missing_and_not_null(log: envoylog.AccessLog) -> None:
    sql = "select count(*) as n from access; select cluster_service from grouped"
    with pytest.raises(envoylog.QueryError, match="upstream_cluster"):
        log.sql(sql)


def test_two_selects_are_one_question_or_none(log: envoylog.AccessLog) -> None:
    for sql in ("select 1; select 2", "select 1 as a; select 2 as b; select a from grouped"):
        with pytest.raises(envoylog.QueryError, match="expected one select statement"):
            log.sql(sql)
