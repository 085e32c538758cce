"""The questions about latency: small answers computed by hand, and the samples against pandas."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

import envoylog
from tests.questions.made import at, made

EVERYTHING = ["probe", "stream", "mirror"]


def test_latency(tmp_path: Path) -> None:
    # 1..300 ms: the p50 is 150, p90 270, p95 285, p99 297; p99.9 asks for more.
    rows = [{"at": n / 10, "authority": "busy", "duration": n} for n in range(1, 301)]
    rows += [{"at": 70, "authority": "calm", "duration": ms} for ms in (1, 2, 3, 4)]
    log = made(tmp_path, rows, response_code=200)
    busy = ("busy", 300, 150, 270, 285, 297, None, 300)
    calm = ("calm", 4, None, None, None, None, None, 4)
    assert log.ask("latency-by-authority").pl().rows() == [busy, calm]

    nothing = (0, None, None, None, None, None, None)
    assert log.ask("latency", bucket="1m").pl().rows() == [
        ("busy", at(0), *busy[1:]),
        ("busy", at(60), *nothing),
        ("calm", at(0), *nothing),
        ("calm", at(60), *calm[1:]),
    ]
    top = log.ask("latency", bucket="1m", parameters={"top": 1}).pl()
    assert set(top["authority"]) == {"busy"}


def test_a_percentile_needs_enough_requests(tmp_path: Path) -> None:
    rows = [
        {"authority": f"n{n:04}", "duration": ms}
        for n in (4, 5, 28, 29, 58, 59, 298, 299, 2994, 2995)
        for ms in range(n)
    ]
    answer = made(tmp_path, rows, response_code=200).ask("latency-by-authority", limit=0).pl()
    names = ("p50", "p90", "p95", "p99", "p999")
    told = {
        row["n"]: [name for name in names if row[name] is not None]
        for row in answer.iter_rows(named=True)
    }
    # With n values the true quantile lies beyond all of them in share ** n of the cases: below 5 %.
    assert told == {
        4: [],
        5: ["p50"],
        28: ["p50"],
        29: ["p50", "p90"],
        58: ["p50", "p90"],
        59: ["p50", "p90", "p95"],
        298: ["p50", "p90", "p95"],
        299: ["p50", "p90", "p95", "p99"],
        2994: ["p50", "p90", "p95", "p99"],
        2995: list(names),
    }


def parts(answer: envoylog.Answer) -> dict[str, tuple[int, int]]:
    return {
        part: (n, time) for part, n, time in answer.pl().select("part", "requests", "time").rows()
    }


ALL = {
    "upstream_service_time": 60,
    "request_duration": 10,
    "request_tx_duration": 15,
    "response_duration": 75,
    "response_tx_duration": 25,
}


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        # 10 ms of upload, 5 of filters, 60 of upstream, 25 of download make 100.
        (
            ("upstream_service_time", "request_duration", "response_duration"),
            {"client upload": 10, "Envoy": 5, "upstream": 60, "client download": 25},
        ),
        (
            ("upstream_service_time", "request_duration", "response_tx_duration"),
            {"client upload": 10, "Envoy": 5, "upstream": 60, "client download": 25},
        ),
        # Without the header, the upstream's time is from the last byte sent to it.
        (
            ("request_duration", "request_tx_duration", "response_duration"),
            {"client upload": 10, "Envoy": 5, "upstream": 60, "client download": 25},
        ),
        (
            ("upstream_service_time",),
            {"upstream": 60, "client upload + Envoy + client download": 40},
        ),
        (
            ("upstream_service_time", "response_duration"),
            {"upstream": 60, "client download": 25, "client upload + Envoy": 15},
        ),
        (
            ("upstream_service_time", "request_duration"),
            {"client upload": 10, "upstream": 60, "Envoy + client download": 30},
        ),
        (
            ("request_duration", "response_duration"),
            {"client upload": 10, "client download": 25, "Envoy + upstream": 65},
        ),
        (
            ("request_tx_duration", "response_duration"),
            {"upstream": 60, "client download": 25, "client upload + Envoy": 15},
        ),
        (
            ("response_tx_duration",),
            {"client download": 25, "client upload + Envoy + upstream": 75},
        ),
        (
            ("request_duration", "request_tx_duration"),
            {"client upload": 10, "Envoy": 5, "upstream + client download": 85},
        ),
        (
            ("request_duration",),
            {"client upload": 10, "Envoy + upstream + client download": 90},
        ),
    ],
)
def test_slow_tells_parts_as_far_as_the_format_does(
    tmp_path: Path, logged: tuple[str, ...], expected: dict[str, int]
) -> None:
    row = {"duration": 100, "response_code": 200, "upstream_host": "h"}
    log = made(tmp_path, [row | {name: ALL[name] for name in logged}] * 2)
    answer = log.ask("slow")
    assert parts(answer) == {part: (2, 2 * time) for part, time in expected.items()}
    assert sum(answer.pl()["share"]) == pytest.approx(1)


def test_slow_tells_requests_without_an_answer_apart(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [
            {"duration": 100, "upstream_service_time": 90, "upstream_host": "h"},
            {"duration": 3, "upstream_service_time": 0, "upstream_host": "h"},
            {"duration": 150, "response_code": 504, "response_flags": "UT", "upstream_host": "h"},
            {"duration": 80, "response_code": 0, "response_flags": "DC", "upstream_host": "h"},
            {"duration": 1, "response_code": 404, "response_flags": "NR", "upstream_host": None},
        ],
        method="GET",
        response_code=200,
        response_flags=None,
    )
    answer = log.ask("slow", parameters={"slower_than": 100})
    assert answer.pl().select("part", "requests", "time", "slow_requests", "slow_time").rows() == [
        ("upstream", 2, 90, 1, 90),
        ("client upload + Envoy + client download", 2, 13, 1, 10),
        ("no answer from the upstream", 1, 150, 1, 150),
        ("no answer: the client left first", 1, 80, 0, 0),
        ("no upstream asked: Envoy answered itself", 1, 1, 0, 0),
    ]


def test_slow_survives_answers_that_came_before_the_upload_ended(tmp_path: Path) -> None:
    row = {
        "duration": 100,
        "request_duration": 90,
        "request_tx_duration": 95,
        "response_duration": 20,
        "response_code": 413,
    }
    assert parts(made(tmp_path, [row]).ask("slow")) == {
        "client upload": (1, 20),
        "Envoy": (1, 0),
        "upstream": (1, 0),
        "client download": (1, 80),
    }


def test_slow_requests_and_callers(tmp_path: Path) -> None:
    rows = [
        {"at": 0, "duration": 2000, "downstream_remote_address": "192.0.2.1:1", "request_id": "a"},
        {"at": 1, "duration": 3000, "downstream_remote_address": "192.0.2.1:2", "request_id": "b"},
        {"at": 2, "duration": 10, "downstream_remote_address": "192.0.2.1:3", "request_id": "c"},
        {"at": 3, "duration": 3000, "downstream_remote_address": "192.0.2.2:1", "request_id": "d"},
        {"at": 4, "duration": 999, "downstream_remote_address": "192.0.2.3:1", "request_id": "e"},
    ]
    rows[1]["path"] = "/b/7"  # where the first caller waited longest
    log = made(tmp_path, rows, response_code=200, path="/a")
    slowest = log.ask("slow-requests", parameters={"slower_than": 1000}).pl()
    assert slowest["request_id"].to_list() == ["b", "d", "a"]
    callers = log.ask("slow-callers").pl()
    assert callers.rows() == [
        ("192.0.2.1", 3, 2, 2 / 3, 3 / 5, 5010, 3000, "/b/{id}"),
        ("192.0.2.2", 1, 1, 1.0, 3 / 5, 3000, 3000, "/a"),
    ]


def test_timeouts(tmp_path: Path) -> None:
    # Fifteen seconds and a little, a few just before; an honest spread around 150 ms; a few 5 s.
    piled = [14996, 14999, 15000, 15000, 15001, 15025]
    spread = range(100, 200)
    few = [5000, 5001, 5002, 5003]
    rows = [{"duration": ms, "response_code": 504, "response_flags": "UT"} for ms in piled]
    rows += [
        {"duration": ms, "response_code": 200, "response_flags": None} for ms in [*spread, *few]
    ]
    rows += [
        {"duration": ms, "response_code": 0, "response_flags": "DC"} for ms in [14000, 14994, 15026]
    ]
    rows = [{"at": n, **row} for n, row in enumerate(rows)]
    log = made(tmp_path, rows, authority="a", path="/a")
    answer = log.ask("timeouts").pl()
    assert answer.rows() == [
        # 14,994 and 15,026 are just beyond: two neighbours, one of them expected within.
        ("a", "/a", 15000, 6, 1.0, 504, "UT", at(0), at(5)),
    ]


def test_long_polls_hide_neither_timeouts_nor_what_was_slow(tmp_path: Path) -> None:
    """Eight polls that ended with nothing; beside them what a bad night looks like."""
    polls = [(204, None, 30_003 + n, 30_001 + n) for n in range(4)]
    polls += [(304, None, 60_004, 60_002)] * 4
    # An upstream whose own backend timed out, Envoy's timeouts, and one that was merely slow.
    night: list[tuple[object, ...]] = [(200, None, 30_008, 30_006)] * 6
    night += [(504, "UT", 30_000, None)] * 5
    night += [(204, None, 27_310, 27_309)]
    rows = [
        {
            "at": n,
            "response_code": code,
            "response_flags": flags,
            "duration": duration,
            "upstream_service_time": ust,
        }
        for n, (code, flags, duration, ust) in enumerate([*polls, *night])
    ]
    log = made(tmp_path, rows, method="GET", authority="a", path="/a")
    latency = log.ask("latency-by-authority")
    assert latency.pl().select("authority", "n", "p50").rows() == [("a", 12, 30_000)]
    assert latency.notes == ("left out: 8 streams (--include)",)
    slowest = log.ask("slow-requests", limit=0).pl()
    assert slowest["code"].value_counts().sort("code").rows() == [(200, 6), (204, 1), (504, 5)]
    timeouts = log.ask("timeouts").pl()
    assert timeouts.select("timeout", "requests", "code").rows() == [(30_000, 15, 200)]


def test_timeouts_of_the_real_envoy(istio_parquet: Path) -> None:
    """The route api-reports has a timeout of 150 ms, and nothing else piles up there."""
    log = envoylog.open(istio_parquet)
    answer = log.ask("timeouts", where="path like '/v1/reports/%'").pl().to_dicts()
    assert [(row["timeout"], row["code"], row["flags"]) for row in answer] == [(150, 504, "UT")]
    assert sum(row["requests"] for row in answer) == 49


def test_the_samples_agree_with_pandas(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    rows = pd.read_parquet(istio_parquet)

    answer = log.ask("latency-by-authority", limit=0, include=EVERYTHING).df()
    answer = answer.set_index("authority")
    for authority, durations in rows.groupby("authority")["duration"]:
        for name, share in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
            if share ** len(durations) > 0.05:
                assert pd.isna(answer.loc[authority, name])
            else:
                expected = sorted(durations)[math.ceil(len(durations) * share) - 1]
                assert answer.loc[authority, name] == expected, (authority, name)
        assert answer.loc[authority, "n"] == len(durations)

    split = log.ask("slow", include=EVERYTHING).pl()
    assert split["time"].sum() == rows["duration"].sum()
    assert split["time"].item(0) == rows["upstream_service_time"].sum()
    answered = rows["upstream_service_time"].notna()
    assert split["requests"].to_list()[:2] == [answered.sum()] * 2

    slowest = log.ask("slow-requests", limit=5, include=EVERYTHING).pl()
    assert slowest["duration"].to_list() == rows["duration"].nlargest(5).to_list()


def test_the_upstreams_time_covers_all_attempts(istio_parquet: Path) -> None:
    """Retried requests: the client's whole wait stands in the header, not the last attempt's."""
    sql = """
        select max(duration - upstream_service_time), count(*) from access
        where path like '/v1/orders/%' and upstream_service_time is not null
    """
    rest, n = envoylog.open(istio_parquet).sql(sql).pl().row(0)
    assert n > 50
    # Back-off between attempts alone is 5 ms and more.
    assert rest < 5


def test_latency_over_time(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"at": n / 10, "duration": n + 1} for n in range(500)]
    rows += [{"at": 130, "duration": 7}, {"at": 131, "duration": None}]
    log = made(tmp_path, rows, response_code=200)
    assert log.ask("latency-over-time", bucket="1m").pl().rows() == [
        (at(0), 500, 250, 450, 495, 500),
        (at(60), 0, None, None, None, None),
        (at(120), 1, None, None, None, 7),  # one request has no median
    ]


def test_latency_heatmap(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"at": 0, "duration": d} for d in (0, 1, 1, 2, 4, 9)]
    rows += [{"at": 61, "duration": d} for d in (5, -3, None)]
    log = made(tmp_path, rows, response_code=200)
    assert log.ask("latency-heatmap", bucket="1m").pl().rows() == [
        (at(0), 0, 1, 1),
        (at(0), 1, 2, 2),
        (at(0), 2, 5, 2),
        (at(0), 5, 10, 1),
        (at(60), 0, 1, 1),
        (at(60), 1, 2, 0),
        (at(60), 2, 5, 0),
        (at(60), 5, 10, 1),
    ]


def test_every_duration_has_one_cell_of_the_heatmap(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    cells = log.ask("latency-heatmap", limit=0, include=EVERYTHING).pl()
    assert cells["requests"].sum() == log.sql("select count(duration) from access").pl().item()
