"""Every line of the cookbook is run, and held to what the clients of the sample sent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import envoylog
from sample_logs.mix import plan
from tests.conftest import ROOT

SETUP, *RECIPES = re.findall(
    r"```python\n(.*?)\n```", (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8"), re.DOTALL
)
SENT = Counter(request.outcome.kind for request in plan(2000, 7))
REFUSED = SENT["upstream-failure"] + SENT["retry-refused"]


def verdicts(answer: envoylog.Answer) -> list[tuple[object, ...]]:
    return answer.pl().select("verdict", "requests").rows()


#: In the order of the page: a word of the line, and what must be so of its value (or its output).
CHECKS: list[tuple[str, Callable[[Any], bool]]] = [
    ("explain", lambda told: "response_flags" in told),
    ("parse_lines", lambda rows: rows.row(0) == (503, 17, False)),
    ("auto", lambda count: count == 2000),
    ("ingest", lambda count: count == 2000),
    ("rejects", lambda found: found.count == 0),
    ("render", lambda line: line.startswith('[2026-11-24T02:37:01.455Z] "GET /old/61939')),
    ("errors-by-authority", lambda a: a.pl().row(0)[:2] == ("api.example.com", 790)),
    ("errors-explained", lambda a: ("upstream-timed-out", SENT["timeout"]) in verdicts(a)),
    ("error-rate", lambda worst: 0.1 < worst < 0.3),
    ("unavailable", lambda by: dict(by.iter_rows()) == {
        "Envoy": REFUSED + SENT["no-healthy-upstream"] + SENT["upstream-closed"],
        "application": SENT["retry-limit"] + SENT["app-unavailable"],
    }),
    ("why", lambda told: "GET shop.example.com /old/61939?utm_source=mail" in told),
    ("select route", lambda a: a.pl().row(0) == ("/v1/reports/{id}", SENT["timeout"])),
    ("UF", lambda hosts: hosts.height == 1),
    ("latency-by-authority", lambda a: "api.example.com" in a.pl()["authority"]),
    ("slow-requests", lambda a: a.pl()["duration"].is_sorted(descending=True) and len(a.pl()) == 3),
    ("timeouts", lambda a: a.pl()["requests"].to_list() == [SENT["timeout"]]),
    ("upstream", lambda share: 0.5 < share < 1),
    ("pivot", lambda wide: "api.example.com" in wide.columns and 4 <= len(wide) <= 6),
    ("percentile", lambda a: 20 < a.pl().item() < 200),
    ("limit=3", lambda a: len(a.pl()) == 3),
    ("trusted_cidrs", lambda a: {*a.pl()["client_ip"].head(2)} == {"203.0.113.1", "198.51.100.1"}),
    ("forged-xff", lambda a: not a.pl()["xff_suspect"].has_nulls() and len(a.pl()) > 5),
    ("agent_class", lambda a: ("probe", SENT["probe"]) in a.pl().rows()),
    ("scanners", lambda a: "WordPress" in a.pl()["kinds"].explode().to_list()),
    ("route()", lambda routes: routes.height == 5 and routes["len"][0] > 100),
    ("verdict()", lambda found: dict(found.iter_rows()) == {
        "connection-refused": REFUSED, "no-healthy-endpoint": SENT["no-healthy-upstream"],
    }),
    ("n_unique", lambda count: 250 < count < 400),
    ("truncate", lambda seconds: seconds["len"].sum() == 2000),
    ("to_csv", lambda text: Path("clients.csv").read_text(encoding="utf-8") == text),
    ("savefig", lambda _nothing: Path("errors.png").read_bytes().startswith(b"\x89PNG")),
]  # fmt: skip


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("kitchen")
    (folder / "sample_logs").symlink_to(ROOT / "sample_logs")
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        exec(SETUP, names)  # noqa: S102 - the page's own lines
    return folder, names


def test_there_are_thirty_and_each_is_one_line() -> None:
    assert len(RECIPES) == len(CHECKS) == 30
    assert [line for line in RECIPES if "\n" in line] == []


@pytest.mark.parametrize("number", range(len(RECIPES)))
def test_a_line_answers(
    number: int,
    kitchen: tuple[Path, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, names = kitchen
    line, (_word, holds) = RECIPES[number], CHECKS[number]
    monkeypatch.chdir(folder)
    value = eval(line, names)  # noqa: S307 - the page's own lines
    printed = capsys.readouterr().out
    assert holds(printed if line.startswith("print(") else value), line


def test_every_check_is_beside_its_line() -> None:
    for line, (word, _holds) in zip(RECIPES, CHECKS, strict=True):
        assert word in line
