"""The questions about routes: small answers computed by hand, and the samples against pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import envoylog
from tests.questions.made import START, at, made

EVERYTHING = ["probe", "stream", "mirror"]
GET = {"method": "GET", "authority": "a", "response_code": 200}


def test_top_routes(tmp_path: Path) -> None:
    rows = [
        {"path": "/often", "duration": 1, "bytes_sent": 1},
        {"path": "/often?x=1", "duration": 2, "bytes_sent": 2},
        {"path": "/often", "duration": 3, "bytes_sent": None},
        {"path": "/slow", "duration": 94, "bytes_sent": 3},
        {"path": "/large", "duration": 0, "bytes_sent": 94},
    ]
    log = made(tmp_path, rows, **GET)
    often = ("GET", "a", "/often", 3, 0.6, 6, 0.06, 3, 0.03)
    slow = ("GET", "a", "/slow", 1, 0.2, 94, 0.94, 3, 0.03)
    large = ("GET", "a", "/large", 1, 0.2, 0, 0.0, 94, 0.94)
    assert log.ask("top-routes").pl().rows() == [often, large, slow]
    assert log.ask("top-routes", parameters={"sort": "time"}).pl().rows() == [slow, often, large]
    assert log.ask("top-routes", parameters={"sort": "bytes"}).pl().rows() == [large, often, slow]
    with pytest.raises(envoylog.QueryError, match="must be one of requests, time, bytes"):
        log.ask("top-routes", parameters={"sort": "; drop table"})


def test_profile(tmp_path: Path) -> None:
    codes = [101, 200, 200, 301, 404, 500, 0]
    rows = [
        {"path": "/a", "response_code": code, "duration": ms, "response_flags": None}
        for code, ms in zip(codes, (1, 2, 3, 4, 5, 6, 7), strict=True)
    ]
    rows += [{"path": "/b", "response_code": 200, "duration": 70}]
    log = made(tmp_path, rows, method="GET", authority="a", protocol="HTTP/1.1")
    a = ("GET", "a", "/a", 7, 1, 2, 1, 1, 1, 1, 1, 4.0, 4, None, None, 7, 28, 28 / 98)
    b = ("GET", "a", "/b", 1, 0, 1, 0, 0, 0, 0, 70, 70.0, None, None, None, 70, 70, 70 / 98)
    everything = log.ask("profile", include=EVERYTHING)
    assert everything.pl().rows() == [b, a]
    assert log.ask("profile", include=EVERYTHING, parameters={"sort": "count"}).pl().rows() == [
        a,
        b,
    ]
    # The upgrade (101) is a stream.
    assert log.ask("profile").pl()["count"].to_list() == [1, 6]


def test_slow_routes(tmp_path: Path) -> None:
    # A thousand requests of 1..1000 ms: p99 is 990, and with 95 % confidence between the values of
    # rank 1000 x 0.99 -+ 1.96 x sqrt(9.9), which is 983.8 and 996.2: from 984 to 998.
    rows = [{"path": "/even", "duration": ms} for ms in range(1, 1001)]
    # One bad day of few requests: its p99 is not told, and its lower bound is honest.
    rows += [{"path": "/unlucky", "duration": 5000 if n == 0 else 10} for n in range(150)]
    rows += [{"path": "/rare", "duration": 9000} for _ in range(99)]
    answer = made(tmp_path, rows, **GET).ask("slow-routes").pl()
    assert answer.drop("method", "authority").rows() == [
        ("/even", 1000, 500, 950, 990, 984, 998, 1000),
        ("/unlucky", 150, 10, 10, None, 10, None, 5000),
    ]
    rare = made(tmp_path, rows, **GET).ask("slow-routes", parameters={"least": 99}).pl()
    assert rare.row(0, named=True)["route"] == "/rare"


def test_large_bodies(tmp_path: Path) -> None:
    rows = [
        {"path": "/a", "duration": ms, "bytes_received": 0, "bytes_sent": 10}
        for ms in range(1, 101)
    ]
    rows += [
        {"path": "/a", "duration": 900 + n, "bytes_received": 600, "bytes_sent": 400}
        for n in range(20)
    ]
    rows += [
        {
            "path": "/a",
            "duration": 950,
            "bytes_received": 0,
            "bytes_sent": 5000,
            "downstream_remote_address": "192.0.2.2:1",
        }
    ]
    rows += [{"path": "/b", "duration": 1, "bytes_received": 999, "bytes_sent": None}]
    log = made(tmp_path, rows, downstream_remote_address="192.0.2.1:1", **GET)
    answer = log.ask("large-bodies", parameters={"larger_than": 1000}).pl()
    assert answer.drop("method", "authority").rows() == [
        # Of 121 durations the 115th is 914; without the large bodies the 95th of 100 is 95.
        ("/a", 121, 21, 25_000, 25_000 / 26_000, 5000, 914, 95, "192.0.2.1", 0.8),
    ]


def test_profile_diff(tmp_path: Path) -> None:
    rows = [{"at": n, "path": "/a", "duration": 10} for n in range(5)]
    rows += [{"at": 10 + n, "path": "/a", "duration": 15, "response_code": 500} for n in range(5)]
    rows += [{"at": n, "path": "/b", "duration": 50} for n in (0, 14)]
    log = made(tmp_path, rows, **GET)
    answer = log.ask("profile-diff").pl()
    a = ("GET", "a", "/a", 5, 5, 0.0, 1.0, 10, 15, 0.5, None, None, None, 0.5, 0.6)
    b = ("GET", "a", "/b", 1, 1, 0.0, 0.0, None, None, None, None, None, None, 0.5, 0.4)
    assert answer.rows() == [a, b]
    assert log.ask("profile-diff", parameters={"at": at(7)}).pl().rows() == [a, b]
    filters = {"before": "response_code = 200 and path = '/a'", "after": "error"}
    (row,) = log.ask("profile-diff", parameters=filters).pl().rows()
    assert row[:10] == a[:10]
    others = log.ask("profile-diff", parameters={"before": "path = '/a'"}).pl()
    assert others.select("route", "n_before", "n_after").rows() == [("/a", 10, 0), ("/b", 0, 2)]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"after": "error"}, "--after needs --before"),
        ({"before": "error", "at": START}, "give --at or filters, not both"),
        ({"before": "1; drop table x"}, "the filter"),
        ({"before": "(select 1) = 1"}, "a query of its own"),
    ],
)
def test_profile_diff_refuses(tmp_path: Path, parameters: dict[str, object], words: str) -> None:
    log = made(tmp_path, [{"path": "/a", "duration": 1}], **GET)
    with pytest.raises(envoylog.QueryError, match=words):
        log.ask("profile-diff", parameters=parameters)


def test_the_samples_agree_with_pandas(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    rows = log.sql("select method, authority, route, response_code, duration from access").df()
    profile = log.ask("profile", limit=0, include=EVERYTHING).df()
    groups = rows.groupby(["method", "authority", "route"], dropna=False)
    assert len(profile) == len(groups)
    key = ["method", "authority", "route"]
    expected = groups.agg(
        count=("duration", "size"),
        sum=("duration", "sum"),
        max=("duration", "max"),
        min=("duration", "min"),
    ).reset_index()
    both = profile.merge(expected, on=key, suffixes=("", "_expected"))
    assert len(both) == len(profile)
    for name in ("count", "sum", "max", "min"):
        assert (both[name] == both[f"{name}_expected"]).all()
    assert profile["5xx"].sum() == (rows["response_code"] >= 500).sum()
    assert profile["share"].sum() == pytest.approx(1)


def test_the_samples_know_their_routes(istio_parquet: Path) -> None:
    """The clients asked for /v1/orders/{id}; the timeouts are all of /v1/reports/{id}."""
    log = envoylog.open(istio_parquet)
    slowest = log.ask("timeouts").pl().row(0, named=True)
    assert slowest["route"] == "/v1/reports/{id}"
    routes = log.ask("top-routes", limit=0).pl()
    orders = routes.filter(route="/v1/orders/{id}")
    assert orders["requests"].item() == 84
    assert pd.isna(orders["bytes_share"].item()) is False
