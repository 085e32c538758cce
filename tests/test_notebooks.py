"""The notebooks: in step with their Python, run by a real kernel, right in what they conclude."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

import envoylog
from docs import render_notebooks as notebooks
from sample_logs.mix import plan
from sample_logs.release import V2, WEIGHTS
from tests.conftest import ROOT

NAMES = notebooks.names()
Facts = dict[str, Any]


@cache
def sent() -> Counter[str]:
    """Count what the clients of the sample sent, by what was to come of it."""
    return Counter(request.outcome.kind for request in plan(2000, 7))


def first_look(found: Facts) -> None:
    platform = sum(
        sent()[kind] for kind in ("upstream-failure", "retry-refused", "no-healthy-upstream")
    )
    assert found["platform"] == platform
    assert found["run"] == [2148, 2000, 0, 148]


def incident(found: Facts) -> None:
    assert found["causes"] == {
        "connection-refused": sent()["upstream-failure"] + sent()["retry-refused"],
        "retries-exhausted": sent()["retry-limit"],
        "no-healthy-endpoint": sent()["no-healthy-upstream"],
        "application-unavailable": sent()["app-unavailable"],
        "connection-cut": sent()["upstream-closed"],
    }


def clients(found: Facts) -> None:
    chains = [request.x_forwarded_for for request in plan(2000, 7)]
    probes = sent()["probe"]
    bare = sum(chain is None for chain in chains) - sent()["malformed"]
    # Requests without a chain came past the proxy; Envoy logs no header of malformed ones.
    assert bare <= found["bypass"] <= bare + sent()["malformed"]
    agents = [str(request.user_agent) for request in plan(2000, 7)]
    assert found["kinds"]["probe"] == probes
    assert found["kinds"]["crawler"] == sum("bot/2." in agent for agent in agents)


def canary(found: Facts) -> None:
    assert found["verdict"] == "worse"
    # v2 fails a quarter of its checkouts, and no other route.
    assert found["bad_routes"] == ["/checkout"]
    assert 0.15 < found["bad"] / found["of"] < 0.35
    share = WEIGHTS[V2] / 100
    assert abs(found["of"] / found["checkouts"] - share) < 0.1
    assert found["looks"][0] == "not enough data"
    assert found["looks"][-1] == "worse"


def slow(found: Facts) -> None:
    assert found["timed_out"] == sent()["timeout"]
    assert found["gone"] == sent()["disconnect"]
    assert found["slowest"] == "/v1/orders/{id}"
    assert found["gateway"] < 0.01


def slo(found: Facts) -> None:
    # 34 checkouts of the sample fail, in three slices of one day.
    assert found["bad"] == found["bad_v2"] == 3 * 34
    assert found["met"] is True
    assert found["spent"] == pytest.approx(found["bad"] / (0.001 * found["events"]))
    assert found["days"] == 1


def own_format(found: Facts) -> None:
    assert found["wrong"] == [2000, found["refused"]]
    assert found["right"] == [2000, 2000, 0]
    forged = sum(str(request.user_agent).startswith('x" "') for request in plan(2000, 7))
    assert found["ambiguous"] == forged
    assert "%UPSTREAM_CLUSTER_RAW%" in found["missing"]


def without_duckdb(found: Facts) -> None:
    assert found["duckdb"] is False
    with envoylog.open(found["istio"]) as log:
        answer = log.ask("errors-explained", limit=0, include=["probe"]).pl()
    for side in ("platform", "application"):
        assert found["totals"][side] == answer.filter(side=side)["requests"].sum()


#: What each concludes: facts out of its variables, and what must be so.
CONCLUSIONS: dict[str, tuple[dict[str, str], Callable[[Facts], None]]] = {
    "1-first-look": (
        {"platform": "platform", "run": "[run.lines, run.rows, run.rejects, run.skipped]"},
        first_look,
    ),
    "2-a-503-incident": (
        {"causes": "dict(causes.select('verdict', 'requests').iter_rows())"},
        incident,
    ),
    "3-who-are-my-clients": (
        {"bypass": "bypass", "kinds": "dict(kinds.pl().select('kind', 'requests').iter_rows())"},
        clients,
    ),
    "4-is-the-canary-worse": (
        {
            "verdict": "canary.verdict",
            "bad": "bad",
            "of": "all_of_v2",
            "looks": "[look[2] for look in looks]",
            "checkouts": "checkout.pl()['requests'].sum()",
            "bad_routes": "routes.filter(pl.col('quantity') == 'error rate')"
            ".filter(pl.col('candidate') > 0)['route'].to_list()",
        },
        canary,
    ),
    "5-slow-routes": (
        {
            "timed_out": "int(timed_out['requests'].sum())",
            "gone": "int(gone['requests'].sum())",
            "gateway": "gateway",
            "slowest": "shape.pl()['route'][0]",
        },
        slow,
    ),
    "6-slo-of-last-month": (
        {
            "bad_v2": "v2['bad']",
            "days": "int((daily['bad'] > 0).sum())",
            **{name: f"shop[{name!r}]" for name in ("bad", "met", "spent", "events")},
        },
        slo,
    ),
    "7-bring-your-own-format": (
        {
            "refused": "refused",
            "wrong": "[wrong.lines, wrong.rejects]",
            "right": "[run.lines, run.rows, run.rejects]",
            "ambiguous": "run.ambiguous",
            "missing": "advice['missing']",
        },
        own_format,
    ),
    "8-without-duckdb": ({"totals": "totals", "duckdb": "'duckdb' in sys.modules"}, without_duckdb),
}


def test_every_notebook_is_held_to_the_truth() -> None:
    assert list(CONCLUSIONS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_pairs_are_in_step_and_without_outputs(name: str) -> None:
    """`python docs/render_notebooks.py --pair` makes them so."""
    text = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    assert text == notebooks.pair(name)
    cells = nbformat.reads(text, as_version=4).cells
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.fixture(scope="module", params=NAMES)
def executed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[Any]]:
    name = request.param
    facts = ", ".join(f"{key!r}: {value}" for key, value in CONCLUSIONS[name][0].items())
    ask = f"import json as _json; print(_json.dumps({{{facts}}}))"
    return name, notebooks.execute(name, tmp_path_factory.mktemp("run"), ask).cells[1:]


def test_what_they_conclude_is_so(executed: tuple[str, list[Any]], istio_parquet: Path) -> None:
    name, cells = executed
    (printed,) = cells[-1].outputs
    CONCLUSIONS[name][1]({"istio": istio_parquet, **json.loads(printed.text)})


def told(page: str) -> list[str]:
    """Leave of a page what it says and prints: questions may show more tomorrow than today."""
    return [line for line in page.splitlines() if not line.startswith("<")]


def test_pages_show_what_comes_out(executed: tuple[str, list[Any]]) -> None:
    """`make notebooks` writes them."""
    name, cells = executed
    page = notebooks.render(name, cells[:-1])
    folder = ROOT / "docs" / "notebooks"
    written = (folder / f"{name}.md").read_text(encoding="utf-8")
    assert told(written) == told(page.text)
    assert written.count("\n<") == page.text.count("\n<")  # tables
    assert {path.name for path in folder.glob(f"{name}-*.svg")} == page.figures.keys()
    assert all(figure.startswith("<?xml") for figure in page.figures.values())
    # Nobody is warned of anything.
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_pages_are_small() -> None:
    size = sum(path.stat().st_size for path in (ROOT / "docs" / "notebooks").iterdir())
    assert size < 2_000_000


@pytest.mark.parametrize("name", NAMES)
def test_every_notebook_asks_and_concludes(name: str) -> None:
    text = (ROOT / "notebooks" / f"{name}.py").read_text(encoding="utf-8")
    assert re.search(r"^# # \w", text, re.MULTILINE)
    assert "# ## Conclusion" in text
