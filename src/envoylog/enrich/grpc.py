"""The gRPC status of a request, as a number."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from envoylog.spec.grpc import STATUSES

#: Where a log may have it, the most exact first.
LOGGED: Final = ("grpc_status_number", "grpc_status", "trailer_grpc_status", "resp_grpc_status")


def grpc_code(logged: Collection[str]) -> pl.Expr:
    """Read the gRPC status, from its number or any spelling of its name.

    Parameters
    ----------
    logged : collection of str
        The columns that the frame has.

    Returns
    -------
    polars.Expr
        Int16; NULL where none of `LOGGED` tells.

    Examples
    --------
    >>> rows = pl.DataFrame({"grpc_status": ["DeadlineExceeded", "NOT_FOUND", "14", None]})
    >>> rows.select(grpc_code(rows.columns)).to_series().to_list()
    [4, 5, 14, None]
    """
    known = [pl.col(name) for name in LOGGED if name in logged]
    return pl.coalesce(*map(_code, known), pl.lit(None, pl.Int16))


def _code(status: pl.Expr) -> pl.Expr:
    text = status.cast(pl.String)
    name = text.str.to_lowercase().str.replace_all("_", "", literal=True)
    numbers = pl.int_range(len(STATUSES), dtype=pl.Int16, eager=True)
    number = name.str.replace("cancelled", "canceled").replace_strict(
        list(STATUSES), numbers, default=None, return_dtype=pl.Int16
    )
    return pl.coalesce(text.cast(pl.Int16, strict=False), number)
