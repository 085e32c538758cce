"""Questions asked of a real Envoy's log, held to what its clients know."""

from __future__ import annotations

from collections import Counter

import pytest

import envoylog
from sample_logs.mesh import LEGACY_CLUSTER, SEARCH_CLUSTER
from tests.envoy.conftest import Run

pytestmark = pytest.mark.envoy


@pytest.fixture(scope="module", params=["istio.log", "istio-json.log"])
def log(
    run: Run, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> envoylog.AccessLog:
    path = tmp_path_factory.mktemp("questions") / "real.parquet"
    run.rows[request.param].write_parquet(path)
    return envoylog.open(path)


def count(run: Run, *flags: str) -> int:
    return sum({*sent.expected_flags.split(",")} == {*flags} for sent in run.sent)


def test_broken_urls(run: Run, log: envoylog.AccessLog) -> None:
    answer = log.ask("broken-urls", limit=0, include=["probe"]).pl()
    counted: Counter[tuple[int, str]] = Counter()
    for code, flags, requests in answer.select("code", "flags", "requests").iter_rows():
        counted[code, flags] += requests
    expected = Counter(
        (sent.status, ",".join(sorted(sent.expected_flags.split(","))))
        for sent in run.sent
        if sent.status >= 400
    )
    assert counted == expected


def test_unavailable(run: Run, log: envoylog.AccessLog) -> None:
    answer = log.ask("unavailable").pl()
    found = {
        (by, flags): n
        for by, flags, n in answer.select("answered_by", "flags", "requests").iter_rows()
    }
    assert found == {
        ("Envoy", "UF"): count(run, "UF"),
        ("Envoy", "UF,URX"): count(run, "URX", "UF"),
        ("Envoy", "UH"): count(run, "UH"),
        ("Envoy", "UC"): count(run, "UC"),
        ("application", "URX"): count(run, "URX"),
        ("application", "-"): sum(sent.kind == "app-unavailable" for sent in run.sent),
    }


def test_connections_and_endpoints(run: Run, log: envoylog.AccessLog) -> None:
    refused = log.ask("connection-failures").pl()
    columns = ("upstream_cluster", "kind", "requests", "of_host")
    expected = count(run, "UF") + count(run, "URX", "UF")
    assert refused.select(columns).rows() == [(LEGACY_CLUSTER, "refused", expected, 1.0)]
    missing = log.ask("no-endpoint").pl()
    columns = ("flag", "upstream_cluster", "requests", "share")
    assert missing.select(columns).rows() == [("UH", SEARCH_CLUSTER, count(run, "UH"), 1.0)]
    resets = log.ask("upstream-resets").pl()
    assert resets.select("flag", "resets").rows() == [("UC", count(run, "UC"))]


def test_no_route(run: Run, log: envoylog.AccessLog) -> None:
    answer = log.ask("no-route", limit=0).pl()
    lost = Counter(sent.authority for sent in run.sent if sent.expected_flags == "NR")
    assert {*answer["authority"]} == lost.keys()
    for authority, requests in lost.items():
        rows = answer.filter(answer["authority"] == authority)
        assert rows["requests"].sum() == requests
        others = sum(sent.authority == authority for sent in run.sent) - requests
        assert {*rows["routed"]} == {others}


def test_clients_who_left_and_clients_refused(run: Run, log: envoylog.AccessLog) -> None:
    gone = log.ask("clients-gone", limit=0).pl()
    kinds = Counter(sent.kind for sent in run.sent)
    assert gone["requests"].sum() == kinds["disconnect"] + kinds["disconnect-midway"]
    assert gone["no_answer"].sum() == kinds["disconnect"]
    denied = log.ask("denied").pl()
    assert denied.select("stopped_by", "route", "requests").rows() == [
        ("rate limit", "/v1/login", kinds["rate-limited"])
    ]
    broken = log.ask("protocol-errors").pl()
    assert {*broken["flag"]} == {"DPE"}
    assert broken["requests"].sum() == kinds["malformed"]


def test_errors_explained(run: Run, log: envoylog.AccessLog) -> None:
    answer = log.ask("errors-explained", limit=0).pl()
    found = dict(answer.select("verdict", "requests").iter_rows())
    kinds = Counter(sent.kind for sent in run.sent)
    assert found == {
        "no-route": kinds["not-found"],
        "not-found": kinds["app-not-found"],
        "connection-refused": kinds["upstream-failure"] + kinds["retry-refused"],
        "upstream-timed-out": kinds["timeout"],
        "rate-limited": kinds["rate-limited"],
        "retries-exhausted": kinds["retry-limit"],
        "application-error": kinds["app-error"],
        "no-healthy-endpoint": kinds["no-healthy-upstream"],
        "client-left": kinds["disconnect"] + kinds["disconnect-midway"],
        "application-unavailable": kinds["app-unavailable"],
        "connection-cut": kinds["upstream-closed"],
        "protocol-error-client": kinds["malformed"],
    }
    assert {len(shape) for shape in answer["shape"]} == {20}


def test_the_data_itself(run: Run, log: envoylog.AccessLog) -> None:
    assert log.ask("unread").pl().is_empty()
    assert log.ask("duplicates").pl().is_empty()
    ((lines, earliest),) = log.ask("clock").pl().select("lines", "earliest").rows()
    assert lines == len(run.sent)
    assert abs((earliest - min(sent.started for sent in run.sent)).total_seconds()) < 1
    # Envoy writes a line as soon as the request has ended.
    assert log.ask("late").pl()["behind_max"].to_list() <= [0.1]
