"""The verdict on each distinct combination of code, flags, details and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from envoylog.enrich.companion import Companion, Settings
from envoylog.spec.verdicts import verdict

if TYPE_CHECKING:
    import polars as pl

_KEYS: Final = (
    "response_code",
    "response_flags",
    "response_code_details",
    "upstream_transport_failure_reason",
    "connection_termination_details",
    "grpc_code",
)
_COLUMNS: Final = ("verdict", "side", "verdict_meaning", "verdict_next")


def judge(keys: pl.DataFrame, _settings: Settings) -> pl.DataFrame:
    """Judge each distinct combination; see `envoylog.spec.verdicts`."""
    import polars as pl

    found = [
        verdict(code, flags, details, failure=failure, termination=termination, grpc=grpc)
        for code, flags, details, failure, termination, grpc in keys.select(_KEYS).iter_rows()
    ]
    columns = {
        "verdict": [row and row.id for row in found],
        "side": [row and row.side and str(row.side) for row in found],
        "verdict_meaning": [row and row.meaning for row in found],
        "verdict_next": [row and row.look_at for row in found],
    }
    return keys.with_columns(
        pl.Series(name, values, dtype=pl.String) for name, values in columns.items()
    )


COMPANION: Final = Companion(
    name="verdicts",
    keys=_KEYS,
    columns=dict.fromkeys(_COLUMNS, "VARCHAR"),
    needs=("response_code|response_flags",),
    enrich=judge,
)
