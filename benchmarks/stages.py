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
from envoylog.parser.cell_reader import CellReader, Read
from envoylog.parser.parser import AccessLogParser, Parsed
from envoylog.parser.plain import find_plain_lines
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
    if parser.cells:
        spent, rows = _of_text(parser, parser.cells, blocks)
    else:
        spent, rows = _of_json(parser, blocks)
    to = log.with_suffix(".parquet")

    def encode(frame: pl.DataFrame) -> None:
        frame.write_parquet(to, compression_level=COMPRESSION_LEVEL)

    spent["encode: columns to Parquet"] = _least(encode, [pl.concat(rows)])
    to.unlink()
    count, total = sum(block.data.count(b"\n") for block in blocks), sum(spent.values())
    for name, seconds in spent.items():
        yield Stage(shape.name, name, seconds / count * 1e6, seconds / total)


def _of_text(
    parser: AccessLogParser, reader: CellReader, blocks: list[Block]
) -> tuple[dict[str, float], list[pl.DataFrame]]:
    """Measure up to the rows: plain lines as bytes, the others line by line."""
    found = [find_plain_lines(block.whole, reader.record) for block in blocks]
    read = [reader.read(block.whole) for block in blocks]

    def look(block: Block) -> object:
        return find_plain_lines(block.whole, reader.record)

    def parse(block: Block) -> Parsed:
        return parser.parse_block(block.whole, _lines) or parser.parse_lines(block.lines)

    def others(block: Read) -> object:
        return parser.parse_lines(_lines(block.rest)) if block.rest else None

    looked, cut, left = _least(look, blocks), _least(reader.split, found), _least(others, read)
    spent = {
        "look: which lines are plain": looked,
        "split: plain lines to cells": cut,
        "decode: to typed columns": _least(parse, blocks) - looked - cut - left,
        "others: lines that are not plain": left,
    }
    return spent, [parse(block).rows for block in blocks]


def _of_json(
    parser: AccessLogParser, blocks: list[Block]
) -> tuple[dict[str, float], list[pl.DataFrame]]:
    """Measure up to the rows."""
    lines = [block.lines for block in blocks]
    known = [(block.printable, block.quotes) for block in blocks]

    def look(block: Block) -> object:
        return block.printable, block.quotes

    def decode(place: int) -> Parsed:
        printable, quotes = known[place]
        return parser.parse_lines(lines[place], printable=printable, quotes=quotes)

    places = list(range(len(blocks)))
    spent = {
        "read: bytes to lines": _least(lambda block: block.lines, blocks),
        "look: which bytes there are": _least(look, blocks),
        "decode: to typed columns": _least(decode, places),
    }
    return spent, [decode(place).rows for place in places]


def _lines(data: bytes) -> pl.Series:
    return Block(data, 0).lines


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
