"""What a run promises whatever happens: nothing lost, old or new but never half."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import envoylog
from envoylog.logs.unicode import hide_bytes

COMMAND = [sys.executable, "-m", "envoylog", "parse"]
LINE = b'[2026-11-24T00:33:15.832Z] "GET / HTTP/1.1" 200 - 0 5 1 1 "-" "-" "-" "a" "-"'
_pieces = st.sampled_from(
    [
        LINE,
        LINE[:40],
        b"[2026-11-24 06:03:15.611][7][info][main] [x.cc:1] hi",
        b"2026-11-24T00:33:15Z stdout P " + LINE[:9],
        b"2026-11-24T00:33:15Z stdout F " + LINE,
        b'{"log":"x\\n","stream":"stdout","time":"2026-11-24T00:33:15Z"}',
        b"\n",
        b"\r\n",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\0",
        b"\\xff",
        b"\x1f\x8b\x08",
        b"PK\x03\x04",
        b"[{",
    ]
)


@given(st.lists(_pieces | st.binary(max_size=8), max_size=12).map(b"".join))
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_line_is_counted_once(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.log").write_bytes(data)
    to = tmp_path / "o.parquet"
    try:
        run = envoylog.parse(tmp_path / "a.log", "envoy", to=to, keep=["skipped"])
    except envoylog.InputError as error:
        # Nothing of it could be unpacked.
        assert "a.log" in str(error)  # noqa: PT017
        return
    assert run.lines == run.rows + run.rejects + run.skipped
    assert pl.read_parquet(to).height == run.rows
    assert pl.read_parquet(run.rejects_output).height == run.rejects
    assert pl.read_parquet(run.skipped_output).height == run.skipped


@given(st.lists(_pieces | st.binary(max_size=8), max_size=12).map(b"".join))
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_rejects_hold_the_very_bytes(tmp_path: Path, data: bytes) -> None:
    # What begins as a record stands in no envelope and no archive.
    data = LINE + b"\n" + LINE + b"\n" + LINE + b"\n" + data
    (tmp_path / "a.log").write_bytes(data)
    run = envoylog.parse(
        tmp_path / "a.log", "%REQ(NEVER)%#", to=tmp_path / "o.parquet", keep=["skipped"]
    )
    written = data.removesuffix(b"\n").split(b"\n")
    found = pl.concat([pl.read_parquet(run.rejects_output), pl.read_parquet(run.skipped_output)])
    for number, offset, text in found.select("line_number", "byte_offset", "text").iter_rows():
        line = written[number - 1]
        assert data[offset:].startswith(line)
        assert hide_bytes(text) == line.removesuffix(b"\r")


def test_a_line_of_100_mb(tmp_path: Path) -> None:
    log = tmp_path / "a.log.gz"
    with gzip.open(log, "wb", compresslevel=1) as stream:
        stream.write(LINE + b"\n")
        for _ in range(100):
            stream.write(b"a" * 10**6)
        stream.write(b"\n" + LINE)
    run = envoylog.parse(log, "envoy", to=tmp_path / "o.parquet")
    assert (run.rows, run.rejects, run.bytes_in) == (2, 1, 10**8 + 1 + 2 * len(LINE) + 1)
    (reject,) = pl.read_parquet(run.rejects_output).to_dicts()
    assert reject["reason"] == "the line is longer than 8,388,608 bytes"
    assert reject["text"].startswith("a" * 1024 + "… (100,000,001 bytes, sha256 ")
    assert (reject["line_number"], reject["byte_offset"]) == (2, len(LINE) + 1)


def big(path: Path, count: int) -> Path:
    """Write a log of some ten thousand lines."""
    sample = Path("sample_logs/envoy.log").read_bytes()
    path.write_bytes(sample * count)
    return path


# Parses one log and the other by turns, and kills the process that does so at a random moment, but
# not the first, until a hundred have died. The processes are forks of one that has imported all
# they need and started no thread: a hundred take no longer than a few from scratch.
KILLING = """
import os, random, signal, sys, time
import envoylog
from envoylog.pipeline.parse import parse
*logs, out = sys.argv[1:]
rng = random.Random(7)
whole, moment, deaths = 0.0, 0, 0
while deaths < 100 and moment < 300:
    began, child = time.monotonic(), os.fork()
    if not child:
        parse(logs[moment % 2], "envoy", to=out)
        os._exit(0)
    if moment:
        # Some are to end before they are killed.
        time.sleep(rng.uniform(0, 1.3 * whole))
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    # The first may be the slowest by far: a kill is to come before the end.
    took = time.monotonic() - began
    whole = took if not moment else min(whole, took) if status == 0 else whole
    moment, deaths = moment + 1, deaths + (status != 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
    sys.stdin.readline()
"""


def test_killed_at_a_hundred_moments(tmp_path: Path) -> None:
    logs, out = [big(tmp_path / "a.log", 1), big(tmp_path / "b.log", 2)], tmp_path / "o.parquet"
    rejects = tmp_path / "o.rejects.parquet"
    for log, count in zip(logs, (3, 4), strict=True):
        log.write_bytes(log.read_bytes() + b"oops\n" * count)
    command = [sys.executable, "-W", "ignore", "-c", KILLING, *map(str, [*logs, out])]
    ends: list[int] = []
    found = [(0, 0)]
    with subprocess.Popen(
        command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        for end in process.stdout:
            rows, bad = pl.read_parquet(out).height, pl.read_parquet(rejects).height
            new = ((2000, 3), (4000, 4))[len(ends) % 2]
            assert rows in {found[-1][0], new[0]}
            assert bad in {found[-1][1], new[1]}
            ends.append(int(end))
            found.append((rows, bad))
            process.stdin.write("\n")
            process.stdin.flush()
    assert (process.returncode, ends[0]) == (0, 0)
    assert ends.count(-signal.SIGKILL) == 100
    assert set(ends) == {0, -signal.SIGKILL}
    assert len(set(found[1:])) > 1
    subprocess.run([*COMMAND, "-f", "envoy", logs[1], "-o", out, "-q"], check=True)
    assert pl.read_parquet(out).height == 4000
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.log",
        "b.log",
        "o.parquet",
        "o.rejects.parquet",
    ]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    log, out = big(tmp_path / "a.log", 3), tmp_path / "o.parquet"
    envoylog.parse("sample_logs/envoy.log", "envoy", to=out)
    before = out.read_bytes()
    limit = "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)); "
    limit += "from envoylog.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", limit, "parse", "-f", "envoy", log, "-o", out],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.decode().count("\n") == 1
    assert done.stderr.startswith(b"envoylog: cannot write ")
    assert out.read_bytes() == before


def test_pipes(tmp_path: Path) -> None:
    log = Path("sample_logs/envoy.log").read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    out = tmp_path / "o.parquet"
    with subprocess.Popen([*COMMAND, "-f", "auto", pipe, "-o", out, "-q"]) as process:
        pipe.write_bytes(log)
        assert process.wait() == 0
    assert pl.read_parquet(out).height == 2000
    for data in (log, gzip.compress(log)):
        out.unlink()
        subprocess.run([*COMMAND, "-f", "envoy", "-", "-o", out, "-q"], input=data, check=True)
        assert pl.read_parquet(out).height == 2000


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    log = big(tmp_path / "a.log", 20)
    sample = Path("sample_logs/envoy.log").read_bytes()
    lines = log.read_bytes().count(b"\n")
    grown = threading.Event()

    def grow(_progress: envoylog.Progress) -> None:
        if not grown.is_set():
            grown.set()
            # What is cut off here is no row; it may be read or not.
            with log.open("ab") as file:
                file.write(sample + LINE[:100])

    run = envoylog.parse(log, "envoy", to=tmp_path / "o.parquet", progress=grow)
    assert grown.is_set()
    assert run.lines == run.rows + run.rejects + run.skipped
    assert lines <= run.lines <= lines + sample.count(b"\n") + 1
    assert run.rejects <= 1
    assert run.rows >= 20 * 2000


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    log = Path("sample_logs/envoy.log").read_bytes()
    (tmp_path / "a.log").write_bytes(log)
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(log)[:-5000])
    out = tmp_path / "o.parquet"
    done = subprocess.run(
        [*COMMAND, "-f", "envoy", "nowhere.log", tmp_path, "-o", out, "-q"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3
    first, second = done.stderr.decode().splitlines()
    assert first == "envoylog: no such file or directory: nowhere.log"
    assert second.startswith(f"envoylog: {tmp_path}/b.log.gz: the gzip data is cut off near byte ")
    rows = pl.read_parquet(out).height
    assert 3000 < rows < 4000
