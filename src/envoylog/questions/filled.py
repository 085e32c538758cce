"""`filled`: how much of each column of the log holds values."""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.catalog.columns import operator_of
from envoylog.catalog.companions import quote
from envoylog.questions.asked import Asked

_SHOWN: Final = 40


def answer(asked: Asked) -> pl.DataFrame:
    """Count the values of each column that the files have.

    Parameters
    ----------
    asked : Asked
        The question.

    Returns
    -------
    polars.DataFrame
        One row a column, fullest first.
    """
    columns = sorted(asked.log.logged)
    counts = ", ".join(
        f"count({name}), approx_count_distinct({name}), {_end('min', name)}, {_end('max', name)}"
        for name in map(quote, columns)
    )
    select = f"select count(*), {counts} from everything"  # noqa: S608 - quoted names
    every, *values = asked.look(select, frozenset(columns)).row(0)
    rows = [
        {
            "column": name,
            "operator": _operator(name),
            "filled": values[4 * number],
            "share": values[4 * number] / every if every else None,
            "distinct": values[4 * number + 1],
            "least": values[4 * number + 2],
            "most": values[4 * number + 3],
        }
        for number, name in enumerate(columns)
    ]
    schema = {
        "column": pl.String,
        "operator": pl.String,
        "filled": pl.Int64,
        "share": pl.Float64,
        "distinct": pl.Int64,
        "least": pl.String,
        "most": pl.String,
    }
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .with_columns(pl.col("least", "most").str.slice(0, _SHOWN))
        .sort("filled", "column", descending=[True, False])
        .head(int(str(asked.values["limit"])))
    )


def _end(function: str, name: str) -> str:
    """Write an extreme value; what follows a question mark is a query, which may hold secrets."""
    return rf"regexp_replace({function}({name})::varchar, '\?.+', '?…')"


def _operator(column: str) -> str | None:
    text = operator_of(column)
    return text if text.startswith("%") else None
