"""Measure the largest memory of `parse` and `ingest` on logs of several lengths.

`python -m benchmarks.memory --lines 2000000 --times 1 10` writes one log, and reads it once and ten
times over. Where memory does not grow with the log, the last column stays near 1.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.generate import write
from benchmarks.measure import Cost, run
from benchmarks.shapes import T1

_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one command took for a log.

    Attributes
    ----------
    command : str
        `parse` or `ingest`.
    lines : int
        Of the log.
    cost : Cost
        Of the whole process.
    """

    command: str
    lines: int
    cost: Cost


def footprints(log: Path, lines: int, times: list[int], folder: Path) -> Iterator[Footprint]:
    """Run both commands on a log, and on as many copies of it in one file as are asked for.

    Parameters
    ----------
    log : Path
        Lines in the format of `T1`.
    lines : int
        How many they are.
    times : list of int
        How often to read them.
    folder : Path
        Gets the long log and what is made of it.

    Yields
    ------
    Footprint
    """
    long = folder / "long.log"
    for count in times:
        with long.open("wb") as whole:
            for _ in range(count):
                with log.open("rb") as once:
                    shutil.copyfileobj(once, whole)
        for command, to in (("parse", "-o"), ("ingest", "--into")):
            made = folder / command
            words = [sys.executable, "-m", "envoylog", command, "-q", "-f", T1.format]
            cost = run([*words, str(long), to, str(made)], folder / "said")
            if cost.failure:
                raise RuntimeError(cost.failure)
            yield Footprint(command, lines * count, cost)
            shutil.rmtree(made) if made.is_dir() else made.unlink()
        long.unlink()


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10])
    options = parser.parse_args()
    first: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(T1, options.lines, folder)
        sys.stdout.write("command       lines  CPU s   MiB  of the first\n")
        for found in footprints(folder / "T1.dirty.log", options.lines, options.times, folder):
            memory = found.cost.memory
            ratio = memory / first.setdefault(found.command, memory)
            sys.stdout.write(
                f"{found.command:<8} {found.lines:>10,} {found.cost.cpu:>6.1f} "
                f"{memory / _MIB:>5.0f}  {ratio:.2f}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
