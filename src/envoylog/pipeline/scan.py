"""Read logs lazily, as a polars LazyFrame."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial

import polars as pl
from polars.io.plugins import register_io_source

from envoylog.logs.sources import find_sources
from envoylog.parser.mixed import LineParser
from envoylog.parser.narrowing import Narrowing
from envoylog.parser.parser import AccessLogParser
from envoylog.pipeline.blocks import parse_blocks, parse_kept
from envoylog.pipeline.compile import Formats, compile_formats
from envoylog.pipeline.reading import Logs, Reading, recognised


class LostLinesWarning(UserWarning):
    """`scan` met lines that it could not read; `parse` would have kept them."""


def scan(
    logs: Logs,
    format: Formats,  # noqa: A002 - the word
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
        As for `parse`.
    format : format, or list of formats
        As for `parse`, but not `auto`.
    encoding, pick, timezone, omit_empty_values
        As for `compile_format`.

    Returns
    -------
    polars.LazyFrame
        One typed row per access-log line. Lines that cannot be read are counted in a
        `LostLinesWarning`, as far as a filter does not leave them out unread; use `parse` to keep
        them. So is what breaks off.

    Raises
    ------
    FormatError, UnknownNameError, InputError

    Examples
    --------
    >>> log = scan("sample_logs/envoy.log", format="envoy")
    >>> log.filter(response_flags="UH").select("authority").collect().height > 0
    True
    """
    parser = compile_formats(
        format, encoding, pick=pick, timezone=timezone, omit_empty_values=omit_empty_values
    )
    sources = find_sources(logs)

    def read(
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        _batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        left, lost, reading = n_rows, 0, Reading(sources, recognise=partial(recognised, parser))
        # With a limit, rows are counted before they are filtered: all of them must be read.
        narrowing = _narrowing(parser, predicate) if left is None else None
        for parsed in (
            parse_kept(reading, parser, narrowing)
            if narrowing
            else (block.parsed for block in parse_blocks(reading, parser, only_rows=True))
        ):
            rows, lost = parsed.rows, lost + len(parsed.rejects)
            rows = rows if left is None else rows.head(left)
            left = None if left is None else left - len(rows)
            rows = rows if predicate is None else rows.filter(predicate)
            yield rows if with_columns is None else rows.select(with_columns)
            if left == 0:
                break
        for failure in reading.failures:
            if not reading.stored:
                raise failure
            warnings.warn(str(failure), LostLinesWarning, stacklevel=2)
        if lost:
            least = "at least " if narrowing else ""
            message = (
                f"{least}{lost} lines could not be read; envoylog.parse() keeps them as rejects"
            )
            warnings.warn(message, LostLinesWarning, stacklevel=2)

    return register_io_source(read, schema=parser.schema)


def _narrowing(parser: LineParser, predicate: pl.Expr | None) -> Narrowing | None:
    if predicate is None or not isinstance(parser, AccessLogParser):
        return None
    return parser.narrowing(predicate)
