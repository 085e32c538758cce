"""Rejects: the lines that could not be read, kept whole beside the rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    import pyarrow.parquet as pq

SCHEMA: Final = pl.Schema(
    {
        "source": pl.String(),
        "line_number": pl.Int64(),
        "byte_offset": pl.Int64(),
        "reason": pl.String(),
        "field": pl.String(),
        "text": pl.String(),
    }
)
SUFFIX: Final = ".rejects.parquet"
SKIPPED_SUFFIX: Final = ".skipped.parquet"
# Of a row group.
_ROWS, _SIZE = 100_000, 16 * 2**20


def rejects_path(rows: Path) -> Path:
    """Name the rejects of a Parquet file: `out.parquet` has `out.rejects.parquet` beside it."""
    return rows.with_name(rows.name.removesuffix(".parquet") + SUFFIX)


def skipped_path(rejects: Path) -> Path:
    """Name the skipped lines beside a file of rejects: `out.skipped.parquet`."""
    stem = rejects.name.removesuffix(SUFFIX).removesuffix(".parquet")
    return rejects.with_name(stem + SKIPPED_SUFFIX)


class RejectsWriter:
    """Writes rejects as they come, in memory that does not grow with them.

    Parameters
    ----------
    path : Path
        The file to write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting = SCHEMA.to_frame()
        self._writer: pq.ParquetWriter | None = None

    def write(self, rejects: pl.DataFrame) -> None:
        """Append rejects of one block."""
        self._waiting = self._waiting.vstack(rejects.select(SCHEMA.names()))
        if len(self._waiting) >= _ROWS or self._waiting.estimated_size() >= _SIZE:
            self._flush()

    def close(self) -> None:
        """Finish the file; without rejects it is an empty one, so that readers find a file."""
        if self._writer is None:
            self._waiting.write_parquet(self._path, compression_level=1)
        else:
            self._flush()
            self._writer.close()

    def _flush(self) -> None:
        table = self._waiting.to_arrow()
        if self._writer is None:
            import pyarrow.parquet as pq  # slow to import, and few logs have so many rejects

            self._writer = pq.ParquetWriter(
                self._path, table.schema, compression="zstd", compression_level=1
            )
        self._writer.write_table(table)
        self._waiting = self._waiting.clear()


def group_rejects(paths: Sequence[str | Path], examples: int = 1) -> pl.DataFrame:
    """Count rejects by reason and field, most frequent first.

    Parameters
    ----------
    paths : sequence of paths
        Files of rejects.
    examples : int
        How many texts to show of each group.

    Returns
    -------
    polars.DataFrame
        `count`, `reason`, `field`, `examples` (a list of structs of source, line and text).
    """
    example = pl.struct("source", "line_number", "text").head(examples)
    files = [str(path) for path in paths]
    rejects = pl.scan_parquet(files, hive_partitioning=False) if files else SCHEMA.to_frame().lazy()
    return (
        rejects.group_by("reason", "field")
        .agg(pl.len().alias("count"), example.alias("examples"))
        .sort("count", "reason", "field", descending=[True, False, False])
        .select("count", "reason", "field", "examples")
        .collect()
    )
