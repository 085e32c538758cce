"""Rejects: the lines that could not be read, kept whole beside the rows."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import Struct
from tempfile import TemporaryFile
from typing import IO, Final, Self

import polars as pl
from polars.io.plugins import register_io_source

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
# What may wait in memory: rows, and bytes.
_ROWS, _SIZE = 2_000, 2**19
_LENGTH: Final = Struct("<q")


def rejects_path(rows: Path) -> Path:
    """Name the rejects of a Parquet file: `out.parquet` has `out.rejects.parquet` beside it."""
    return rows.with_name(rows.name.removesuffix(".parquet") + SUFFIX)


def skipped_path(rejects: Path) -> Path:
    """Name the skipped lines beside a file of rejects: `out.skipped.parquet`."""
    stem = rejects.name.removesuffix(SUFFIX).removesuffix(".parquet")
    return rejects.with_name(stem + SKIPPED_SUFFIX)


class RejectsWriter:
    """Writes rejects as they come, in memory that does not grow with them.

    Most wait in a file that has no name, and is gone with the process.

    Parameters
    ----------
    path : Path
        The file to write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting = SCHEMA.to_frame()
        self._aside: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        if self._aside:
            self._aside.close()

    def write(self, rejects: pl.DataFrame) -> None:
        """Append rejects of one block."""
        self._waiting.vstack(rejects.select(SCHEMA.names()), in_place=True)
        if len(self._waiting) >= _ROWS or self._waiting.estimated_size() >= _SIZE:
            self._put_aside()

    def close(self) -> None:
        """Finish the file; without rejects it is an empty one, so that readers find a file."""
        rows = register_io_source(self._all, schema=SCHEMA) if self._aside else self._waiting.lazy()
        rows.sink_parquet(self._path, compression_level=1)

    def _put_aside(self) -> None:
        if self._aside is None:
            self._aside = TemporaryFile(dir=self._path.parent)  # noqa: SIM115 - closed with this
        piece = io.BytesIO()
        self._waiting.write_ipc(piece, compression="lz4")
        self._aside.write(_LENGTH.pack(piece.tell()))
        self._aside.write(piece.getbuffer())
        self._waiting = self._waiting.clear()

    def _all(self, *_pushdown: object) -> Iterator[pl.DataFrame]:
        """Give all rejects in their order."""
        if self._aside:
            self._aside.seek(0)
            while length := self._aside.read(_LENGTH.size):
                yield pl.read_ipc(io.BytesIO(self._aside.read(*_LENGTH.unpack(length))))
        yield self._waiting


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
