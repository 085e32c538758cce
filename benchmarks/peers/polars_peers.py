"""polars: the CSV reader, one anchored pattern, and the JSON reader."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.peers.columns import INTEGERS, LEVEL, cells, pattern
from benchmarks.shapes import Shape

_UTC: Final = pl.Datetime("us", "UTC")
_WIDTHS: Final = {16: pl.Int16, 64: pl.Int64}


def csv(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:
    """`scan_csv` with a blank as separator and quoting on."""
    names = cells(shape)
    frame = pl.scan_csv(
        log,
        separator=" ",
        has_header=False,
        schema={name: _WIDTHS[INTEGERS[name]] if name in INTEGERS else pl.String for name in names},
        null_values=["-"],
        ignore_errors=tolerant,
        truncate_ragged_lines=tolerant,
        encoding="utf8-lossy" if tolerant else "utf8",
    )
    request = pl.col("request").str.split_exact(" ", 2).struct
    frame = frame.with_columns(
        pl.col("start_time").str.slice(1, 24).pipe(_moment),
        *(
            request.field(f"field_{place}").alias(name)
            for place, name in enumerate(("method", "path", "protocol"))
        ),
    )
    _write(frame.select(shape.columns), to)


def regex(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:  # noqa: ARG001
    """`scan_lines` and one anchored pattern; it cannot pass over what is not UTF-8."""
    groups = pl.col("lines").str.extract_groups(pattern(shape)).struct.rename_fields(shape.columns)
    frame = pl.scan_lines(log, name="lines").select(groups).unnest("lines")
    frame = frame.filter(pl.col("start_time").is_not_null())
    _write(frame.with_columns(_typed(name) for name in shape.columns), to)


def ndjson(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:
    """`scan_ndjson` with the schema."""
    # Its JSON reader knows no 16 bits.
    schema = {name: pl.Int64 if name in INTEGERS else pl.String for name in shape.columns}
    frame = pl.scan_ndjson(log, schema=schema, ignore_errors=tolerant)
    widths = [pl.col(name).cast(_WIDTHS[size]) for name, size in INTEGERS.items()]
    _write(frame.with_columns(pl.col("start_time").pipe(_moment), *widths), to)


def _typed(name: str) -> pl.Expr:
    column = pl.col(name)
    if name == "start_time":
        return column.pipe(_moment)
    if name in INTEGERS:
        return column.cast(_WIDTHS[INTEGERS[name]], strict=False)
    return pl.when(column != "-").then(column).alias(name)


def _moment(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="us", strict=False).cast(_UTC)


def _write(frame: pl.LazyFrame, to: Path) -> None:
    frame.sink_parquet(to, compression="zstd", compression_level=LEVEL)
