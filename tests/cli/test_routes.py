"""`envoylog routes`, as a person meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

ROWS = ["/users/1", "/users/1?x", "/users/2", "/cart", "/\x1b[31m", None]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    schema = {"path": pl.String, "response_code": pl.Int16}
    frame = pl.DataFrame([(path, 200) for path in ROWS], schema=schema, orient="row")
    frame.write_parquet(tmp_path / "out.parquet")
    return tmp_path / "out.parquet"


def run(*words: str | Path) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "envoylog", "routes", *map(str, words)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    return done.returncode, done.stdout, done.stderr


def test_the_list(data: Path) -> None:
    code, out, err = run(data)
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["route", "origin", "requests", "share", "paths", "example"]
    assert lines[2:] == [
        ["/users/{id}", "learned", "3", "60.00%", "2", "/users/1"],
        ["/cart", "learned", "1", "20.00%", "1", "/cart"],
        ["{other}", "-", "1", "20.00%", "1", "/\\x1b[31m"],
    ]
    assert err == f"2 learned and 0 declared routes, kept in {data.with_name('out.routes.txt')}\n"


def test_json_save_and_declared(data: Path, tmp_path: Path) -> None:
    mine, saved = tmp_path / "mine.txt", tmp_path / "saved.txt"
    mine.write_text("/users/{user}\n/pets/{pet}\n")
    code, out, _err = run(data, "--routes", mine, "--save", saved, "--json")
    assert code == 0
    rows = {row["route"]: row for row in json.loads(out)}
    assert rows["/users/{user}"]["origin"] == "declared"
    assert rows["/users/{user}"]["requests"] == 3
    assert rows["/pets/{pet}"] == {
        "route": "/pets/{pet}", "origin": "declared", "requests": 0, "share": 0.0, "paths": 0,
        "example": None,
    }  # fmt: skip
    assert [line for line in saved.read_text().splitlines() if line.startswith("/")] == ["/cart"]


def test_learn_forgets(data: Path) -> None:
    kept = data.with_name("out.routes.txt")
    kept.write_text("/users/{user}\n/old\n")
    run(data)
    assert [line for line in kept.read_text().splitlines() if line.startswith("/")] == [
        "/cart", "/old", "/users/{user}",
    ]  # fmt: skip
    run(data, "--learn")
    assert [line for line in kept.read_text().splitlines() if line.startswith("/")] == [
        "/cart", "/users/{id}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--routes", "none.yaml"], 3, "envoylog: cannot read none.yaml: No such file"),
        (["--routes", "docs/examples/mesh.yaml"], 2, "docs/examples/mesh.yaml declares no routes"),
        (["--save", "no/where.txt"], 3, "envoylog: cannot write no/where.txt: the folder no"),
        (["--names", "0"], 2, "Invalid value for '--names'"),
    ],
)
def test_what_goes_wrong(data: Path, words: list[str], code: int, message: str) -> None:
    found, _out, err = run(data, *words)
    assert found == code
    assert message in err
    assert err.count("\n") == 1


def test_a_log_without_paths(tmp_path: Path) -> None:
    pl.DataFrame({"response_code": [200]}).write_parquet(tmp_path / "out.parquet")
    code, _out, err = run(tmp_path / "out.parquet")
    assert (code, err.count("\n")) == (2, 1)
    assert "this log's format lacks %REQ(:PATH)%" in err
