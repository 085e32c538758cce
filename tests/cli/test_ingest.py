"""`envoylog ingest` in a shell: what it prints and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def envoylog(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "envoylog", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_life_of_a_dataset(tmp_path: Path) -> None:
    data = tmp_path / "data"
    words = ("ingest", "sample_logs/istio.log", "-f", "istio", "--into", data)
    first = envoylog(*words)
    assert first.returncode == 0
    assert first.stdout == ""
    printed = [line.split() for line in first.stderr.splitlines()]
    assert ["sources", "1", "1", "new"] in printed
    assert ["rows", "2,000", "10", "ambiguous"] in printed
    assert ["skipped", "148", "148", "envoy", "application", "log"] in printed
    again = envoylog(*words, "--json")
    assert (again.returncode, again.stderr) == (0, "")
    assert json.loads(again.stdout)["lines"] == 0
    assert envoylog(*words).stderr == "nothing new  1 known\n"
    status = envoylog("ingest", "--into", data, "--status")
    assert status.returncode == 0
    assert "taken in: 2,148 lines = 2,000 rows + 0 rejects + 148 skipped" in status.stderr
    assert ["2026-11-24", "2,000", "1"] in [line.split()[:3] for line in status.stdout.splitlines()]
    facts = json.loads(envoylog("ingest", "--into", data, "--status", "--json").stdout)
    assert facts["accounted"] is True
    assert facts["total"] == {"lines": 2148, "rows": 2000, "rejects": 0, "skipped": 148}
    answer = envoylog("ask", "errors-by-authority", data)
    assert answer.returncode == 0
    rejects = envoylog("rejects", data)
    assert (rejects.returncode, rejects.stdout) == (0, "")


def test_many_rejects_end_with_1(tmp_path: Path) -> None:
    done = envoylog("ingest", "sample_logs/istio.log", "-f", "envoy", "--into", tmp_path / "data")
    assert done.returncode == 1
    assert "they look like --format istio-1.23" in done.stderr.splitlines()[-1]
    assert envoylog("rejects", tmp_path / "data").returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--into", "X"], 2, "envoylog ingest: say which logs, or --status (see"),
        (["a.log", "--into", "X"], 2, "envoylog ingest: say in which --format they are, or auto"),
        (["none.log", "-f", "istio", "--into", "X"], 3, "no such file or directory: none.log"),
        (["-", "-f", "istio", "--into", "X"], 3, "- can be read but once: use `envoylog parse`"),
        (["F", "-f", "istio", "--into", "X", "--keep", "soon"], 2, "'soon' is no age: write 12h"),
        (["F", "-f", "istio", "--into", "no/where"], 3, "the folder "),
        (["F", "-f", "istio", "--into", "F"], 3, "it is no folder"),
        (["--into", "X", "--status"], 3, "envoylog: there is no dataset"),
    ],
)
def test_faults_are_one_line(tmp_path: Path, words: list[str], code: int, message: str) -> None:
    (tmp_path / "a.log").write_text("")
    places = {"X": tmp_path / "data", "F": tmp_path / "a.log"}
    done = envoylog("ingest", *(places.get(word, word) for word in words))
    assert done.returncode == code, done.stderr
    last = done.stderr.splitlines()[-1]
    assert message in last
    assert "Traceback" not in done.stderr
