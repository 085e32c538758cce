"""Measure each stage of a parse by itself: `python -m benchmarks.stages --lines 400000`.

One process, CPU seconds, the least of several rounds: where the time goes, and what a change moved.
The stages do what `envoylog parse` does, one after the other. They join the results that
`benchmarks.compare` wrote, or are printed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar

import polars as pl

import envoylog
from benchmarks.compare import newest
from benchmarks.generate import write
from benchmarks.shapes import SHAPES, Shape
from envoylog.logs.blocks import Block, read_blocks
from envoylog.pipeline.parse import COMPRESSION_LEVEL

_ROUNDS: Final = 3
_Given = TypeVar("_Given")


@dataclass(frozen=True, slots=True)
class Stage:
    """What one stage takes.

    Attributes
    ----------
    shape, stage : str
        Of which log, and what is done.
    micros : float
        Microseconds of CPU a line.
    share : float
        Of all stages.
    """

    shape: str
    stage: str
    micros: float
    share: float


def stages(shape: Shape, log: Path) -> Iterator[Stage]:
    """Measure the stages of one log."""
    parser = envoylog.compile_format(shape.format)
    blocks = list(read_blocks(BytesIO(log.read_bytes())))
    lines = [block.lines for block in blocks]
    known = [(block.printable, block.quotes) for block in blocks]
    rows = [
        parser.parse_lines(own, printable=printable, quotes=quotes).rows
        for own, (printable, quotes) in zip(lines, known, strict=True)
    ]
    whole = pl.concat(rows)
    to = log.with_suffix(".parquet")

    def look(block: Block) -> object:
        return block.printable, block.quotes

    def decode(place: int) -> object:
        printable, quotes = known[place]
        return parser.parse_lines(lines[place], printable=printable, quotes=quotes)

    def split(place: int) -> object:
        reader = parser.text_reader and parser.text_reader.splits
        return reader and reader.pieces(lines[place])

    def encode(frame: pl.DataFrame) -> None:
        frame.write_parquet(to, compression_level=COMPRESSION_LEVEL)

    places = list(range(len(blocks)))
    cut = _least(split, places)
    spent = {
        "read: bytes to lines": _least(lambda block: block.lines, blocks),
        "look: which bytes there are": _least(look, blocks),
        "split: lines to pieces": cut,
        "decode: to typed columns": _least(decode, places) - cut,
        "encode: columns to Parquet": _least(encode, [whole]),
    }
    to.unlink()
    count, total = sum(map(len, lines)), sum(spent.values())
    for name, seconds in spent.items():
        yield Stage(shape.name, name, seconds / count * 1e6, seconds / total)


def _least(stage: Callable[[_Given], object], items: list[_Given]) -> float:
    """Give the fewest CPU seconds that a stage took for all items."""
    rounds: list[float] = []
    for _round in range(_ROUNDS):
        began = time.process_time()
        for item in items:
            stage(item)
        rounds.append(time.process_time() - began)
    return min(rounds)


def main() -> None:
    """Measure all shapes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=400_000)
    parser.add_argument("--folder", type=Path, default=Path("build/bench"))
    parser.add_argument("--into", type=Path, help="a file of results; by default they are printed")
    parser.add_argument("--join", action="store_true", help="complete the newest results")
    options = parser.parse_args()
    found: list[dict[str, object]] = []
    for name, shape in SHAPES.items():
        write(shape, options.lines, options.folder)
        found += [asdict(stage) for stage in stages(shape, options.folder / f"{name}.dirty.log")]
        for path in options.folder.glob(f"{name}.*"):
            path.unlink()
    to = newest() if options.join else options.into
    if to is None:
        for row in found:
            sys.stdout.write(f"{row['shape']}  {row['stage']:32}{row['micros']:6.2f} µs a line\n")
        return
    document = json.loads(to.read_text(encoding="utf-8"))
    document["stages"] = found
    to.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
