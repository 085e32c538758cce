"""Reports of complete windows, one for each, by hand and by a real cron."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest
from click.testing import CliRunner, Result

from envoylog.cli import cli
from envoylog.dataset.lock import locked
from envoylog.errors import EnvoylogError

CRON = which("cron") or "/usr/sbin/cron"
#: A report of little, as only its window matters.
SMALL = "[[section]]\nquestion = 'errors-by-authority'\nchart = false\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path


def run(data: Path, folder: Path, *words: str) -> Result:
    config = str(folder / "small.toml")
    return CliRunner().invoke(cli, ["report", str(data), "--config", config, *words])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("[!.]*.html"))


def test_the_last_complete_window_is_reported_and_a_rerun_changes_nothing(
    istio_parquet: Path, folder: Path
) -> None:
    words = ("-o", str(folder / "r-{date}.html"), "--window", "hour", "--until", "2026-11-24T03:20")
    first = run(istio_parquet, folder, *words)
    assert (first.exit_code, first.stdout) == (0, "")
    path = folder / "r-2026-11-24T02Z.html"
    before = path.read_bytes()
    assert b"2026-11-24 02:00 to 2026-11-24 03:00 UTC" in before
    path.write_text("older")
    assert run(istio_parquet, folder, *words).exit_code == 0
    assert path.read_bytes() == before
    assert names(folder) == [path.name]


def test_missed_windows_follow(istio_parquet: Path, folder: Path) -> None:
    """The log is of Tuesday morning; a report of Sunday exists."""
    (folder / "r-2026-11-22.html").write_text("Sunday")
    out = str(folder / "r-{date}.html")
    words = ("-o", out, "--window", "day", "--since", "last", "--timezone", "America/New_York")
    done = run(istio_parquet, folder, *words, "--until", "2026-11-26T12:00")
    assert done.exit_code == 0, done.output
    assert names(folder) == [f"r-2026-11-{day}.html" for day in (22, 23, 24, 25)]
    assert (folder / "r-2026-11-22.html").read_text() == "Sunday"
    # New York's Monday holds the requests, 21:37 by its clocks; no other day does.
    pages = {day: (folder / f"r-2026-11-{day}.html").read_text() for day in (23, 24, 25)}
    assert "America/New_York" in pages[23]
    assert [("api.example.com" in page) for page in pages.values()] == [True, False, False]


def test_data_that_end_before_the_window_are_told(istio_parquet: Path, folder: Path) -> None:
    done = run(istio_parquet, folder, "-o", str(folder / "r.html"), "--window", "day",
               "--until", "2026-11-25")  # fmt: skip
    assert done.exit_code == 0
    assert done.stderr == (
        "the data end 2026-11-24 02:37:05 UTC, before the window does: "
        "Tuesday, 2026-11-24 (UTC); was all read?\n"
    )


def test_a_lock_keeps_two_reports_apart(istio_parquet: Path, folder: Path) -> None:
    with locked(folder / ".envoylog.lock", 0, ""):
        done = run(istio_parquet, folder, "-o", str(folder / "r.html"), "--wait", "0.1")
    assert isinstance(done.exception, EnvoylogError)
    assert str(done.exception).startswith(f"another report is being written to {folder} (process ")
    assert names(folder) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--since", "last"), "--since last needs --window hour, day or week"),
        (("--print-schedule", "cron"), "--print-schedule needs --window hour, day or week"),
        (("--window", "day", "--since", "1d"), "leave --since out, or write --since last"),
        (("--window", "day", "--since", "last"), "write {date} into the name"),
        (("--window", "day", "--timezone", "Mars"), "no time zone 'Mars'"),
        (("--window", "month"), "'month' is not one of 'hour', 'day', 'week'"),
    ],
)
def test_what_makes_no_sense_is_told(
    istio_parquet: Path, folder: Path, words: tuple[str, ...], message: str
) -> None:
    done = run(istio_parquet, folder, "-o", str(folder / "r.html"), *words)
    assert done.exit_code
    assert message in f"{done.output}{done.exception}"
    assert names(folder) == []


@pytest.mark.parametrize("option", [["--print-schedule", "cron"], ["--print-schedule=cron"]])
def test_a_schedule_repeats_the_command_line(folder: Path, option: list[str]) -> None:
    words = ["report", "no such data", *option, "-o", "r-{date} 100%.html", "--window", "week"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0
    command = done.stdout.splitlines()[-1].split(" && ", 1)[1]
    program, *printed = shlex.split(command.replace(r"\%", "%"))
    assert Path(program).name == "envoylog"
    assert printed == [word for word in words if word not in option]
    assert names(folder) == []


@pytest.mark.skipif(
    not (os.path.exists(CRON) and os.geteuid() == 0),  # noqa: PTH110
    reason="no cron here, or not root: run as root with cron installed",
)
def test_a_real_cron_runs_ingest_and_report(samples: Path, folder: Path) -> None:
    """It fires at full minutes, so this takes up to one."""
    program = Path(sys.executable).with_name("envoylog")
    words = ["data", "-o", "100%-{date}.html", "--config", "small.toml", "--window", "day",
             "--until", "2026-11-25"]  # fmt: skip
    schedule = subprocess.run(
        [program, "report", *words, "--print-schedule", "cron"],
        cwd=folder, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    line = schedule.splitlines()[-1]
    place, report = line.split(None, 5)[5].split(" && ")
    ingest = shlex.join([str(program), "ingest", "-f", "istio", "--into", "data"])
    log = shlex.quote(str(samples / "istio.log"))
    with cron(f"{place} && {{ {ingest} {log} && {report}; }} > out.txt 2>&1; echo $? > code\n"):
        until = time.monotonic() + 180
        while not (folder / "code").exists() and time.monotonic() < until:
            time.sleep(0.5)
    assert (folder / "code").read_text() == "0\n", (folder / "out.txt").read_text()
    assert names(folder) == ["100%-2026-11-24.html"]
    assert "api.example.com" in (folder / "100%-2026-11-24.html").read_text()


@contextmanager
def cron(command: str) -> Iterator[None]:
    """Let the machine's cron run a command every minute; start one if there is none."""
    table = Path("/etc/cron.d") / f"envoylog-test-{os.getpid()}"
    table.write_text(f"* * * * * root {command}")
    table.chmod(0o644)
    # Where one is running already, this one ends at once.
    process = subprocess.Popen([CRON, "-f"], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        table.unlink()
        process.terminate()
        process.wait()
