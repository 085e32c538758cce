"""The distinct paths of request targets, laid out once: to learn from them, and to route them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import polars as pl

from envoylog.enrich.routes.segments import Layout, lay_out
from envoylog.enrich.routes.targets import bare_path, template_path


@dataclass(frozen=True, slots=True)
class Requested:
    """What the targets of requests ask for.

    Attributes
    ----------
    bare : polars.Series
        String, distinct: what `bare_path` gives.
    requests : polars.Series
        Int64: how often each was requested.
    layout : Layout
        Of the same paths in the same order, as `template_path` gives them.
    place : polars.Series
        UInt32, one of each target: the row of its path; NULL for NULL.
    """

    bare: pl.Series
    requests: pl.Series
    layout: Layout
    place: pl.Series

    @classmethod
    def of(cls, targets: pl.Series, requests: pl.Series | None = None) -> Self:
        """Lay targets out.

        Parameters
        ----------
        targets : polars.Series
            String: the column `path` of a log, or its distinct values.
        requests : polars.Series, optional
            How often each was requested; once by default.

        Returns
        -------
        Requested

        Examples
        --------
        >>> paths = Requested.of(pl.Series(["/users/1", "/users/1?full=1", None]))
        >>> paths.bare.to_list(), paths.requests.to_list(), paths.place.to_list()
        (['/users/1'], [2], [0, 0, None])
        """
        counts = pl.lit(1) if requests is None else pl.Series("requests", requests)
        frame = (
            targets.alias("path")
            .to_frame()
            .with_columns(requests=counts.cast(pl.Int64), path=bare_path(pl.col("path")))
        )
        distinct = (
            frame.lazy()
            .filter(pl.col("path").is_not_null())
            .group_by("path")
            .agg(pl.col("requests").sum())
            .with_row_index("place")
            .collect()
        )
        place = frame.select("path").join(
            distinct.select("path", "place"), on="path", how="left", maintain_order="left"
        )["place"]
        bare = distinct["path"]
        laid = bare.to_frame().select(template_path(pl.col("path"))).to_series()
        return cls(bare, distinct["requests"], lay_out(laid), place)
