"""What Parquet says of its row groups: some answers need no look at a row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import duckdb

# A row group without statistics may hold anything, unless it holds nothing.
_SPAN: Final = """
    select
        coalesce(bool_and(
            try_cast(stats_min_value as timestamptz) is not null
            or stats_null_count is not distinct from num_values
        ), true),
        min(try_cast(stats_min_value as timestamptz)),
        max(try_cast(stats_max_value as timestamptz))
    from parquet_metadata($paths)
    where path_in_schema = $column
"""

_FILLED: Final = """
    select list(name) from (
        select path_in_schema as name
        from parquet_metadata($paths)
        group by all
        having sum(num_values - stats_null_count) = (
            select sum(num_rows) from parquet_file_metadata($paths)
        )
    )
"""


def span(
    connection: duckdb.DuckDBPyConnection, paths: Iterable[str], column: str
) -> tuple[datetime | None, datetime | None] | None:
    """Find the least and the greatest value of a column of times.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A connection that may read the files.
    paths : iterable of str
        The files.
    column : str
        A column of timestamps with time zone.

    Returns
    -------
    tuple of datetime, or None
        None where the files do not tell; two times None where there are no values.
    """
    told, least, most = _ask(connection, _SPAN, paths, column=column) or (False, None, None)
    return (least, most) if told else None


def filled(connection: duckdb.DuckDBPyConnection, paths: Iterable[str]) -> frozenset[str]:
    """Name the columns in which every row has a value, as far as the files say."""
    (names,) = _ask(connection, _FILLED, paths) or (None,)
    return frozenset(names or ())


def _ask(
    connection: duckdb.DuckDBPyConnection, sql: str, paths: Iterable[str], **values: str
) -> tuple[Any, ...] | None:
    try:
        rows = connection.execute(sql, {"paths": list(paths), **values}).fetchall()
    except duckdb.Error:  # Who reads the files will say it better.
        return None
    # All of it is fetched: a result that is left unfinished keeps the connection busy.
    return rows[0] if rows else None
