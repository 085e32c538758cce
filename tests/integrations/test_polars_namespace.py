"""`frame.envoy` gives what the view gives, lazily."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import envoylog
import envoylog.polars
from tests.questions.made import made

SAMPLES = [
    ("istio.log", "istio"),
    ("istio-json.log", "istio-json"),
    ("envoy.log", "envoy"),
    ("gateway-text.log", "sample_logs/gateway-text.format"),
]
VERDICT = ["verdict", "side", "verdict_meaning", "verdict_next"]


@pytest.fixture(scope="module", params=SAMPLES, ids=[name for name, _ in SAMPLES])
def parquet(
    request: pytest.FixtureRequest, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    name, format_ = request.param
    to = tmp_path_factory.mktemp("namespace") / "rows.parquet"
    envoylog.parse(samples / name, format=format_, to=to)
    return to


def agree(frame: pl.LazyFrame, path: Path, columns: list[str], **settings: Any) -> None:
    with envoylog.open(path, **settings) as log:
        seen = log.frame(f"select {', '.join(columns)} from access")  # noqa: S608
    found = frame.select(columns).collect()
    assert found.sort(columns).equals(seen.sort(columns))
    assert not found[columns[0]].is_null().all()


@pytest.mark.parametrize(
    "trust", [{}, {"trusted_hops": 0}, {"trusted_hops": 1}, {"trusted_cidrs": "127.0.0.0/8"}]
)
def test_clients(parquet: Path, trust: dict[str, Any]) -> None:
    frame: Any = pl.scan_parquet(parquet)
    lazy = frame.envoy.client_ip(**trust)
    assert isinstance(lazy, pl.LazyFrame)
    agree(lazy, parquet, ["client_ip", "client_ip_source"], **trust)


def test_routes(parquet: Path) -> None:
    frame: Any = pl.scan_parquet(parquet)
    agree(frame.envoy.route(), parquet, ["route"])
    declared = "docs/examples/routes.txt"
    agree(frame.envoy.route(routes=declared), parquet, ["route"], routes=declared)


def test_verdicts(parquet: Path) -> None:
    frame: Any = pl.scan_parquet(parquet)
    lazy = frame.envoy.verdict()
    assert lazy.collect_schema().names() == [*frame.collect_schema().names(), *VERDICT]
    agree(lazy, parquet, VERDICT)


def test_grpc_decides_verdicts_however_it_is_spelled(tmp_path: Path) -> None:
    spelled = [
        "NotFound",
        "NOT_FOUND",
        "DeadlineExceeded",
        "Cancelled",
        "CANCELED",
        "14",
        "0",
        "?",
        None,
    ]
    rows = [{"response_code": 200, "grpc_status": text} for text in spelled]
    rows += [
        {"response_code": 200, "grpc_status_number": 5, "grpc_status": "Ok"},
        {"response_code": 200, "trailer_grpc_status": "16"},
        {"response_code": 200, "resp_grpc_status": "13"},
    ]
    same = {"grpc_status": None, "grpc_status_number": None}
    made(tmp_path, rows, **same, trailer_grpc_status=None, resp_grpc_status=None)
    frame: Any = pl.scan_parquet(tmp_path / "made.parquet")
    agree(frame.envoy.verdict(), tmp_path / "made.parquet", VERDICT)


def test_frames_that_are_not_lazy_and_frames_without_rows(parquet: Path) -> None:
    frame: Any = pl.read_parquet(parquet)
    lazy: Any = pl.scan_parquet(parquet)
    found = frame.envoy.client_ip().envoy.route().envoy.verdict()
    assert isinstance(found, pl.DataFrame)
    assert found.equals(lazy.envoy.client_ip().envoy.route().envoy.verdict().collect())
    empty = frame.clear().envoy.client_ip().envoy.route().envoy.verdict()
    assert empty.schema == found.schema


def test_nothing_runs_before_it_is_collected_and_only_what_is_asked_for() -> None:
    rows: Any = envoylog.scan("sample_logs/istio.log", format="istio")
    plan = rows.envoy.route().select("route").explain()
    assert "PROJECT 1/25 COLUMNS" in plan
    assert rows.envoy.verdict().collect(engine="streaming").height == 2000


def test_what_the_log_lacks_is_null() -> None:
    frame: Any = pl.DataFrame({"duration": [1, 2]})
    found = frame.envoy.client_ip().envoy.verdict()
    assert found["client_ip"].null_count() == 2
    assert found["verdict"].null_count() == 2
    with pytest.raises(envoylog.QueryError, match="no column path"):
        frame.envoy.route()
    with pytest.raises(envoylog.QueryError, match="not both"):
        frame.envoy.client_ip(trusted_hops=1, trusted_cidrs=["10.0.0.0/8"])


def test_columns_of_these_names_are_replaced() -> None:
    frame: Any = pl.DataFrame({"response_code": [404], "response_flags": ["NR"]})
    once = frame.envoy.verdict()
    assert once.envoy.verdict().equals(once)
    assert "grpc_code" not in once.columns


@pytest.mark.parametrize(
    ("before", "there"),
    [
        ("import envoylog, polars", False),
        ("import polars, envoylog", True),
        ("import envoylog; envoylog.scan; import polars", True),
        ("import envoylog, polars, envoylog.polars", True),
    ],
)
def test_when_it_is_there(before: str, there: bool) -> None:
    """Importing envoylog loads no polars; where polars is loaded, frames get their namespace."""
    code = f"{before}\nprint(hasattr(polars.DataFrame, 'envoy'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == str(there)


def test_importing_envoylog_loads_no_polars() -> None:
    code = "import sys, envoylog\nprint({'polars', 'duckdb', 'IPython'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "set()"
