"""The columns of the view `access`, their DuckDB types, and what they are made from."""

from __future__ import annotations

from typing import Final, NamedTuple

from envoylog.format.document import read_document
from envoylog.format.plan import Field, make_plan
from envoylog.spec.formats import NAMED_FORMATS
from envoylog.spec.operators import OPERATORS, SYNONYMS
from envoylog.spec.values import ValueType

_DUCKDB: Final = {
    ValueType.STRING: "VARCHAR",
    ValueType.ANY: "VARCHAR",
    ValueType.CODE: "SMALLINT",
    ValueType.PORT: "INTEGER",
    ValueType.INTEGER: "BIGINT",
    ValueType.TIMESTAMP: "TIMESTAMPTZ",
}

# What questions want beside Istio's keys.
_OPERATORS: Final = (
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
    "%REQUEST_DURATION%",
    "%REQUEST_TX_DURATION%",
    "%RESPONSE_DURATION%",
    "%RESPONSE_TX_DURATION%",
    "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    "%UPSTREAM_HOSTS_ATTEMPTED%",
    "%GRPC_STATUS%",
    "%GRPC_STATUS_NUMBER%",
    "%RESP(GRPC-STATUS)%",
    "%TRAILER(GRPC-STATUS)%",
    "%REQ(CONTENT-TYPE)%",
    "%RESP(CONTENT-TYPE)%",
    "%REQ(REFERER)%",
    "%ACCESS_LOG_TYPE%",
    "%CONNECTION_ID%",
    "%STREAM_ID%",
    "%TRACE_ID%",
    "%HOSTNAME%",
    "%DOWNSTREAM_TLS_VERSION%",
    "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%",
)


def _fields() -> tuple[Field, ...]:
    istio = make_plan(read_document(NAMED_FORMATS["istio-json"].document)).fields
    others = make_plan(read_document({text: text for text in _OPERATORS})).fields
    return *istio, *others


#: Istio's JSON keys, which everybody knows, then what other questions want, then what the files
#: around the lines tell, and what envoylog adds. A log that lacks one has NULL there.
CANONICAL: Final[dict[str, str]] = {
    **{field.column: _DUCKDB[field.type] for field in _fields()},
    "envelope_time": "TIMESTAMPTZ",
    "stream": "VARCHAR",
    "pod": "VARCHAR",
    "container": "VARCHAR",
    "namespace": "VARCHAR",
    "node": "VARCHAR",
    "format": "VARCHAR",
    "source": "VARCHAR",
    "ambiguous": "BOOLEAN",
    "extra": "VARCHAR",
}

_OPERATOR_OF: Final = {field.column: field.command.text for field in _fields()}
#: Columns that tell an access log from any other Parquet.
LOGGED: Final = frozenset(_OPERATOR_OF)


#: Columns that no operator gives.
BEYOND_FORMATS: Final = frozenset(CANONICAL) - LOGGED


class Derived(NamedTuple):
    """A column that the view makes from others: its DuckDB type, and what it cannot do without."""

    type: str
    needs: tuple[str, ...]


_REMOTE: Final = (
    "downstream_remote_address|downstream_remote_address_without_port|x_forwarded_for",
)
_FAILURE: Final = ("response_flags|response_code_details",)

#: The columns that `access` adds to those of the log; `a|b` in what they need means either.
DERIVED: Final[dict[str, Derived]] = {
    "end_time": Derived("TIMESTAMPTZ", ("start_time", "duration")),
    "status_class": Derived("VARCHAR", ("response_code",)),
    "grpc_code": Derived(
        "SMALLINT", ("grpc_status|grpc_status_number|resp_grpc_status|trailer_grpc_status",)
    ),
    "error": Derived("BOOLEAN", ("response_code",)),
    "flags": Derived("VARCHAR[]", ("response_flags",)),
    "client_gone": Derived("BOOLEAN", _FAILURE),
    "answered_by": Derived("VARCHAR", ("response_code_details|response_flags",)),
    "is_stream": Derived("BOOLEAN", ("protocol|method|response_code",)),
    "is_mirror": Derived("BOOLEAN", ("authority",)),
    "record": Derived("VARCHAR", ()),
    "vantage": Derived("VARCHAR", ()),
    "cluster_kind": Derived("VARCHAR", ("upstream_cluster",)),
    "cluster_direction": Derived("VARCHAR", ("upstream_cluster",)),
    "cluster_port": Derived("INTEGER", ("upstream_cluster",)),
    "cluster_subset": Derived("VARCHAR", ("upstream_cluster",)),
    "cluster_service": Derived("VARCHAR", ("upstream_cluster",)),
    "cluster_namespace": Derived("VARCHAR", ("upstream_cluster",)),
    "sni_subset": Derived("VARCHAR", ("requested_server_name",)),
    "sni_service": Derived("VARCHAR", ("requested_server_name",)),
    "client_ip": Derived("VARCHAR", _REMOTE),
    "client_ip_source": Derived("VARCHAR", _REMOTE),
    "remote_ip": Derived("VARCHAR", _REMOTE),
    "remote_ip_source": Derived("VARCHAR", _REMOTE),
    "peer_ip": Derived("VARCHAR", ("downstream_remote_address|downstream_direct_remote_address",)),
    "bare_path": Derived("VARCHAR", ("path",)),
    "query": Derived("VARCHAR", ("path",)),
    "health_path": Derived("BOOLEAN", ("path",)),
}

# What no operator gives: it stands around the lines.
_AROUND: Final = {"envelope_time", "stream", "pod", "container", "namespace", "node"}
_HEADERS: Final = {"req_": "REQ", "resp_": "RESP", "trailer_": "TRAILER"}


def operator_of(column: str) -> str:
    """Name the command operator to add to a format that lacks a column.

    Examples
    --------
    >>> operator_of("authority"), operator_of("req_x_tenant")
    ('%REQ(:AUTHORITY)%', '%REQ(X-TENANT)%')
    """
    if column in _OPERATOR_OF:
        return _OPERATOR_OF[column]
    for prefix, operator in _HEADERS.items():
        if column.startswith(prefix):
            return f"%{operator}({column.removeprefix(prefix).replace('_', '-').upper()})%"
    if column in _AROUND:
        return f"{column} (told by what wraps the lines: CRI, kubectl --prefix, stern)"
    name = column.upper()
    return f"%{SYNONYMS.get(name, name)}%" if name in OPERATORS else f"the column {column}"
