"""What rarely goes wrong, provoked at a real Envoy: answers held to what the clients know."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

import pytest

import envoylog
from tests.envoy import faulty
from tests.envoy.faulty import ATTACKER, BURST, FORMAT, SHOP, Known

pytestmark = pytest.mark.envoy


@dataclass(frozen=True)
class Run:
    known: Known
    lines: list[dict[str, object]]
    log: envoylog.AccessLog

    def ask(self, question: str, *columns: str, **options: object) -> list[tuple[object, ...]]:
        answer = self.log.ask(question, **options)  # type: ignore[arg-type]
        return answer.pl().select(columns).rows()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder, scratch = tmp_path_factory.mktemp("faulty"), tmp_path_factory.mktemp("scratch")
    known = faulty.run(folder, scratch)
    written = folder / "faulty.log"
    (folder / "format.json").write_text(json.dumps(FORMAT))
    parquet = folder / "faulty.parquet"
    envoylog.parse(written, format=str(folder / "format.json"), to=parquet)
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    return Run(known, lines, envoylog.open(parquet))


def test_tls_to_the_upstream(run: Run) -> None:
    assert run.known.codes["untrusted"] == [503] * 4
    assert run.known.codes["plain-text"] == [503] * 3
    columns = ("upstream_cluster", "meaning", "requests", "share", "hosts")
    assert run.ask("upstream-tls", *columns) == [
        ("untrusted", "the certificate was not accepted", 4, 1.0, 1),
        ("plain-text", "the port speaks plain text", 3, 1.0, 1),
    ]


def test_the_circuit_breaker(run: Run) -> None:
    """At least three of six are too many: one runs, one waits, one may come while it connects."""
    codes = Counter(run.known.codes["breaker"])
    assert codes.keys() == {200, 503}
    assert codes[503] >= 3
    ((cluster, overflows, share, running),) = run.ask(
        "circuit-breaker", "upstream_cluster", "overflows", "share", "running_max"
    )
    assert (cluster, overflows, share) == ("breaker", codes[503], codes[503] / 6)
    assert 1 <= int(str(running)) <= codes[200]


def test_clients_with_the_wrong_name_or_trust(run: Run) -> None:
    assert run.known.cut == {"lost": 3, "distrust": 2}
    rows = run.ask(
        "tls-mistakes", "server_name", "mistake", "connections", "clients", "as_authority"
    )
    served = sum(line["authority"] == SHOP for line in run.lines)
    assert rows[0] == ("lost.example.com", "no filter chain", 3, 1, 0)
    ((name, mistake, connections, clients, as_authority),) = rows[1:]
    assert (name, connections, clients, as_authority) == (SHOP, 2, 1, served)
    assert "UNKNOWN_CA" in str(mistake)


def test_grpc_that_fails_behind_200(run: Run) -> None:
    assert run.known.codes["grpc"] == [200] * 10
    columns = ("path", "calls", "failed", "failure_rate", "server_rate", "hidden", "statuses")
    assert run.ask("grpc", *columns) == [
        ("/shop.v1.Orders/Get", 8, 3, 3 / 8, 0.0, 3, "NOT_FOUND 3"),
        ("/shop.v1.Orders/Put", 2, 0, 0.0, 0.0, 0, None),
    ]


def test_a_password_is_found(run: Run) -> None:
    """The client who forgot his password twice is no attacker."""
    assert run.known.codes["attacker"] == [401] * 12 + [200]
    assert run.known.codes["forgetful"] == [401] * 2 + [200]
    columns = ("client_ip", "refused", "peak", "authority", "route", "let_in")
    assert run.ask("brute-force", *columns) == [(ATTACKER, 12, 12, SHOP, "/login", 1)]


def test_a_burst_of_errors(run: Run) -> None:
    """20 errors at once; in a second with less than five of them there is no burst."""
    assert run.known.codes["burst"] == [503] * 20
    seconds = Counter(
        str(line["start_time"])[:19]
        for line in run.lines
        if line["authority"] == BURST and line["code"] == 503
    )
    assert seconds.total() == 20
    columns = ("errors", "usual_rate", "verdict", "of_verdict", "authority", "of_authority")
    rows = run.ask("error-bursts", *columns, bucket="1s", authority=BURST)
    assert sum(int(str(row[0])) for row in rows) == sum(n for n in seconds.values() if n >= 5)
    assert {row[1:] for row in rows} == {(0.0, "application-unavailable", 1.0, BURST, 1.0)}
