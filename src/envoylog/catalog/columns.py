"""The canonical columns of the view `access` and their DuckDB types."""

from __future__ import annotations

from typing import Final

from envoylog.format.document import read_document
from envoylog.format.plan import make_plan
from envoylog.spec.formats import NAMED_FORMATS
from envoylog.spec.values import ValueType

_DUCKDB: Final = {
    ValueType.STRING: "VARCHAR",
    ValueType.ANY: "VARCHAR",
    ValueType.CODE: "SMALLINT",
    ValueType.PORT: "INTEGER",
    ValueType.INTEGER: "BIGINT",
    ValueType.TIMESTAMP: "TIMESTAMPTZ",
}


_ISTIO: Final = make_plan(read_document(NAMED_FORMATS["istio-json"].document)).fields

#: Istio's JSON keys, which everybody knows, and what envoylog adds to them.
CANONICAL: Final[dict[str, str]] = {
    **{field.column: _DUCKDB[field.type] for field in _ISTIO},
    "downstream_remote_address_without_port": "VARCHAR",
    "ambiguous": "BOOLEAN",
    "extra": "VARCHAR",
}

#: Which command operator to add to a format that lacks a column.
OPERATOR_OF: Final[dict[str, str]] = {
    **{field.column: field.command.text for field in _ISTIO},
    "downstream_remote_address_without_port": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
}
