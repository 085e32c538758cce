"""The three shapes of log that are measured, and how rows become lines of them.

Lines are written here by hand, not by `envoylog.render`: a benchmark that shares code with what it
measures proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

_T1: Final = (
    '[{start_time}] "{method} {path} {protocol}" {response_code} {response_flags} '
    "{bytes_received} {bytes_sent} {duration} {upstream_service_time} "
    '"{x_forwarded_for}" "{user_agent}" "{request_id}" "{authority}" "{upstream_host}"'
)
_T2: Final = (
    '[{start_time}] "{method} {path} {protocol}" {response_code} {response_flags} '
    "{response_code_details} {connection_termination_details} "
    '"{upstream_transport_failure_reason}" {bytes_received} {bytes_sent} {duration} '
    '{upstream_service_time} "{x_forwarded_for}" "{user_agent}" "{request_id}" "{authority}" '
    '"{upstream_host}" {upstream_cluster} {upstream_local_address} {downstream_local_address} '
    "{downstream_remote_address} {requested_server_name} {route_name}"
)


def _names(template: str) -> tuple[str, ...]:
    return tuple(part.partition("}")[0] for part in template.split("{")[1:])


@dataclass(frozen=True, slots=True)
class Shape:
    """A log format.

    Attributes
    ----------
    name : str
        `T1`, `T2` or `J1`.
    title : str
        What it is.
    format : str
        Its name in envoylog.
    columns : tuple of str
        Its fields, in the order of the line.
    template : str
        A line with `{column}` for each value; empty for JSON.
    """

    name: str
    title: str
    format: str
    columns: tuple[str, ...]
    template: str = ""

    def lines(self, rows: pl.DataFrame) -> pl.Series:
        """Write rows as lines without newlines."""
        stamped = rows.with_columns(
            pl.col("start_time").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").alias("start_time")
        )
        return self._text(stamped) if self.template else self._json(stamped)

    def _text(self, rows: pl.DataFrame) -> pl.Series:
        literals = [part.partition("}")[2] for part in self.template.split("{")[1:]]
        pieces: list[pl.Expr] = [pl.lit(self.template.partition("{")[0])]
        for name, literal in zip(self.columns, literals, strict=True):
            pieces += [pl.col(name).cast(pl.String).fill_null("-"), pl.lit(literal)]
        return rows.select(pl.concat_str(pieces)).to_series()

    def _json(self, rows: pl.DataFrame) -> pl.Series:
        members = [
            pl.lit(f'{"," if place else "{"}"{name}":') + _json(pl.col(name), rows[name].dtype)
            for place, name in enumerate(self.columns)
        ]
        return rows.select(pl.concat_str([*members, pl.lit("}")])).to_series()


def _json(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype != pl.String:
        return value.cast(pl.String).fill_null("null")
    escaped = value.str.replace_all("\\", "\\\\", literal=True).str.replace_all(
        '"', '\\"', literal=True
    )
    return (pl.lit('"') + escaped + pl.lit('"')).fill_null("null")


T1: Final = Shape("T1", "the Envoy default, TEXT, 16 fields", "envoy", _names(_T1), _T1)
T2: Final = Shape("T2", "the Istio default, TEXT, 24 fields", "istio", _names(_T2), _T2)
J1: Final = Shape(
    "J1", "the Istio default, JSON, 24 keys", "istio-json", tuple(sorted(_names(_T2)))
)
SHAPES: Final = {shape.name: shape for shape in (T1, T2, J1)}
