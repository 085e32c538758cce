"""What changed between two times, or two kinds of request: filters in the place of a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

import polars as pl

from envoylog.errors import QueryError
from envoylog.questions.asked import Asked

#: What the SQL says of time, and a filter may say otherwise.
_BEFORE: Final = "start_time < $middle"
_AFTER: Final = "start_time >= $middle"


def answer(asked: Asked) -> pl.DataFrame:
    """Hold two parts of the requests against each other.

    Parameters
    ----------
    asked : Asked
        The question, with `at`, or `before` and perhaps `after`.

    Returns
    -------
    polars.DataFrame
        One row a route.

    Raises
    ------
    QueryError
        If the parts are given twice, or the second without the first.
    """
    values = dict(asked.values)
    before, after = values.pop("before"), values.pop("after")
    if before is None and after is not None:
        raise QueryError("profile-diff: --after needs --before, the filter that it is held against")
    if before is not None and values["at"] is not None:
        raise QueryError("profile-diff: give --at or filters, not both: they say the same thing")
    values["middle"] = values["at"] or _middle(values)
    sql, columns = asked.sql, asked.columns
    if before is not None:
        first = asked.log.read_filter(str(before))
        second = asked.log.read_filter(
            f"not coalesce(({before}), false)" if after is None else str(after)
        )
        sql = sql.replace(_BEFORE, first.sql).replace(_AFTER, second.sql)
        columns = None if columns is None else columns | first.columns | second.columns
    return replace(asked, sql=sql, values=values, columns=columns).frame()


def _middle(values: Mapping[str, object]) -> datetime | None:
    since, until = values["since"], values["until"]
    if not isinstance(since, datetime) or not isinstance(until, datetime):
        return None
    return since + (until - since) / 2
