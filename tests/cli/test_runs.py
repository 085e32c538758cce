"""What `parse` and `ingest` tell in the end, and their exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def envoylog(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "envoylog", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Give a folder in which one file stands in another format than the most."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in ("envoy", "istio", "gateway-text"):
        lines = Path("sample_logs", f"{name}.log").read_bytes().splitlines(keepends=True)
        (folder / f"{name}.log").write_bytes(b"".join(lines[: 600 if name == "istio" else 100]))
    return folder


@pytest.mark.parametrize("verb", [("parse", "-o"), ("ingest", "--into")])
def test_a_source_that_the_formats_do_not_fit(
    logs: Path, tmp_path: Path, verb: tuple[str, str]
) -> None:
    done = envoylog(verb[0], "-f", "auto", logs, verb[1], tmp_path / "out")
    assert done.returncode == 1
    misfit = logs / "gateway-text.log"
    *_, header, listed, last = done.stderr.splitlines()
    assert header.split() == ["mostly", "rejected", "rows", "rejects", "looks", "like"]
    name, rows, rejects, fitting = listed.split()
    assert (name, int(rows) + int(rejects), fitting) == (str(misfit), 100, "-")
    assert last.startswith(
        f"envoylog: {misfit}: {rejects} of 100 lines were rejected: what auto found does not fit "
        f"it; see why with: envoylog rejects {tmp_path}/out"
    )


def test_a_source_in_a_format_that_is_known(logs: Path, tmp_path: Path) -> None:
    words = ("parse", "-f", "istio", logs / "istio.log", logs / "envoy.log")
    done = envoylog(*words, "-q", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert done.stderr == (
        f"envoylog: {logs}/envoy.log: 100 of 100 lines were rejected: istio does not fit it; "
        "it looks like envoy: give that --format too\n"
    )
    more = envoylog(*words, "-f", "envoy", "-q", "-o", tmp_path / "out")
    assert (more.returncode, more.stderr) == (0, "")
    lenient = envoylog(*words, "--max-reject-rate", "1", "--json", "-o", tmp_path / "out")
    assert (lenient.returncode, lenient.stderr) == (0, "")
    counts = json.loads(lenient.stdout)["by_source"][f"{logs}/envoy.log"]
    assert counts == {"rows": 0, "rejects": 100, "fitting_format": "envoy"}


def test_several_sources_are_told_in_one_line(logs: Path, tmp_path: Path) -> None:
    lines = (logs / "envoy.log").read_text().splitlines(keepends=True)
    for number in range(12):
        (logs / f"more-{number}.log").write_text("".join(lines[: 12 + number]))
    done = envoylog("parse", "-f", "istio", logs, "-o", tmp_path / "out")
    assert done.returncode == 1
    *_, more, last = done.stderr.splitlines()
    assert more == "and 4 more"
    assert ".log and 13 more: " in last
    assert last.endswith(" looks like envoy: give that --format too")


def test_a_few_lines_that_are_cut_off_are_no_misfit(logs: Path, tmp_path: Path) -> None:
    (logs / "gateway-text.log").write_text("oops\n" * 9)
    done = envoylog("parse", "-f", "istio", "-f", "envoy", logs, "-q", "-o", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")


def test_no_format(tmp_path: Path) -> None:
    done = envoylog("parse", "a.log", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("envoylog parse: say in which --format they are, or auto")
