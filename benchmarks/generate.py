"""Write the logs that are measured: `python -m benchmarks.generate T1 --lines 2000000`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks import traffic
from benchmarks.dirt import dirty
from benchmarks.shapes import SHAPES, Shape

_ROWS: Final = 100_000


def write(shape: Shape, lines: int, folder: Path, seed: int = 1) -> None:
    """Write a clean log, a dirty one of as many lines, and what the dirty one truly says.

    Parameters
    ----------
    shape : Shape
        How lines look.
    lines : int
        How many.
    folder : Path
        Gets `T1.clean.log`, `T1.dirty.log` and `T1.truth.parquet`.
    seed : int
        The same seed writes the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    truths: list[pl.DataFrame] = []
    with (
        (folder / f"{shape.name}.clean.log").open("wb") as clean,
        (folder / f"{shape.name}.dirty.log").open("wb") as spoilt,
    ):
        for first in range(0, lines, _ROWS):
            rows = traffic.rows(min(_ROWS, lines - first), first=first, seed=seed)
            rows = rows.select(shape.columns)
            clean.write(("\n".join(shape.lines(rows)) + "\n").encode())
            bad, truth = dirty(shape, rows, seed=seed + first)
            spoilt.write(b"\n".join(bad) + b"\n")
            truths.append(truth)
    pl.concat(truths).write_parquet(folder / f"{shape.name}.truth.parquet")


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help="T1, T2, J1; all by default")
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--into", type=Path, default=Path("build/bench"))
    options = parser.parse_args()
    for name in options.shapes or SHAPES:
        write(SHAPES[name], options.lines, options.into)


if __name__ == "__main__":
    main()
