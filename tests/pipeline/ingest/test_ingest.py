"""`ingest`: exactly once, whatever happens to the run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.dataset.upkeep import MERGED
from envoylog.pipeline.ingest import run as ingest_run
from envoylog.pipeline.ingest.status import read_status

FORMAT = "[%START_TIME%] %RESPONSE_CODE% %REQ(:AUTHORITY)% %REQ(X-REQUEST-ID)%\n"
COMMAND = (sys.executable, "-m", "envoylog", "ingest", "-q", "--format", FORMAT)


def lines(first: int, count: int, day: int = 24) -> str:
    return "".join(
        f"[2026-11-{day:02}T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.{n % 1000:03}Z]"
        f" 200 host{n % 7} id-{n}\n"
        for n in range(first, first + count)
    )


def ids(data: Path | str) -> list[str]:
    return sorted(pl.scan_delta(str(data)).select("request_id").collect()["request_id"])


def expected(*numbers: int) -> list[str]:
    return sorted(f"id-{number}" for number in numbers)


def test_only_what_is_new_is_taken(tmp_path: Path) -> None:
    log, data = tmp_path / "a.log", tmp_path / "data"
    log.write_text(lines(0, 10) + "oops\n" + lines(10, 1)[:20])
    run = envoylog.ingest(log, FORMAT, into=data)
    assert (run.lines, run.rows, run.rejects, run.skipped) == (11, 10, 1, 0)
    assert run.news[str(log)].waiting == 20
    with log.open("a") as file:
        file.write(lines(10, 1)[20:] + "no\n")
    run = envoylog.ingest(log, FORMAT, into=data)
    assert (run.lines, run.rows, run.rejects) == (2, 1, 1)
    assert run.news[str(log)].news == "grown"
    run = envoylog.ingest(log, FORMAT, into=data)
    assert (run.lines, run.commits, run.news[str(log)].news) == (0, 0, "known")
    assert ids(data) == expected(*range(11))
    rejects = pl.read_delta(str(data / "_rejects")).sort("line_number")
    place = log.read_bytes().index
    assert rejects.select("source", "line_number", "byte_offset", "text").rows() == [
        (str(log), 11, place(b"oops"), "oops"),
        (str(log), 13, place(b"no\n"), "no"),
    ]


def test_rows_lie_by_day_and_sorted(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(lines(0, 50, 23) + lines(50, 50, 24))
    envoylog.ingest(tmp_path / "a.log", FORMAT, into=tmp_path / "data")
    for day in (23, 24):
        (file,) = (tmp_path / f"data/date=2026-11-{day}").iterdir()
        rows = pl.read_parquet(file)
        assert rows.equals(rows.sort("authority", "start_time"))
        assert len(rows) == 50


def test_a_format_without_time_goes_by_the_day_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("200 id-1 and more than thirty-two bytes\n")
    envoylog.ingest(
        tmp_path / "a.log", "%RESPONSE_CODE% %REQ(X-REQUEST-ID)%\n", into=tmp_path / "d"
    )
    days = pl.read_delta(str(tmp_path / "d"))["date"].to_list()
    assert [str(day) for day in days] == [time.strftime("%Y-%m-%d", time.gmtime())]


def test_another_format_brings_its_columns(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(lines(0, 1))
    (tmp_path / "b.log").write_text("[2026-11-24T00:00:01.000Z] id-1 17\n")
    envoylog.ingest(tmp_path / "a.log", FORMAT, into=tmp_path / "data")
    other = "[%START_TIME%] %REQ(X-REQUEST-ID)% %DURATION%\n"
    envoylog.ingest(tmp_path / "b.log", other, into=tmp_path / "data")
    rows = pl.read_delta(str(tmp_path / "data")).sort("request_id")
    assert rows.select("response_code", "duration").rows() == [(200, None), (None, 17)]
    assert (
        envoylog.open(tmp_path / "data").sql("select sum(duration) from access").pl().item() == 17
    )


def test_the_format_is_detected_when_something_is_new(tmp_path: Path) -> None:
    samples = ["sample_logs/istio.log"]
    first = envoylog.ingest(samples, "auto", into=tmp_path / "data")
    assert (first.rows, first.skipped) == (2000, 148)
    assert envoylog.ingest(samples, "auto", into=tmp_path / "data").lines == 0


def test_status_accounts_for_every_line(tmp_path: Path) -> None:
    log, data = tmp_path / "a.log", tmp_path / "data"
    for number in range(MERGED + 1):
        with log.open("a") as file:
            file.write(lines(number * 10, 10, 20 + number % 3) + "oops\n")
        envoylog.ingest(log, FORMAT, into=data)
    with log.open("a") as file:
        file.write("more")
    status = read_status(data)
    assert status.accounted
    assert (status.total.lines, status.rows, status.rejects) == (99, 90, 9)
    assert [day.rows for day in status.days] == [30, 30, 30]
    assert [run.lines for run in status.runs] == [11] * 9
    (source,) = status.sources
    assert (source.lines, source.offset, source.behind) == (99, log.stat().st_size - 4, 4)
    envoylog.ingest(log, FORMAT, into=data, keep="1d")
    status = read_status(data)
    assert (status.rows, status.expired_rows, status.accounted) == (0, 90, True)
    assert status.sources[0].waiting == 4


def test_a_long_run_commits_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_run, "COMMIT_EVERY", 10_000)
    for name in "abc":
        (tmp_path / f"{name}.log").write_text(lines(1000 * "abc".index(name), 1000))
    sources = sorted(tmp_path.glob("*.log"))
    run = envoylog.ingest(sources, FORMAT, into=tmp_path / "data")
    assert (run.rows, run.commits) == (3000, 3)
    assert ids(tmp_path / "data") == expected(*range(3000))
    assert envoylog.ingest(sources, FORMAT, into=tmp_path / "data").lines == 0


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(lines(0, 5))
    run = envoylog.ingest(
        [tmp_path / "a.log", tmp_path / "none.log"], FORMAT, into=tmp_path / "data"
    )
    assert run.rows == 5
    assert run.failures == [f"no such file or directory: {tmp_path / 'none.log'}"]


def test_the_dataset_may_lie_among_the_logs(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(lines(0, 5))
    for _again in range(2):
        run = envoylog.ingest(tmp_path, FORMAT, into=tmp_path / "data")
    assert list(run.news) == [str(tmp_path / "a.log")]


def grow(folder: Path, step: int) -> None:
    """Let some logs grow and rotate, always in the same way."""
    log = folder / "a.log"
    if step % 3 == 2 and log.exists():
        log.rename(folder / f"a.log.{step}")
    with log.open("a") as file:
        file.write(lines(step * 40, 40, 20 + step % 4) + f"oops {step}\n")


def state_of(data: Path) -> Mapping[str, object]:
    rejects = pl.read_delta(str(data / "_rejects")).sort("text", "line_number")
    status = read_status(data)
    return {
        "rows": ids(data),
        "rejects": rejects.select("line_number", "byte_offset", "text").rows(),
        "total": status.total,
        "accounted": status.accounted,
    }


_KILLER = """
import os, random, signal, sys, time
import deltalake, envoylog
import envoylog.dataset.upkeep, envoylog.pipeline.ingest.run
# Modules are only loaded here: their pools of threads start in the forks.

def run(seconds=None):
    began = time.monotonic()
    child = os.fork()
    if not child:
        envoylog.ingest(logs, form, into=into)
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - began

logs, into, form, seed = sys.argv[1:]
chance, longest = random.Random(int(seed)), 0.5
for _line in sys.stdin:
    died = tries = 0
    while died < 9 and tries < 40:
        code, _seconds = run(chance.uniform(0.01, longest))
        assert code in (0, -signal.SIGKILL), code
        died, tries = died + (code != 0), tries + 1
        if not code:
            longest *= 0.9  # it was quicker than the kill
    code, seconds = run()
    assert code == 0
    longest = seconds
    print(died, flush=True)
"""


def test_kills_at_any_moment_change_nothing(tmp_path: Path) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    logs = tmp_path / "logs"
    logs.mkdir()
    deaths = 0
    with subprocess.Popen(
        [sys.executable, "-c", _KILLER, logs, killed, FORMAT, "7"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as killer:
        assert killer.stdin
        assert killer.stdout
        for step in range(12):
            grow(logs, step)
            print(file=killer.stdin, flush=True)
            deaths += int(killer.stdout.readline())
            envoylog.ingest(logs, FORMAT, into=undisturbed)
        killer.stdin.close()
    assert deaths == 12 * 9 >= 100
    assert state_of(killed) == state_of(undisturbed)
    assert ids(killed) == expected(*range(12 * 40))


_LIMITED = """
import resource, signal, sys
import envoylog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
logs, into, form, limit = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    envoylog.ingest(logs, form, into=into)
except envoylog.OutputError as error:
    print(error)
    sys.exit(3)
"""


def test_a_full_disk_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    log, data = tmp_path / "a.log", tmp_path / "data"
    log.write_text(lines(0, 100))
    envoylog.ingest(log, FORMAT, into=data)
    before = state_of(data)
    with log.open("a") as file:
        file.write(lines(100, 20_000))
    codes = set()
    for limit in (0, 100, 1_000, 3_000, 6_000, 20_000, 100_000):
        done = subprocess.run(
            [sys.executable, "-c", _LIMITED, log, data, FORMAT, str(limit)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 3}, done.stderr
        assert done.returncode == 0 or done.stdout.startswith("cannot write")
        codes.add(done.returncode)
        if done.returncode == 3:
            assert state_of(data) == before
    assert 3 in codes
    envoylog.ingest(log, FORMAT, into=data)
    assert ids(data) == expected(*range(20_100))
    assert read_status(data).accounted


def test_two_at_once_in_a_folder(tmp_path: Path) -> None:
    log, data = tmp_path / "a.log", tmp_path / "data"
    log.write_text(lines(0, 5_000))
    both = [subprocess.Popen([*COMMAND, "--into", str(data), str(log)]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert ids(data) == expected(*range(5_000))


@pytest.mark.parametrize("head", ["", "2026-11-24T00:33:15.832123456Z stderr F "])
def test_an_application_log_that_goes_on_is_read_by_one_run(tmp_path: Path, head: str) -> None:
    log, data = tmp_path / "a.log", tmp_path / "data"
    warning = "[2026-11-24 06:03:15.611][7][critical][backtrace] [x.cc:1] Caught Segmentation fault"
    rows = lines(0, 20).splitlines()
    first = [*rows, warning, "#0: Envoy::main"]
    log.write_text("".join(f"{head}{line}\n" for line in first))
    run = envoylog.ingest(log, FORMAT, into=data)
    assert (run.rows, run.skipped, run.rejects) == (20, 0, 0)
    assert run.news[str(log)].waiting > 0
    with log.open("a") as file:
        file.write("".join(f"{head}{line}\n" for line in ["#1: Envoy::run", *rows[:1]]))
    run = envoylog.ingest(log, FORMAT, into=data)
    assert (run.rows, run.skipped, run.rejects) == (1, 3, 0)
