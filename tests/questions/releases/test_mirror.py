from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from envoylog.errors import QueryError
from envoylog.questions.releases.mirror import mirror
from tests.questions.releases.lines import START, log_of


def line(request_id: str, authority: str, code: int, size: int, time: int) -> dict[str, object]:
    return {
        "start_time": START + timedelta(seconds=int(request_id)),
        "request_id": request_id,
        "authority": authority,
        "response_code": code,
        "bytes_sent": size,
        "upstream_service_time": time,
        "duration": time + 1,
        "path": "/a" if int(request_id) < 4 else "/b",
    }


SHOP = "shop.example.com"
LINES = [
    line("1", SHOP, 200, 10, 20),
    line("1", f"{SHOP}-shadow", 200, 10, 30),
    line("2", SHOP, 200, 10, 20),
    line("2", f"{SHOP}-shadow:80", 500, 12, 30),
    line("3", SHOP, 200, 10, 20),
    line("3", f"{SHOP}-shadow", 200, 11, 10),
    line("4", SHOP, 500, 10, 20),
    line("4", "next.example.com", 200, 10, 25),
    line("5", SHOP, 200, 10, 20),
    line("6", f"{SHOP}-shadow", 200, 10, 20),
]


def test_pairs_by_hand(tmp_path: Path) -> None:
    found = mirror(log_of(tmp_path, pl.DataFrame(LINES)))
    summary = found.pl().row(0, named=True)
    # 1, 2 and 3 are pairs; the copy 6 has no primary here; next.example.com is nobody's copy.
    assert {name: summary[name] for name in ("lines", "shadows", "pairs", "other_code")} == {
        "lines": 10,
        "shadows": 4,
        "pairs": 3,
        "other_code": 1,
    }
    assert (summary["other_size"], summary["slower"], summary["quicker"]) == (2, 2, 1)
    assert (summary["shadow_failed"], summary["primary_failed"]) == (1, 0)
    assert found.verdict == "differs"
    assert found.reasons[0].startswith("4 of 10 lines are copies, 40.0%")
    assert found.pl("differences").row(0)[:4] == ("/a", 200, 500, 1)


def test_a_target_by_name(tmp_path: Path) -> None:
    found = mirror(log_of(tmp_path, pl.DataFrame(LINES)), shadow="next.example.com")
    summary = found.pl().row(0, named=True)
    assert (summary["pairs"], summary["other_code"], summary["primary_failed"]) == (4, 2, 1)


def test_the_gateways_line_is_the_primary_not_the_sidecars(tmp_path: Path) -> None:
    gateway = {**line("1", SHOP, 200, 10, 20), "upstream_cluster": "outbound|80||shop"}
    sidecar = {**line("1", SHOP, 200, 10, 5), "upstream_cluster": "inbound|80||"}
    copy = {**line("1", f"{SHOP}-shadow", 200, 10, 20), "upstream_cluster": "inbound|80||"}
    found = mirror(log_of(tmp_path, pl.DataFrame([sidecar, copy, gateway])))
    assert found.verdict == "answers alike"
    assert found.pl("summary")["primary_p50"].item() == 20


@pytest.mark.parametrize(
    ("lines", "verdict", "reason"),
    [
        ([LINES[0]], "no mirror", "the mirroring Envoy does not log copies"),
        ([LINES[0], LINES[9]], "no pairs", "are both logs here"),
        (LINES[:2], "answers alike", "1 pairs; 0 copies without"),
    ],
)
def test_verdicts(
    tmp_path: Path, lines: list[dict[str, object]], verdict: str, reason: str
) -> None:
    found = mirror(log_of(tmp_path, pl.DataFrame(lines)))
    assert found.verdict == verdict
    assert any(reason in line for line in found.reasons)


def test_without_request_ids_there_are_no_pairs(tmp_path: Path) -> None:
    log = log_of(tmp_path, pl.DataFrame(LINES).drop("request_id"))
    with pytest.raises(QueryError, match="REQ\\(X-REQUEST-ID\\)"):
        mirror(log)
