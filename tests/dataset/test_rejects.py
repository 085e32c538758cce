"""Rejects of many blocks, of which most wait in a file beside."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from envoylog.dataset import rejects
from envoylog.dataset.rejects import SCHEMA, RejectsWriter


def block(number: int, rows: int, width: int) -> pl.DataFrame:
    """Make the rejects of one block."""
    lines = range(number * rows, (number + 1) * rows)
    return pl.DataFrame(
        {
            "source": [f"{number}.log"] * rows,
            "line_number": lines,
            "byte_offset": [line * width for line in lines],
            "reason": ["odd"] * rows,
            "field": [None if line % 2 else "path" for line in lines],
            "text": [f"{line}: \x1b é 中".ljust(width, "x") for line in lines],
        },
        schema=SCHEMA,
    )


@pytest.mark.parametrize(
    ("blocks", "rows", "width"), [(0, 0, 0), (3, 10, 50), (40, 300, 50), (9, 3, 2**18)]
)
def test_all_come_out_in_their_order(tmp_path: Path, blocks: int, rows: int, width: int) -> None:
    written = [block(number, rows, width) for number in range(blocks)]
    with RejectsWriter(tmp_path / "out.parquet") as writer:
        for one in written:
            writer.write(one)
        writer.close()
    assert pl.read_parquet(tmp_path / "out.parquet").equals(
        pl.concat([SCHEMA.to_frame(), *written])
    )
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


def test_few_wait_in_memory(tmp_path: Path) -> None:
    with RejectsWriter(tmp_path / "out.parquet") as writer:
        for number in range(100):
            writer.write(block(number, 100, 100))
            assert len(writer._waiting) < rejects._ROWS
            assert writer._waiting.estimated_size() < rejects._SIZE
