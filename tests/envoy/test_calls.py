"""gRPC calls through two real Envoys: what is answered, held against what the clients know."""

from __future__ import annotations

from collections import Counter

import pytest

import envoylog
from sample_logs import calls
from sample_logs.calls import STALE, Call

pytestmark = pytest.mark.envoy

_CHECK = "/grpc.health.v1.Health/Check"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Call], envoylog.AccessLog]:
    directory = tmp_path_factory.mktemp("calls")
    made = calls.run(directory, calls=200, seed=4)
    summary = envoylog.parse(
        directory / "grpc.log", format=str(directory / "grpc.format"), to=directory / "c.parquet"
    )
    assert (summary.rows, summary.rejects, summary.skipped) == (len(made), 0, 0)
    return made, envoylog.open(directory / "c.parquet")


def test_each_call_has_the_status_that_its_client_got(
    run: tuple[list[Call], envoylog.AccessLog],
) -> None:
    made, log = run
    sql = """
        select request_id, pod, path, grpc_code::integer, answered_by = 'upstream', error, is_probe
        from access order by request_id
    """
    assert log.sql(sql).pl().rows() == [
        (one.request_id, one.pod, one.method, one.status, one.by_upstream, one.status != 0,
         one.method == _CHECK)
        for one in sorted(made, key=lambda one: one.request_id)
    ]  # fmt: skip


def test_methods_that_fail(run: tuple[list[Call], envoylog.AccessLog]) -> None:
    made, log = run
    answer = log.ask("grpc").pl()
    called = Counter(one.method for one in made if one.method != _CHECK)
    failed = Counter(one.method for one in made if one.status and one.method != _CHECK)
    assert dict(answer.select("path", "calls").iter_rows()) == called
    assert dict(answer.select("path", "hidden").iter_rows()) == failed


def test_the_pod_that_knows_an_endpoint_too_many(
    run: tuple[list[Call], envoylog.AccessLog],
) -> None:
    made, log = run
    answer = log.ask("pods").pl()
    asked = [one for one in made if one.method != _CHECK]
    requests = Counter(one.pod for one in asked)
    failed = Counter(one.pod for one in asked if one.status)
    assert dict(answer.select("pod", "requests").iter_rows()) == requests
    assert {pod: round(rate * requests[pod]) for pod, rate in answer.select(
        "pod", "error_rate").iter_rows()} == failed  # fmt: skip
    assert answer.sort("error_rate")["pod"].to_list()[-1] == STALE
    assert not [one for one in made if not one.by_upstream and one.pod != STALE]
