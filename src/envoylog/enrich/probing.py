"""What a request looks for, where it looks for a way in."""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.enrich.companion import Companion, Settings
from envoylog.spec.probing_paths import PROBING_PATHS

#: Attacks stand early in a target; Envoy itself takes targets of 60 kB.
_LOOKED_AT: Final = 2048


def probing(targets: pl.Series) -> pl.Series:
    """Tell what request targets look for, by the table in `spec/probing_paths.py`.

    Parameters
    ----------
    targets : polars.Series
        String: the column `path` of a log, or its distinct values.

    Returns
    -------
    polars.Series
        String; NULL where a target is nothing but a target.

    Examples
    --------
    >>> probing(pl.Series(["/.env", "/q?id=1%27%20or%201=1", "/users/7"])).to_list()
    ['secrets', 'SQL injection', None]
    """
    text = pl.col("target").str.slice(0, _LOOKED_AT)
    either = "|".join(f"(?:{row.pattern})" for row in PROBING_PATHS)
    frame = targets.alias("target").to_frame().with_row_index("row")
    # Most targets need one look only.
    suspects = frame.filter(text.str.contains(f"(?i){either}"))
    kinds = [
        pl.when(text.str.contains(f"(?i){row.pattern}")).then(pl.lit(row.kind))
        for row in PROBING_PATHS
    ]
    found = suspects.select("row", probing=pl.coalesce(kinds))
    return frame.join(found, on="row", how="left", maintain_order="left")["probing"]


def _enrich(frame: pl.DataFrame, _settings: Settings) -> pl.DataFrame:
    return frame.with_columns(probing(frame["path"]))


COMPANION: Final = Companion(
    name="probing",
    keys=("path",),
    columns={"probing": "VARCHAR"},
    needs=("path",),
    enrich=_enrich,
)
