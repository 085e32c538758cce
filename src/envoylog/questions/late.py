"""`late`: how late lines come, and how much out of order."""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.questions.asked import Asked

_BY_ORDER: Final = ("out_of_order", "behind_p99", "behind_max", "over_10s", "worst")


def answer(asked: Asked) -> pl.DataFrame:
    """Compare each line with those that stand before it; a dataset is sorted, and cannot tell.

    Parameters
    ----------
    asked : Asked
        The question.

    Returns
    -------
    polars.DataFrame
        One row a source.
    """
    found = asked.frame()
    if asked.log.in_order:
        return found
    return found.with_columns(
        pl.lit(None, dtype=found.schema[name]).alias(name) for name in _BY_ORDER
    ).sort("source")
