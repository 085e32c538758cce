"""The questions about upstreams and load: small answers computed by hand, and the samples."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

import envoylog
from envoylog.questions.upstream_hosts import p_values
from tests.questions.made import at, made

EVERYTHING = ["probe", "stream", "mirror"]


def loads(log: envoylog.AccessLog, **parameters: object) -> list[tuple[object, ...]]:
    return log.ask("load-balance", bucket="1m", parameters=parameters).pl().rows()


def requests(host: str, seconds: Sequence[float], cluster: str = "c") -> list[dict[str, object]]:
    return [
        {"at": second, "upstream_host": host, "upstream_cluster": cluster} for second in seconds
    ]


def test_load_balance(tmp_path: Path) -> None:
    rows = requests("10.0.1.1:80", range(60)) + requests("10.0.1.2:80", range(20))
    rows += requests("10.0.9.1:80", range(5), cluster="alone")
    assert loads(made(tmp_path, rows, response_code=200)) == [
        # 80 requests, 40 for each; their standard deviation is the root of 80 / 4.
        ("c", "10.0.1.1:80", 60, 0.75, 1.5, 4.5),
        ("c", "10.0.1.2:80", 20, 0.25, 0.5, -4.5),
        ("alone", "10.0.9.1:80", 5, 1.0, 1.0, None),
    ]


def test_a_host_is_held_to_the_time_it_was_there(tmp_path: Path) -> None:
    # a alone for two minutes, then a and b evenly: b has a sixth of all and is no worse for it.
    rows = requests("a:80", [0, 1, 2, 3, 60, 61, 62, 63, 120, 121]) + requests("b:80", [122, 123])
    assert [row[1:5] for row in loads(made(tmp_path, rows, response_code=200))] == [
        ("a:80", 10, 10 / 12, 1.0),
        ("b:80", 2, 2 / 12, 1.0),
    ]


def test_load_balance_by_network(tmp_path: Path) -> None:
    rows = requests("10.0.1.1:80", range(3)) + requests("10.0.1.2:80", range(3))
    rows += requests("10.0.2.1:80", range(6)) + requests("[2001:db8::1]:80", range(4))
    assert loads(made(tmp_path, rows, response_code=200), by="network") == [
        # Sixteen requests, four for each of the four hosts; two of them share a network.
        ("c", "10.0.2.0/24", 6, 0.375, 1.5, 1.2),
        ("c", "[2001:db8::1]:80", 4, 0.25, 1.0, 0.0),
        ("c", "10.0.1.0/24", 6, 0.375, 0.75, -0.8),
    ]


def test_pods(tmp_path: Path) -> None:
    rows = [
        {"at": second, "pod": pod, "duration": ms, "response_code": code}
        for second, pod, ms, code in [
            *((second, "gateway-1", 10, 200) for second in range(6)),
            *((second, "gateway-2", second, 503 if second else 200) for second in range(2)),
            (3, None, 1, 200),
        ]
    ]
    answer = made(tmp_path, rows).ask("pods", bucket="1m").pl()
    assert answer.rows() == [
        ("gateway-1", at(0), at(5), 6, 0.75, 1.5, 0.0, 6, 10, None),
        ("gateway-2", at(0), at(1), 2, 0.25, 0.5, 0.5, 2, None, None),
    ]


def test_concurrency(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"at": 0, "duration": 10_000},  # 0 to 10
        {"at": 5, "duration": 70_000},  # 5 to 75
        {"at": 5, "duration": 0},  # no room
        {"at": 10, "duration": 20_000},  # takes the place of the first: 10 to 30
        {"at": 130, "duration": 1000},
        {"at": 180, "duration": 1000, "authority": "other"},
    ]
    log = made(tmp_path, rows, response_code=200, authority="mine")
    answer = log.ask("concurrency", bucket="1m", until=at(180), authority="mine")
    assert answer.pl().rows() == [
        # 10 + 55 + 20 seconds of requests in the first minute, 15 in the second.
        (at(0), 4, 2, 1.42, 0.0),
        (at(60), 0, 1, 0.25, 0.0),
        (at(120), 1, 1, 0.02, 0.0),
    ]


def test_concurrency_of_the_samples_is_that_of_their_clients(istio_parquet: Path) -> None:
    """Sixteen clients drove the traffic, each with one request at a time."""
    answer = envoylog.open(istio_parquet).ask("concurrency", bucket="1s", include=EVERYTHING).pl()
    assert answer["max"].to_list()[1:-1] == [16] * (len(answer) - 2)
    assert answer["requests"].sum() == 2000


def test_upstream_hosts(tmp_path: Path) -> None:
    rng = random.Random(7)  # noqa: S311 - repeatable
    rows = []
    for number in range(900):
        host = rng.choice("abc")
        ms = rng.randint(10, 30) + (6 if host == "c" else 0)
        rows.append({"at": number, "upstream_host": f"{host}:80", "upstream_service_time": ms})
    rows += [{"at": 1, "upstream_host": "d:80", "upstream_service_time": 900}]
    rows += [{"at": 1, "upstream_host": "a:80", "upstream_service_time": None}]
    log = made(tmp_path, rows, upstream_cluster="c1", response_code=200, method="GET", path="/a")
    answer = log.ask("upstream-hosts").pl()
    verdicts = dict(answer.select("upstream_host", "verdict").iter_rows())
    assert verdicts == {
        "c:80": "slower",
        "a:80": "faster",
        "b:80": "faster",
        "d:80": "too few requests",
    }
    assert answer["upstream_host"].item(0) == "c:80"
    slow = answer.row(0, named=True)
    assert slow["n"] == sum(row["upstream_host"] == "c:80" for row in rows)
    assert 0.6 < slow["slower_odds"] < 0.8
    assert slow["p_value"] < 1e-9


def test_upstream_hosts_by_hand(tmp_path: Path) -> None:
    # Ranks of 1 2 2 3: a has 1 and one 2 (1 + 2.5), b the other 2 and 3 (2.5 + 4). Of the four
    # pairs b is slower in three and equal in one: 3.5 / 4.
    times = [("a:80", 1), ("a:80", 2), ("b:80", 2), ("b:80", 3)]
    rows = [{"upstream_host": host, "upstream_service_time": ms} for host, ms in times]
    answer = (
        made(tmp_path, rows, upstream_cluster="c", response_code=200).ask("upstream-hosts").pl()
    )
    assert answer.select("upstream_host", "n", "slower_odds", "verdict").rows() == [
        ("b:80", 2, 0.875, "too few requests"),
        ("a:80", 2, 0.125, "too few requests"),
    ]


def test_a_host_is_not_blamed_for_the_busy_hour(tmp_path: Path) -> None:
    # b lives in the slow minute alone, where a is as slow.
    rng = random.Random(5)  # noqa: S311 - repeatable
    rows = [
        {
            "at": rng.uniform(0, 59),
            "upstream_host": "a:80",
            "upstream_service_time": rng.randint(1, 9),
        }
        for _ in range(400)
    ]
    rows += [
        {
            "at": rng.uniform(60, 119),
            "upstream_host": rng.choice(["a:80", "b:80"]),
            "upstream_service_time": rng.randint(100, 130),
        }
        for _ in range(400)
    ]
    log = made(tmp_path, rows, upstream_cluster="c", response_code=200)
    assert set(log.ask("upstream-hosts", bucket="1m").pl()["verdict"]) == {"alike"}
    # In one interval the two minutes mix, and b looks slow.
    assert log.ask("upstream-hosts", bucket="1d").pl()["verdict"].to_list() == ["slower", "faster"]


def test_a_host_without_siblings(tmp_path: Path) -> None:
    rows = [{"upstream_host": "a:80", "upstream_service_time": 5, "upstream_cluster": "c"}]
    answer = made(tmp_path, rows, response_code=200).ask("upstream-hosts").pl()
    assert answer.select("verdict", "p_value", "slower_odds").rows() == [
        ("no siblings", None, None)
    ]


def test_the_test_agrees_with_permutations(tmp_path: Path) -> None:
    """The p-value of two hosts, against ten thousand shuffles of who served what."""
    rng = random.Random(3)  # noqa: S311 - repeatable
    times = [("a:80", rng.randint(1, 12)) for _ in range(40)]
    times += [("b:80", rng.randint(3, 13)) for _ in range(40)]
    rows = [{"upstream_host": host, "upstream_service_time": ms} for host, ms in times]
    answer = (
        made(tmp_path, rows, upstream_cluster="c", response_code=200).ask("upstream-hosts").pl()
    )
    p_value = answer["p_value"].item(0)

    frame = pd.DataFrame(times, columns=["host", "ms"])
    ranks = frame["ms"].rank().to_numpy()
    own = (frame["host"] == "a:80").to_numpy()
    middle = ranks.mean() * own.sum()
    observed = abs(ranks[own].sum() - middle)
    shuffled = [abs(sum(rng.sample(list(ranks), int(own.sum()))) - middle) for _ in range(10_000)]
    expected = sum(value >= observed for value in shuffled) / len(shuffled)
    # Two tests of the same thing: Holm doubles the smaller, which is the same as the larger.
    assert p_value == pytest.approx(2 * expected, abs=0.01)


def test_p_values_are_corrected_step_by_step() -> None:
    # 0.05 / 0.01 / 0.04 of three: 3 x 0.01, then 2 x 0.04, then at least as much.
    assert p_values([1.959964, 2.575829, 2.053749, None]) == [
        pytest.approx(0.08, abs=1e-6),
        pytest.approx(0.03, abs=1e-6),
        pytest.approx(0.08, abs=1e-6),
        None,
    ]
