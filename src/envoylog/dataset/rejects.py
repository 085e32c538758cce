"""Rejects: the lines that could not be read, kept whole beside the rows."""

from __future__ import annotations

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


def rejects_path(rows: Path) -> Path:
    """Name the rejects of a Parquet file: `out.parquet` has `out.rejects.parquet` beside it."""
    return rows.with_name(rows.name.removesuffix(".parquet") + SUFFIX)


class RejectsWriter:
    """Writes rejects as they come, in memory that does not grow with them.

    Parameters
    ----------
    path : Path
        The file to write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, rejects: pl.DataFrame) -> None:
        """Append rejects of one block."""
        if rejects.is_empty():
            return
        table = rejects.select(SCHEMA.names()).to_arrow()
        if self._writer is None:
            import pyarrow.parquet as pq

            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file; without rejects it is an empty one, so that readers find a file."""
        if self._writer is None:
            SCHEMA.to_frame().write_parquet(self._path)
        else:
            self._writer.close()


def group_rejects(paths: list[Path], examples: int = 1) -> pl.DataFrame:
    """Count rejects by reason and field, most frequent first.

    Parameters
    ----------
    paths : list of Path
        Files of rejects.
    examples : int
        How many texts to show of each group.

    Returns
    -------
    polars.DataFrame
        `count`, `reason`, `field`, `examples` (a list of structs of source, line and text).
    """
    example = pl.struct("source", "line_number", "text").head(examples)
    rejects = pl.scan_parquet(paths) if paths else SCHEMA.to_frame().lazy()
    return (
        rejects.group_by("reason", "field")
        .agg(pl.len().alias("count"), example.alias("examples"))
        .sort("count", "reason", "field", descending=[True, False, False])
        .select("count", "reason", "field", "examples")
        .collect()
    )
