"""Read logs lazily, as a polars LazyFrame."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator

import polars as pl
from polars.io.plugins import register_io_source

from envoylog.logs.sources import find_sources
from envoylog.pipeline.blocks import parse_blocks, parse_kept
from envoylog.pipeline.compile import FormatLike, compile_format

#: What `scan` and `parse` read.
Logs = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


class LostLinesWarning(UserWarning):
    """`scan` met lines that it could not read; `parse` would have kept them."""


def scan(
    logs: Logs,
    format: FormatLike,  # noqa: A002 - the word
    *,
    encoding: str | None = None,
    pick: str | int | None = None,
    timezone: str | None = None,
    omit_empty_values: bool = False,
) -> pl.LazyFrame:
    """Read logs lazily: only what a query needs, block by block.

    Parameters
    ----------
    logs : path or iterable of paths
        Files, directories, globs.
    format : str, path, mapping or AccessLogParser
        As for `compile_format`.
    encoding, pick, timezone, omit_empty_values
        As for `compile_format`.

    Returns
    -------
    polars.LazyFrame
        One typed row per access-log line. Lines that cannot be read are counted in a
        `LostLinesWarning`, as far as a filter does not leave them out unread; use `parse` to keep
        them.

    Raises
    ------
    FormatError, UnknownNameError, InputError

    Examples
    --------
    >>> log = scan("sample_logs/envoy.log", format="envoy")
    >>> log.filter(response_flags="UH").select("authority").collect().height > 0
    True
    """
    parser = compile_format(
        format, encoding, pick=pick, timezone=timezone, omit_empty_values=omit_empty_values
    )
    sources = find_sources(logs)

    def read(
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        _batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        left, lost = n_rows, 0
        # With a limit, rows are counted before they are filtered: all of them must be read.
        narrowing = parser.narrowing(predicate) if predicate is not None and left is None else None
        for parsed in (
            parse_kept(sources, parser, narrowing)
            if narrowing
            else (block.parsed for block in parse_blocks(sources, parser))
        ):
            rows, lost = parsed.rows, lost + len(parsed.rejects)
            rows = rows if left is None else rows.head(left)
            left = None if left is None else left - len(rows)
            rows = rows if predicate is None else rows.filter(predicate)
            yield rows if with_columns is None else rows.select(with_columns)
            if left == 0:
                break
        if lost:
            least = "at least " if narrowing else ""
            message = (
                f"{least}{lost} lines could not be read; envoylog.parse() keeps them as rejects"
            )
            warnings.warn(message, LostLinesWarning, stacklevel=2)

    return register_io_source(read, schema=parser.schema)
