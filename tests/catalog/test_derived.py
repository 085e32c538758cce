"""The view `base` with some of its columns gives what it gives with all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.catalog.columns import DERIVED


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("derived") / "rows.parquet"
    pl.DataFrame(
        {
            "start_time": [datetime(2026, 11, 24, tzinfo=UTC)] * 2,
            "duration": [90_000, 5],
            "method": ["CONNECT", "GET"],
            "path": ["/a/1?b=2#c", "/healthz"],
            "authority": ["shop-shadow", "shop"],
            "response_code": [503, 200],
            "response_flags": ["UF,DC", None],
            "grpc_status": ["Unavailable", None],
            "upstream_cluster": ["outbound|80|v1|a.shop.svc.cluster.local", "inbound|80||"],
            "requested_server_name": ["outbound_.80_.v1_.a.shop.svc.cluster.local", "shop"],
            "x_forwarded_for": ["192.0.2.1,10.0.0.1", None],
            "downstream_remote_address": ["192.0.2.1:0", "10.0.0.1:555"],
        }
    ).write_parquet(path)
    return path


@pytest.fixture(scope="module")
def among_all(path: Path) -> pl.DataFrame:
    with envoylog.open(path) as log:
        return log.sql("select * from access").pl()


@pytest.fixture(scope="module")
def log(path: Path) -> envoylog.AccessLog:
    return envoylog.open(path)


@pytest.mark.parametrize("name", DERIVED)
def test_a_column_alone(log: envoylog.AccessLog, among_all: pl.DataFrame, name: str) -> None:
    alone = log.sql(f"select {name} from access").pl()  # noqa: S608 - our own names
    assert alone[name].to_list() == among_all[name].to_list()


def test_every_derived_column_is_there(log: envoylog.AccessLog, among_all: pl.DataFrame) -> None:
    assert DERIVED.keys() <= set(among_all.columns)
    assert set(log.columns) == set(among_all.columns)
