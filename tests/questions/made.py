"""Small access logs, written down row by row, whose answers can be computed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl

import envoylog
from envoylog.catalog.columns import CANONICAL

START: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)

_POLARS: Final = {
    "VARCHAR": pl.String(),
    "SMALLINT": pl.Int16(),
    "INTEGER": pl.Int32(),
    "BIGINT": pl.Int64(),
    "BOOLEAN": pl.Boolean(),
    "TIMESTAMPTZ": pl.Datetime("us", "UTC"),
}


def at(seconds: float) -> datetime:
    """Give the moment so many seconds after the start."""
    return START + timedelta(seconds=seconds)


def table(columns: str, *rows: tuple[object, ...]) -> list[dict[str, object]]:
    """Write rows as a table: the names of the columns, then one tuple each."""
    return [dict(zip(columns.split(), row, strict=True)) for row in rows]


def made(folder: Path, rows: Iterable[Mapping[str, object]], **same: object) -> envoylog.AccessLog:
    """Write rows to Parquet and open them.

    Each row has canonical columns, and `at`, its start in seconds after `START`; `same` stands in
    every row that does not say otherwise. Columns that no row has are not in the log's format.
    """
    full = [{**same, **row} for row in rows]
    columns = [name for name in dict.fromkeys(name for row in full for name in row) if name != "at"]
    schema = {name: _POLARS[CANONICAL[name]] for name in ("start_time", *columns)}
    data = [
        {"start_time": at(float(str(row.get("at", 0))))} | {name: row.get(name) for name in columns}
        for row in full
    ]
    path = folder / "made.parquet"
    pl.DataFrame(data, schema=schema).write_parquet(path)
    return envoylog.open(path)
