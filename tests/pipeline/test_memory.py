"""Memory does not grow with the log: ten times the lines take no more of it.

Everything that waits in memory is a fraction of its usual size, so that 100,000 lines are enough to
fill it; the rest is as always, with two blocks side by side. What whole logs take at full size is
measured by `python -m benchmarks.memory`.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.generate import write
from benchmarks.measure import run
from benchmarks.shapes import T1

LINES = 100_000
# What is free goes back at once: how much of it the allocators of polars and of C keep for later
# depends on which threads happen to be at work at the same moment.
KEEP_NOTHING = (
    "POLARS_MAX_THREADS=1",
    "MALLOC_ARENA_MAX=1",
    "_RJEM_MALLOC_CONF=narenas:1,dirty_decay_ms:0,muzzy_decay_ms:0",
)
SMALL = """
import sys
from envoylog.cli.memory import share_memory
share_memory()
from envoylog.logs import blocks
blocks.BLOCK_SIZE = 2**20
from envoylog.dataset import partitions, upkeep
from envoylog.pipeline import parse
from envoylog.pipeline.ingest import run
# No smaller groups: each leaves some 60 kB of what the footer will say.
parse.ROW_GROUP, partitions.WAITING, upkeep.MOST_ROWS = 2**15, 2**22, 2**15
run.COMMIT_EVERY = 2**24
# The census comes after, only for the longer log here, and takes what DuckDB takes for any.
parse.MANY_ROWS = run.MANY_ROWS = 10**9
verb, log, to = sys.argv[1:]
if verb == "parse":
    done = parse.parse(log, "envoy", to=to)
elif verb == "pipe":
    done = parse.parse(log, "envoy", to="-", rejects=to)
else:
    done = run.ingest(log, "envoy", into=to)
assert done.lines == done.rows + done.rejects + done.skipped >= 100_000, done
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give a log with all kinds of dirt, and one that is ten times as long."""
    folder = tmp_path_factory.mktemp("logs")
    write(T1, LINES, folder)
    once, ten = folder / "T1.dirty.log", folder / "ten.log"
    ten.write_bytes(once.read_bytes() * 10)
    return [once, ten]


@pytest.mark.parametrize("verb", ["parse", "ingest"])
def test_ten_times_the_lines_take_no_more_memory(
    logs: list[Path], tmp_path: Path, verb: str
) -> None:
    command = ["env", *KEEP_NOTHING, sys.executable, "-c", SMALL]
    peaks: list[int] = []
    for number, log in enumerate(logs):
        cost = run([*command, verb, str(log), str(tmp_path / f"{number}")], tmp_path / "said")
        assert not cost.failure
        peaks.append(cost.memory)
    assert peaks[1] < 1.1 * peaks[0], peaks


def test_memory_does_not_fill_while_the_output_is_slow(logs: list[Path], tmp_path: Path) -> None:
    # With one thread, polars takes in less than it does everywhere.
    settings = [*KEEP_NOTHING, "POLARS_MAX_THREADS=2"]
    command = ["env", *settings, sys.executable, "-c", SMALL.replace("2**20", "2**21")]
    quick = run([*command, "parse", str(logs[1]), str(tmp_path / "quick")], tmp_path / "said")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def read_late() -> int:
        with pipe.open("rb") as output:
            time.sleep(4)  # long enough for all of it to be parsed
            return len(output.read())

    with ThreadPoolExecutor() as pool:
        written = pool.submit(read_late)
        slow = run([*command, "pipe", str(logs[1]), str(tmp_path / "rejects")], pipe)
    assert not quick.failure
    assert not slow.failure
    assert written.result() > 2**24
    assert slow.memory < 1.05 * quick.memory
