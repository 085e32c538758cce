"""Run a command as a whole process and account for it as the operating system does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took.

    Attributes
    ----------
    wall, cpu : float
        Seconds by the clock, and of all cores together.
    memory : int
        The largest resident size, in bytes.
    failure : str
        The last line that it said, if it failed.
    """

    wall: float
    cpu: float
    memory: int
    failure: str = ""


def run(command: Sequence[str], said: Path) -> Cost:
    """Run a command to its end; what it says goes to a file.

    A small process starts it: Linux counts the size of the process that starts another as the
    other's own.
    """
    small = [sys.executable, "-I", __file__, str(said), *command]
    # Modules are compiled once, as on anybody's machine.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    output = subprocess.run(small, check=True, stdout=subprocess.PIPE, env=environment).stdout
    return Cost(**json.loads(output))


def middle(costs: Sequence[Cost]) -> Cost:
    """Take the median of each figure of several runs, and the largest memory."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        max(cost.memory for cost in costs),
        next((cost.failure for cost in costs if cost.failure), ""),
    )


def _account(command: Sequence[str], said: Path) -> Cost:
    began = time.perf_counter()
    with said.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
        _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    failure = ""
    if process.returncode:
        lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        failure = (lines or [f"exit code {process.returncode}"])[-1][:200]
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, failure)


if __name__ == "__main__":
    json.dump(asdict(_account(sys.argv[2:], Path(sys.argv[1]))), sys.stdout)
