"""Count the instructions of a parse: `python -m benchmarks.guard`.

Seconds on a shared machine say nothing; instructions are the same whatever else runs. A parse of a
dirty log is held against what polars' own reader takes for the clean one, in one process under
valgrind's callgrind, which counts each of both apart. Where a change makes lines cheaper, or a
release of polars its readers, the table below is to be brought up to date.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.generate import write
from benchmarks.shapes import SHAPES, Shape

#: How many times the instructions of polars' reader (CSV, NDJSON) a parse of each shape takes.
EXPECTED: Final = {"T1": 1.72, "J1": 1.97}
#: A ratio may lie so far above that.
TOLERANCE: Final = 0.15
_LINES: Final = 20_000
_PEERS: Final = {"T1": "csv", "T2": "csv", "J1": "ndjson"}
# callgrind writes what it counted, and starts anew, where the process asks for its session.
_MARK: Final = "getsid"


@dataclass(frozen=True, slots=True)
class Count:
    """Instructions of two ways to read one log.

    Attributes
    ----------
    shape : str
        Of the log.
    ours, theirs : int
        Of a parse of the dirty log, and of polars' own reader for the clean one.
    """

    shape: str
    ours: int
    theirs: int

    @property
    def ratio(self) -> float:
        """Ours in units of theirs."""
        return self.ours / self.theirs


def counted(shape: Shape, folder: Path, lines: int = _LINES) -> Count:
    """Count the instructions that a parse takes, and polars' reader.

    Parameters
    ----------
    shape : Shape
        The log.
    folder : Path
        Gets it.
    lines : int
        How many.

    Raises
    ------
    subprocess.CalledProcessError
        If valgrind fails.
    """
    write(shape, lines, folder)
    out = folder / "callgrind.out"
    options = (f"--callgrind-out-file={out}", f"--dump-before={_MARK}", "--combine-dumps=no")
    fixed = {"POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.guard", shape.name, str(folder)]
    subprocess.run(
        ["valgrind", "--tool=callgrind", "-q", *options, *command],  # noqa: S607
        check=True,
        env={**os.environ, **fixed},
    )
    _start, ours, theirs = (_total(Path(f"{out}.{part}")) for part in (1, 2, 3))
    return Count(shape.name, ours, theirs)


def _total(dump: Path) -> int:
    found = re.search(r"^(?:summary|totals): ([0-9]+)", dump.read_text(), re.MULTILINE)
    if not found:
        raise ValueError(f"{dump} has no total")
    return int(found[1])


def _read(shape: Shape, folder: Path) -> None:
    """Read the log both ways, with a mark before, between and after."""
    import envoylog
    from benchmarks.peers import polars_peers

    peer = getattr(polars_peers, _PEERS[shape.name])
    dirty, clean = (folder / f"{shape.name}.{kind}.log" for kind in ("dirty", "clean"))
    few = {log: folder / f"few.{log.name}" for log in (dirty, clean)}
    for log, short in few.items():
        short.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:500]))

    def ours(log: Path) -> None:
        envoylog.parse(log, shape.format, to=folder / "ours.parquet")

    def theirs(log: Path) -> None:
        peer(shape, log, folder / "theirs.parquet", tolerant=False)

    # What is done but once should not count.
    ours(few[dirty])
    theirs(few[clean])
    os.getsid(0)
    ours(dirty)
    os.getsid(0)
    theirs(clean)
    os.getsid(0)


def main() -> int:
    """Count for all shapes of the table, and hold the ratios against it."""
    if len(sys.argv) > 1:
        _read(SHAPES[sys.argv[1]], Path(sys.argv[2]))
        return 0
    if not shutil.which("valgrind"):
        sys.stderr.write("benchmarks.guard needs valgrind: apt-get install valgrind\n")
        return 2
    far = False
    for name, expected in EXPECTED.items():
        with tempfile.TemporaryDirectory() as folder:
            count = counted(SHAPES[name], Path(folder))
        far |= count.ratio > expected * (1 + TOLERANCE)
        sys.stdout.write(
            f"{name}: {count.ours / _LINES:,.0f} instructions a line, polars' reader "
            f"{count.theirs / _LINES:,.0f}: {count.ratio:.2f} times, expected {expected}\n"
        )
    return int(far)


if __name__ == "__main__":
    sys.exit(main())
