"""The questions of a page that a manager reads: small answers computed by hand, and the samples."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

import envoylog
from tests.questions.made import START, at, made

HOUR, DAY = 3600, 86400


def test_traffic(tmp_path: Path) -> None:
    common = {"downstream_remote_address": "192.0.2.1:1", "user_agent": "x", "bytes_sent": 10}
    log = made(
        tmp_path,
        [
            {"at": 0, "bytes_sent": None},
            {"at": -1 * HOUR, "response_code": 503},
            {"at": -2 * HOUR, "downstream_remote_address": "192.0.2.2:1"},
            {"at": -23 * HOUR, "user_agent": "y"},
            {"at": -25 * HOUR},
            {"at": -26 * HOUR},
            {"at": -7 * DAY - HOUR},
            {"at": -8 * DAY},
        ],
        response_code=200,
        **common,
    )
    assert log.ask("traffic").pl().rows() == [
        ("requests", 4, 2, 1.0, 1, 3.0),
        ("unique visitors", 3, 1, 2.0, 1, 2.0),
        ("errors", 1, 0, None, 0, None),
        ("bytes received", None, None, None, None, None),
        ("bytes sent", 30, 20, 0.5, 10, 2.0),
    ]


def test_traffic_of_an_hour(tmp_path: Path) -> None:
    log = made(tmp_path, [{"at": s, "response_code": 200} for s in (0, 1, 1800, 3599, 3601, 7199)])
    # The window ends with its last request: this hour holds 3601 and 7199, the one before the rest.
    answer = log.ask("traffic", parameters={"period": "1h"}).pl()
    assert answer.row(0) == ("requests", 2, 4, -0.5, None, None)
    # Nothing tells visitors or bytes, which is not the same as none.
    assert answer.rows()[1] == ("unique visitors", None, None, None, None, None)


def test_traffic_leaves_an_unfinished_period_blank(tmp_path: Path) -> None:
    log = made(
        tmp_path, [{"at": 0}, {"at": -DAY - HOUR}, {"at": -2 * DAY + 2 * HOUR}], response_code=200
    )
    assert log.ask("traffic").pl().row(0) == ("requests", 1, None, None, None, None)


def test_error_rate(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [
            {"at": 0, "response_code": 200},
            {"at": 1, "response_code": 404},
            {"at": 2, "response_code": 503},
            {"at": 3, "response_code": 0, "response_flags": "DC"},
            {"at": 130, "response_code": 500},
        ],
    )
    answer = log.ask("error-rate", bucket="1m")
    assert answer.pl().rows() == [
        (at(0), 4, 1, 1, 1, 1, 0.25, 0.4),
        (at(60), 0, 0, 0, 0, 0, None, 0.4),
        (at(120), 1, 0, 1, 0, 1, 1.0, 0.4),
    ]


def test_intervals_of_a_window_are_those_that_the_data_covers(tmp_path: Path) -> None:
    moments = [("other", 0), ("mine", 61), ("mine", 185), ("other", 300)]
    rows = [{"at": second, "authority": name} for name, second in moments]
    log = made(tmp_path, rows, response_code=200)
    mine = log.ask("error-rate", authority="mine", bucket="1m")
    assert mine.pl()["requests"].to_list() == [1, 0, 1]
    # Nothing came in the first minute and the last, when there was a log; before there was none.
    for since, until in ((at(0), at(301)), ("2020-01-01", "2030-01-01")):
        mine = log.ask("error-rate", since=since, until=until, authority="mine", bucket="1m")
        assert mine.pl()["requests"].to_list() == [0, 1, 0, 1, 0, 0]
    # Five minutes from the first request to the last are cut into tens of seconds.
    assert log.ask("error-rate", since="2020-01-01").pl().height == 31


def test_error_rate_counts_grpc_statuses(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [
            {"response_code": 200, "grpc_status_number": 0},
            {"response_code": 200, "grpc_status_number": 14},
        ],
    )
    assert log.ask("error-rate").pl()["error_rate"].to_list() == [0.5]


def test_error_rate_of_errors_alone_is_refused(tmp_path: Path) -> None:
    log = made(tmp_path, [{"response_code": 503}, {"response_code": 404}])
    with pytest.raises(envoylog.QueryError, match="not one request of this log succeeded"):
        log.ask("error-rate")


def test_days_are_those_of_the_time_zone(tmp_path: Path) -> None:
    # Midnight of Zurich in winter is 23:00 UTC.
    log = made(
        tmp_path, [{"at": 10 * HOUR}, {"at": 11 * HOUR}, {"at": 12 * HOUR}], response_code=200
    )
    days = log.ask("error-rate", bucket="1d", timezone="Europe/Zurich").pl()
    assert days.select("time", "requests").rows() == [(at(-13 * HOUR), 1), (at(11 * HOUR), 2)]


def test_peaks(tmp_path: Path) -> None:
    moments = [0, 0.2, 0.999, 1.5, 61, 61.1, 61.2, 61.3, 119.5]
    names = ["b", "a", "a", "b", "b", "b", "a", "a", "a"]
    log = made(
        tmp_path,
        [{"at": moment, "authority": name} for moment, name in zip(moments, names, strict=True)],
        response_code=200,
    )
    # Nine requests in 120 seconds are 0.075 a second.
    assert log.ask("peaks", bucket="1m").pl().rows() == [
        (at(61), 4, 53.3, "a", 2, 0.5),
        (at(0), 3, 40.0, "a", 2, 2 / 3),
    ]


SHARES: list[dict[str, object]] = [
    {"authority": "a", "protocol": "HTTP/1.1", "upstream_cluster": "outbound|80|v1|a.x.svc"},
    {"authority": "a", "protocol": "HTTP/2", "upstream_cluster": "outbound|80|v2|a.x.svc"},
    {"authority": "b", "protocol": "HTTP/2", "grpc_status_number": 0, "upstream_cluster": "plain"},
    {"authority": None, "method": None, "response_code": 0, "duration": 5, "bytes_sent": None},
]
SAME = {
    "method": "GET",
    "response_code": 200,
    "duration": 10,
    "bytes_received": 1,
    "bytes_sent": 20,
}


def test_authorities(tmp_path: Path) -> None:
    assert made(tmp_path, SHARES, **SAME).ask("authorities").pl().rows() == [
        ("a", 2, 0.5, 20, 20 / 35, 40, 40 / 60),
        ("b", 1, 0.25, 10, 10 / 35, 20, 20 / 60),
        (None, 1, 0.25, 5, 5 / 35, None, None),
    ]


def test_services(tmp_path: Path) -> None:
    answer = made(tmp_path, SHARES, **SAME).ask("services").pl()
    assert answer.select("service", "clusters", "requests", "share", "time").rows() == [
        ("a.x.svc", 2, 2, 0.5, 20),
        ("plain", 1, 1, 0.25, 10),
        (None, 0, 1, 0.25, 5),
    ]


def test_protocols(tmp_path: Path) -> None:
    assert made(tmp_path, SHARES, **SAME).ask("protocols").pl().rows() == [
        ("HTTP/1.1", 1, 0.25, 1, 1, 20, 21 / 64),
        ("HTTP/2", 1, 0.25, 1, 1, 20, 21 / 64),
        ("TCP", 1, 0.25, 0, 1, None, 1 / 64),
        ("gRPC", 1, 0.25, 1, 1, 20, 21 / 64),
    ]


def test_the_samples_agree_with_pandas(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    rows = pd.read_parquet(istio_parquet)
    everything = ["probe", "stream", "mirror"]

    errors = log.ask("error-rate", bucket="1s", include=everything).df()
    seconds = rows.groupby(rows["start_time"].dt.floor("s"))["response_code"]
    assert len(errors) == len(seconds)
    for second, codes in seconds:
        assert errors.loc[second, "requests"] == len(codes)
        assert errors.loc[second, "5xx"] == (codes >= 500).sum()
        assert errors.loc[second, "code_0"] == (codes == 0).sum()
        assert errors.loc[second, "error_rate"] == (codes >= 500).mean()

    peak = log.ask("peaks", bucket="1s", limit=1, include=everything).df().iloc[0]
    busiest = seconds.size().sort_values(ascending=False)
    assert (peak["second"], peak["requests"]) == (busiest.index[0], busiest.iloc[0])

    authorities = log.ask("authorities", limit=0, include=everything).df().set_index("authority")
    for authority, group in rows.groupby("authority"):
        assert authorities.loc[authority, "requests"] == len(group)
        assert authorities.loc[authority, "time"] == group["duration"].sum()
        assert authorities.loc[authority, "bytes_share"] == pytest.approx(
            group["bytes_sent"].sum() / rows["bytes_sent"].sum()
        )

    visitors = log.ask("traffic", include=everything).pl().row(1)[1]
    frame = log.sql("select client_ip, user_agent from access").df()
    assert visitors == len(frame.dropna(subset="client_ip").drop_duplicates())


def test_the_default_interval_follows_from_the_window(tmp_path: Path) -> None:
    log = made(tmp_path, [{"at": 0}, {"at": DAY - 1}], response_code=200)
    times = log.ask("error-rate").pl()["time"].to_list()
    assert (times[0], times[1] - times[0], len(times)) == (START, timedelta(minutes=30), 48)


def test_status_over_time(tmp_path: Path) -> None:
    codes = [(0, 200), (1, 204), (2, 503), (3, 0), (125, 404), (126, 301), (127, 101), (128, None)]
    log = made(tmp_path, [{"at": second, "response_code": code} for second, code in codes])
    answer = log.ask("status-over-time", bucket="1m")
    names = ("time", "requests", "1xx", "2xx", "3xx", "4xx", "5xx", "none")
    assert answer.pl().columns == [*names]
    assert answer.pl().rows() == [
        (at(0), 4, 0, 2, 0, 0, 1, 1),
        (at(60), 0, 0, 0, 0, 0, 0, 0),
        (at(120), 4, 1, 0, 1, 1, 0, 1),
    ]
    parts = answer.picture.chart.y
    assert answer.pl().select(parts).sum_horizontal().to_list() == answer.pl()["requests"].to_list()
