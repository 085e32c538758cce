"""Hold a result against what the log truly says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.shapes import Shape


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much of a log arrived.

    Attributes
    ----------
    exact : int
        Rows with every value right.
    flagged : int
        Rows that are said to have several readings.
    wrong : int
        Rows with a wrong value and no word about it, and rows that were never logged.
    lost : int
        Rows of the log that are not there.
    kept : int
        Lines that are no rows and were kept aside with a reason.
    """

    exact: int
    flagged: int
    wrong: int
    lost: int
    kept: int


def judge(shape: Shape, result: Path, truth: Path, lines: int) -> Verdict:
    """Count right, flagged, wrong and lost rows.

    Parameters
    ----------
    shape : Shape
        Which columns are compared.
    result : Path
        The Parquet file that was written; beside ours there are rejects.
    truth : Path
        What the generator knows.
    lines : int
        Lines of the log.

    Returns
    -------
    Verdict
    """
    true = pl.read_parquet(truth)
    if not result.is_file():
        return Verdict(0, 0, 0, len(true), 0)
    got = _read(result)
    ours = not {"ambiguous", "extra"}.isdisjoint(got.columns)
    flag = pl.col("ambiguous") if "ambiguous" in got.columns else pl.lit(value=False)
    got = got.select(
        *(pl.col(name).cast(true.schema[name], strict=False) for name in shape.columns),
        flag.alias("ambiguous"),
    )
    both = true.join(got, on="request_id", how="inner", suffix=" got")
    same = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(f"{name} got"))
        for name in shape.columns
        if name != "request_id"
    )
    exact = both.filter(same & ~pl.col("ambiguous"))["request_id"].n_unique()
    flagged = int(got["ambiguous"].sum())
    found = true.join(got.filter(~pl.col("ambiguous")), on="request_id", how="semi").height
    # A flagged row may have any id, as it may have been read in another way.
    lost = max(0, len(true) - found - flagged)
    kept = lines - len(got) if ours else 0
    return Verdict(exact, flagged, len(got) - flagged - exact, lost, kept)


def _read(result: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(result)
    except pl.exceptions.ComputeError:  # ClickHouse writes strings that are not UTF-8
        table = pq.read_table(result)
        as_bytes = {
            field.name: table[field.name].cast(pa.large_binary())
            for field in table.schema
            if field.type == pa.string()
        }
        texts = {
            name: pl.Series(column).map_elements(_shown, pl.String)
            for name, column in as_bytes.items()
        }
        return pl.DataFrame(table.drop_columns([*texts])).with_columns(**texts)


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")
