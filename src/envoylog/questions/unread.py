"""`unread`: the lines that could not be read, from the rejects beside the data."""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.dataset.rejects import SCHEMA as REJECTS
from envoylog.questions.asked import Asked

_SCHEMA: Final = pl.Schema(
    {
        "source": pl.String(),
        "field": pl.String(),
        "reason": pl.String(),
        "lines": pl.Int64(),
        "share": pl.Float64(),
        "first_seen": pl.Datetime("us", "UTC"),
        "last_seen": pl.Datetime("us", "UTC"),
        "fits": pl.String(),
        "line_number": pl.Int64(),
        "example": pl.String(),
    }
)
# A time in a line, ISO 8601 as Envoy and most collectors write it, with its zone.
_MOMENT: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
_SHOWN: Final = 80


def answer(asked: Asked) -> pl.DataFrame:
    """Count the rejected lines by source, field and reason.

    Parameters
    ----------
    asked : Asked
        The question.

    Returns
    -------
    polars.DataFrame
        Most frequent first; empty where every line was read.
    """
    paths = asked.log.rejects_paths()
    rejects = (
        pl.scan_parquet(paths, hive_partitioning=False) if paths else REJECTS.to_frame().lazy()
    )
    moment = (
        pl.col("text")
        .str.extract(f"({_MOMENT})")
        .str.replace(" ", "T", literal=True)
        .str.replace("Z", "+00:00", literal=True)
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False)
    )
    groups = (
        rejects.with_columns(moment=moment)
        .group_by("source", "field", "reason")
        .agg(
            pl.len().cast(pl.Int64).alias("lines"),
            pl.col("moment").min().alias("first_seen"),
            pl.col("moment").max().alias("last_seen"),
            pl.col("line_number").min(),
            pl.col("text").sort_by("line_number", "byte_offset").first(),
        )
        .sort("lines", "source", "field", "reason", descending=[True, False, False, False])
        .collect()
    )
    every = asked.frame().item() + groups["lines"].sum()
    return (
        groups.head(int(str(asked.values["limit"])))
        .with_columns(
            share=pl.col("lines") / every,
            fits=pl.col("text").map_elements(_fitting, return_dtype=pl.String),
            example=pl.col("text").str.slice(0, _SHOWN),
        )
        .select(_SCHEMA.names())
        .cast(_SCHEMA)
    )


def _fitting(text: str) -> str | None:
    """Name the well-known format that would have read a line."""
    from envoylog.parser.detect import INFERRED, detect

    best = detect(pl.Series([text], dtype=pl.String))[0]
    return best.name if best.rate == 1 and best.name != INFERRED else None
