"""The command operators of Envoy 1.40, one row each, and those that came and went.

The names were found by asking the real binary (1.36.2 to 1.40.0) about every upper-case word it
contains; types, absence and text classes were seen in the output of Envoy 1.40.0. A version in
`since` with `~` is from documentation and memory, one without was seen in binaries or changelogs.
"""

from __future__ import annotations

from dataclasses import dataclass

from envoylog.spec import values as v
from envoylog.spec.values import Absence, Argument, TextClass, ValueType


@dataclass(frozen=True, slots=True)
class Operator:
    """One command operator.

    Attributes
    ----------
    name : str
        As written between the percent signs.
    argument : Argument
        Whether parentheses may or must follow.
    type : ValueType
        The type of the column; `ANY` where Envoy itself varies it per record.
    text_class : TextClass
        What the operator can write in TEXT, where nothing is escaped.
    absence : Absence
        How a missing value looks.
    truncates : bool
        Whether `:Z` (a length in bytes) may follow.
    since : str
        The first Envoy version that has it.
    unit : str or None
        UCUM code: `ms`, `us`, `By`.
    otel : str or None
        OpenTelemetry attribute that means the same.
    note : str
        What surprises people.
    argued : TextClass or None
        What it can write in TEXT if an argument is given, where that is not the same.
    """

    name: str
    argument: Argument
    type: ValueType
    text_class: TextClass
    absence: Absence
    truncates: bool = False
    since: str = ""
    unit: str | None = None
    otel: str | None = None
    note: str = ""
    argued: TextClass | None = None


# fmt: off
_ROWS = (
    Operator("ACCESS_LOG_TYPE", Argument.NONE, ValueType.STRING, v.WORD, Absence.NEVER, since="~1.26"),
    Operator("BYTES_RECEIVED", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="1.0", unit="By", otel="http.request.body.size"),
    Operator("BYTES_RETRANSMITTED", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.29", unit="By"),
    Operator("BYTES_SENT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="1.0", unit="By", otel="http.response.body.size"),
    Operator("CEL", Argument.REQUIRED, ValueType.STRING, v.FREE, Absence.DASH, truncates=True, since="1.34"),
    Operator("CLUSTER_METADATA", Argument.REQUIRED, ValueType.ANY, v.FREE, Absence.DASH, since="~1.17", note="A length is refused although the manual shows one (1.36 to 1.40)."),
    Operator("COALESCE", Argument.REQUIRED, ValueType.ANY, v.FREE, Absence.DASH, truncates=True, since="1.37", note="A scalar JSON argument crashes Envoy 1.40."),
    Operator("COMMON_DURATION", Argument.REQUIRED, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="~1.30", unit="ms"),
    Operator("CONNECTION_ID", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.17"),
    Operator("CONNECTION_TERMINATION_DETAILS", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.16", note='A phrase with blanks: "transport socket timeout was reached".'),
    Operator("CUSTOM_FLAGS", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.EMPTY, since="1.34", note="Writes nothing when there are none, not `-`."),
    Operator("DOWNSTREAM_CX_RTT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.DASH, since="1.40", note="0 on loopback unless the machine is busy; the unit is not verified. Missing for Unix sockets and internal addresses."),
    Operator("DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="1.36", unit="By"),
    Operator("DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="1.36", unit="By"),
    Operator("DOWNSTREAM_DETECTED_CLOSE_TYPE", Argument.NONE, ValueType.STRING, v.WORD, Absence.DASH, since="1.38"),
    Operator("DOWNSTREAM_DIRECT_LOCAL_ADDRESS", Argument.NONE, ValueType.STRING, v.ADDRESS, Absence.NEVER, since="1.33"),
    Operator("DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID", Argument.NONE, ValueType.STRING, v.FREE, Absence.EMPTY, since="1.37"),
    Operator("DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT", Argument.OPTIONAL, ValueType.STRING, v.HOST, Absence.EMPTY, since="1.33", note="With a mask, nothing for Unix sockets and internal addresses."),
    Operator("DOWNSTREAM_DIRECT_LOCAL_PORT", Argument.NONE, ValueType.PORT, v.UNSIGNED, Absence.EMPTY, since="~1.23"),
    Operator("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", Argument.NONE, ValueType.STRING, v.ADDRESS, Absence.NEVER, since="~1.12", otel="network.peer.address"),
    Operator("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", Argument.OPTIONAL, ValueType.STRING, v.HOST, Absence.EMPTY, since="~1.12", otel="network.peer.address", note="With a mask, nothing for Unix sockets and internal addresses."),
    Operator("DOWNSTREAM_DIRECT_REMOTE_PORT", Argument.NONE, ValueType.PORT, v.UNSIGNED, Absence.EMPTY, since="~1.23", otel="network.peer.port"),
    Operator("DOWNSTREAM_HANDSHAKE_DURATION", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="~1.30", unit="ms", note="Seen negative (-42) on HTTP over TLS."),
    Operator("DOWNSTREAM_HEADER_BYTES_RECEIVED", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.21", unit="By"),
    Operator("DOWNSTREAM_HEADER_BYTES_SENT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.21", unit="By"),
    Operator("DOWNSTREAM_LOCAL_ADDRESS", Argument.NONE, ValueType.STRING, v.ADDRESS, Absence.NEVER, since="1.6", otel="network.local.address", note="Port 0 when the address was taken from X-Forwarded-For."),
    Operator("DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID", Argument.NONE, ValueType.STRING, v.FREE, Absence.EMPTY, since="1.37"),
    Operator("DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", Argument.OPTIONAL, ValueType.STRING, v.HOST, Absence.EMPTY, since="~1.12", otel="network.local.address", note="With a mask, nothing for Unix sockets and internal addresses."),
    Operator("DOWNSTREAM_LOCAL_CLOSE_REASON", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.38"),
    Operator("DOWNSTREAM_LOCAL_DNS_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("DOWNSTREAM_LOCAL_EMAIL_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="1.33"),
    Operator("DOWNSTREAM_LOCAL_IP_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("DOWNSTREAM_LOCAL_OTHERNAME_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="1.33"),
    Operator("DOWNSTREAM_LOCAL_PORT", Argument.NONE, ValueType.PORT, v.UNSIGNED, Absence.EMPTY, since="1.14", otel="network.local.port"),
    Operator("DOWNSTREAM_LOCAL_SUBJECT", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("DOWNSTREAM_LOCAL_URI_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("DOWNSTREAM_PEER_CERT", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="~1.11"),
    Operator("DOWNSTREAM_PEER_CERT_V_END", Argument.OPTIONAL, ValueType.TIMESTAMP, v.FREE, Absence.DASH, since="~1.11"),
    Operator("DOWNSTREAM_PEER_CERT_V_START", Argument.OPTIONAL, ValueType.TIMESTAMP, v.FREE, Absence.DASH, since="~1.11"),
    Operator("DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1", Argument.NONE, ValueType.STRING, v.HEX_LIST, Absence.DASH, since="≤1.36"),
    Operator("DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256", Argument.NONE, ValueType.STRING, v.HEX_LIST, Absence.DASH, since="≤1.36"),
    Operator("DOWNSTREAM_PEER_CHAIN_SERIALS", Argument.NONE, ValueType.STRING, v.HEX_LIST, Absence.DASH, since="≤1.36"),
    Operator("DOWNSTREAM_PEER_DNS_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("DOWNSTREAM_PEER_EMAIL_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="1.33"),
    Operator("DOWNSTREAM_PEER_FINGERPRINT_1", Argument.NONE, ValueType.STRING, v.HEX_LIST, Absence.DASH, since="~1.11", otel="tls.client.hash.sha1"),
    Operator("DOWNSTREAM_PEER_FINGERPRINT_256", Argument.NONE, ValueType.STRING, v.HEX_LIST, Absence.DASH, since="~1.11", otel="tls.client.hash.sha256"),
    Operator("DOWNSTREAM_PEER_IP_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("DOWNSTREAM_PEER_ISSUER", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9", otel="tls.client.issuer"),
    Operator("DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256", Argument.NONE, ValueType.STRING, v.HEX_LIST, Absence.DASH, since="1.38"),
    Operator("DOWNSTREAM_PEER_ISSUER_SERIAL", Argument.NONE, ValueType.STRING, v.HEX_LIST, Absence.DASH, since="1.38"),
    Operator("DOWNSTREAM_PEER_OTHERNAME_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="1.33"),
    Operator("DOWNSTREAM_PEER_SERIAL", Argument.NONE, ValueType.STRING, v.HEX_LIST, Absence.DASH, since="~1.11"),
    Operator("DOWNSTREAM_PEER_SUBJECT", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9", otel="tls.client.subject"),
    Operator("DOWNSTREAM_PEER_URI_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("DOWNSTREAM_REMOTE_ADDRESS", Argument.NONE, ValueType.STRING, v.ADDRESS, Absence.NEVER, since="1.6", otel="client.address", note="Port 0 when the address was taken from X-Forwarded-For."),
    Operator("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", Argument.OPTIONAL, ValueType.STRING, v.HOST, Absence.EMPTY, since="~1.12", otel="client.address", note="With a mask, nothing for Unix sockets and internal addresses."),
    Operator("DOWNSTREAM_REMOTE_PORT", Argument.NONE, ValueType.PORT, v.UNSIGNED, Absence.EMPTY, since="~1.23", otel="client.port"),
    Operator("DOWNSTREAM_TLS_CIPHER", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="~1.9", otel="tls.cipher"),
    Operator("DOWNSTREAM_TLS_GROUP", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.39", otel="tls.curve"),
    Operator("DOWNSTREAM_TLS_SESSION_ID", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="~1.9"),
    Operator("DOWNSTREAM_TLS_VERSION", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="~1.9", otel="tls.protocol.version"),
    Operator("DOWNSTREAM_TRANSPORT_FAILURE_REASON", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.26", note="Older versions write blanks where 1.40 writes `_`."),
    Operator("DOWNSTREAM_WIRE_BYTES_RECEIVED", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.21", unit="By", otel="http.request.size"),
    Operator("DOWNSTREAM_WIRE_BYTES_SENT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.21", unit="By", otel="http.response.size"),
    Operator("DURATION", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="1.0", unit="ms", note="In records written in mid-stream, the time so far: two logs may disagree."),
    Operator("DYNAMIC_METADATA", Argument.REQUIRED, ValueType.ANY, v.FREE, Absence.DASH, truncates=True, since="1.7", note="A length is accepted since 1.37."),
    Operator("EMIT_TIME", Argument.OPTIONAL, ValueType.TIMESTAMP, v.FREE, Absence.NEVER, since="~1.29", note="Later in each log: two logs of one request disagree."),
    Operator("EMIT_TIME_LOCAL", Argument.OPTIONAL, ValueType.TIMESTAMP, v.FREE, Absence.NEVER, since="~1.32", note="Later in each log: two logs of one request disagree."),
    Operator("ENVIRONMENT", Argument.REQUIRED, ValueType.STRING, v.FREE, Absence.LITERAL_DASH, truncates=True, since="~1.22", note="An unset variable is the string `-`, in JSON too."),
    Operator("FILTER_CHAIN_NAME", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.20"),
    Operator("FILTER_STATE", Argument.REQUIRED, ValueType.ANY, v.FREE, Absence.DASH, truncates=True, since="1.13", note="TYPED strings stand in quotes in TEXT."),
    Operator("GRPC_STATUS", Argument.OPTIONAL, ValueType.STRING, v.TOKEN, Absence.DASH, since="~1.15", note="An unknown code is its digits, as a string. One that is no number is `-1`. A number in JSON with NUMBER."),
    Operator("GRPC_STATUS_NUMBER", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="~1.19", otel="rpc.grpc.status_code", note="Whatever the upstream sends: 4294967296 was seen; -1 where it is no number."),
    Operator("HOSTNAME", Argument.NONE, ValueType.STRING, v.HOST, Absence.NEVER, since="1.13", otel="host.name"),
    Operator("LISTENER_NAME", Argument.NONE, ValueType.STRING, v.FREE, Absence.NEVER, since="1.40"),
    Operator("LOCAL_REPLY_BODY", Argument.NONE, ValueType.STRING, v.FREE, Absence.EMPTY, since="~1.15", note="Empty in access logs; may hold newlines."),
    Operator("METADATA", Argument.REQUIRED, ValueType.ANY, v.FREE, Absence.DASH, truncates=True, since="1.34"),
    Operator("PACKETS_RETRANSMITTED", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.29"),
    Operator("PATH", Argument.OPTIONAL, ValueType.STRING, v.ORIGINAL_PATH, Absence.DASH, truncates=True, since="1.34", otel="url.path", note="The original path when the route rewrote it. Sidecars let clients forge that one, so it may hold blanks and quotes."),
    Operator("PROTOCOL", Argument.NONE, ValueType.STRING, v.PROTOCOL, Absence.DASH, since="1.0", otel="network.protocol.version"),
    Operator("QUERY_PARAM", Argument.REQUIRED, ValueType.STRING, v.FREE, Absence.DASH, truncates=True, since="1.34", note="Percent-decoded: may hold newlines, quotes and NUL (log injection)."),
    Operator("QUERY_PARAMS", Argument.OPTIONAL, ValueType.STRING, v.QUERY, Absence.DASH, truncates=True, since="1.38", otel="url.query", note="The argument DECODED decodes `%25` and `%2B`, not `%20` and `%22` (1.40)."),
    Operator("REQ", Argument.REQUIRED, ValueType.STRING, v.HEADER, Absence.DASH, truncates=True, since="1.0"),
    Operator("REQUESTED_SERVER_NAME", Argument.OPTIONAL, ValueType.STRING, v.SERVER_NAME, Absence.DASH, argued=v.HEADER, since="~1.8", otel="tls.client.server_name", note="With an argument it may be the host as the client sent it, or forged it."),
    Operator("REQUEST_DURATION", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="~1.5", unit="ms"),
    Operator("REQUEST_HEADER", Argument.REQUIRED, ValueType.STRING, v.HEADER, Absence.DASH, truncates=True, since="1.37"),
    Operator("REQUEST_HEADERS_BYTES", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.18", unit="By"),
    Operator("REQUEST_TX_DURATION", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="~1.19", unit="ms"),
    Operator("RESP", Argument.REQUIRED, ValueType.STRING, v.HEADER, Absence.DASH, truncates=True, since="1.0"),
    Operator("RESPONSE_CODE", Argument.NONE, ValueType.CODE, v.UNSIGNED, Absence.NEVER, since="1.0", otel="http.response.status_code", note="0: no response was sent; also in every TCP log."),
    Operator("RESPONSE_CODE_DETAILS", Argument.OPTIONAL, ValueType.STRING, v.DETAILS, Absence.DASH, argued=v.FREE, since="~1.10", note="Blanks become `_` unless ALLOW_WHITESPACES is given."),
    Operator("RESPONSE_DURATION", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="~1.5", unit="ms"),
    Operator("RESPONSE_FLAGS", Argument.NONE, ValueType.STRING, v.FLAGS, Absence.LITERAL_DASH, since="1.0", note="The string `-` when there are none, in JSON too; in the order of being set."),
    Operator("RESPONSE_FLAGS_LONG", Argument.NONE, ValueType.STRING, v.FLAGS, Absence.LITERAL_DASH, since="~1.27", note="The string `-` when there are none, in JSON too."),
    Operator("RESPONSE_HEADER", Argument.REQUIRED, ValueType.STRING, v.HEADER, Absence.DASH, truncates=True, since="1.37"),
    Operator("RESPONSE_HEADERS_BYTES", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.18", unit="By"),
    Operator("RESPONSE_TRAILER", Argument.REQUIRED, ValueType.STRING, v.HEADER, Absence.DASH, truncates=True, since="1.37"),
    Operator("RESPONSE_TRAILERS_BYTES", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.18", unit="By"),
    Operator("RESPONSE_TX_DURATION", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="~1.12", unit="ms"),
    Operator("ROUNDTRIP_DURATION", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="~1.29", unit="ms"),
    Operator("ROUTE_NAME", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.11"),
    Operator("ROUTE_RESOLUTION_COUNT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="1.40"),
    Operator("ROUTE_RESOLUTION_TIME_US", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="1.40", unit="us"),
    Operator("SPAN_ID", Argument.NONE, ValueType.STRING, v.WORD, Absence.DASH, since="1.38", otel="span_id"),
    Operator("START_TIME", Argument.OPTIONAL, ValueType.TIMESTAMP, v.FREE, Absence.NEVER, since="1.0"),
    Operator("START_TIME_LOCAL", Argument.OPTIONAL, ValueType.TIMESTAMP, v.FREE, Absence.NEVER, since="~1.32"),
    Operator("STREAM_ID", Argument.NONE, ValueType.STRING, v.HEADER, Absence.DASH, since="~1.27", note="Not always a UUID: a preserved x-request-id is any header value."),
    Operator("STREAM_INFO_REQ", Argument.REQUIRED, ValueType.STRING, v.HEADER, Absence.DASH, truncates=True, since="~1.29", note="Undocumented: a request header, read through the stream info."),
    Operator("TLS_JA3_FINGERPRINT", Argument.NONE, ValueType.STRING, v.WORD, Absence.DASH, since="~1.21", otel="tls.client.ja3"),
    Operator("TLS_JA4_FINGERPRINT", Argument.NONE, ValueType.STRING, v.WORD, Absence.DASH, since="~1.35"),
    Operator("TRACE_ID", Argument.NONE, ValueType.STRING, v.WORD, Absence.DASH, since="~1.29", otel="trace_id"),
    Operator("TRAILER", Argument.REQUIRED, ValueType.STRING, v.HEADER, Absence.DASH, truncates=True, since="1.7"),
    Operator("TYPED_CEL", Argument.REQUIRED, ValueType.ANY, v.FREE, Absence.DASH, truncates=True, since="1.36", note="TEXT and JSON spell times, durations, lists and maps differently."),
    Operator("UNIQUE_ID", Argument.NONE, ValueType.STRING, v.HOST, Absence.NEVER, since="~1.28", note="Fresh in each log: two logs of one request disagree."),
    Operator("UPSTREAM_CLUSTER", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="1.0", note="The alt_stat_name if set; Istio 1.23 and 1.24 leave a trailing `;`."),
    Operator("UPSTREAM_CLUSTER_RAW", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="1.32"),
    Operator("UPSTREAM_CONNECTION_ID", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.31"),
    Operator("UPSTREAM_CONNECTION_IDS_ATTEMPTED", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.38", note="A string even for a single id."),
    Operator("UPSTREAM_CONNECTION_POOL_READY_DURATION", Argument.NONE, ValueType.INTEGER, v.SIGNED, Absence.DASH, since="~1.32", unit="ms"),
    Operator("UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="1.36", unit="By"),
    Operator("UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="1.36", unit="By"),
    Operator("UPSTREAM_DETECTED_CLOSE_TYPE", Argument.NONE, ValueType.STRING, v.WORD, Absence.DASH, since="1.38"),
    Operator("UPSTREAM_FILTER_STATE", Argument.REQUIRED, ValueType.ANY, v.FREE, Absence.DASH, truncates=True, since="~1.24", note="TYPED strings stand in quotes in TEXT."),
    Operator("UPSTREAM_HEADER_BYTES_RECEIVED", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.21", unit="By"),
    Operator("UPSTREAM_HEADER_BYTES_SENT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.21", unit="By"),
    Operator("UPSTREAM_HOST", Argument.NONE, ValueType.STRING, v.ADDRESS, Absence.DASH, since="1.0", note="`tcp://ip:port` in very old Envoy."),
    Operator("UPSTREAM_HOSTS_ATTEMPTED", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.38"),
    Operator("UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.38"),
    Operator("UPSTREAM_HOST_NAME", Argument.NONE, ValueType.STRING, v.HOST, Absence.DASH, since="~1.29", otel="server.address"),
    Operator("UPSTREAM_HOST_NAMES_ATTEMPTED", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.38"),
    Operator("UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.38"),
    Operator("UPSTREAM_HOST_NAME_WITHOUT_PORT", Argument.NONE, ValueType.STRING, v.HOST, Absence.DASH, since="1.33", note="IPv6 keeps its brackets here."),
    Operator("UPSTREAM_LOCAL_ADDRESS", Argument.NONE, ValueType.STRING, v.ADDRESS, Absence.DASH, since="~1.4"),
    Operator("UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", Argument.OPTIONAL, ValueType.STRING, v.HOST, Absence.EMPTY, since="~1.23", note="With a mask, nothing for Unix sockets and internal addresses."),
    Operator("UPSTREAM_LOCAL_CLOSE_REASON", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.38"),
    Operator("UPSTREAM_LOCAL_DNS_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_LOCAL_IP_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_LOCAL_PORT", Argument.NONE, ValueType.PORT, v.UNSIGNED, Absence.EMPTY, since="~1.23"),
    Operator("UPSTREAM_LOCAL_URI_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_METADATA", Argument.REQUIRED, ValueType.ANY, v.FREE, Absence.DASH, since="~1.21", note="A length is refused although the manual shows one (1.36 to 1.40)."),
    Operator("UPSTREAM_PEER_CERT", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="~1.25"),
    Operator("UPSTREAM_PEER_CERT_V_END", Argument.OPTIONAL, ValueType.TIMESTAMP, v.FREE, Absence.DASH, since="~1.25"),
    Operator("UPSTREAM_PEER_CERT_V_START", Argument.OPTIONAL, ValueType.TIMESTAMP, v.FREE, Absence.DASH, since="~1.25"),
    Operator("UPSTREAM_PEER_DNS_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_PEER_IP_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_PEER_ISSUER", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_PEER_SUBJECT", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_PEER_URI_SAN", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_PROTOCOL", Argument.NONE, ValueType.STRING, v.PROTOCOL, Absence.DASH, since="~1.22"),
    Operator("UPSTREAM_REMOTE_ADDRESS", Argument.NONE, ValueType.STRING, v.ADDRESS, Absence.DASH, since="~1.23"),
    Operator("UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID", Argument.NONE, ValueType.STRING, v.FREE, Absence.EMPTY, since="1.37"),
    Operator("UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", Argument.OPTIONAL, ValueType.STRING, v.HOST, Absence.EMPTY, since="~1.23", note="With a mask, nothing for Unix sockets and internal addresses."),
    Operator("UPSTREAM_REMOTE_PORT", Argument.NONE, ValueType.PORT, v.UNSIGNED, Absence.EMPTY, since="~1.23"),
    Operator("UPSTREAM_REQUEST_ATTEMPT_COUNT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.21"),
    Operator("UPSTREAM_SERVER_NAME", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.39"),
    Operator("UPSTREAM_TLS_CIPHER", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_TLS_GROUP", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="1.39"),
    Operator("UPSTREAM_TLS_SESSION_ID", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_TLS_VERSION", Argument.NONE, ValueType.STRING, v.TOKEN, Absence.DASH, since="~1.9"),
    Operator("UPSTREAM_TRANSPORT_FAILURE_REASON", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.10", note="Older versions write blanks where 1.40 writes `_`."),
    Operator("UPSTREAM_WIRE_BYTES_RECEIVED", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.21", unit="By"),
    Operator("UPSTREAM_WIRE_BYTES_SENT", Argument.NONE, ValueType.INTEGER, v.UNSIGNED, Absence.NEVER, since="~1.21", unit="By"),
    Operator("VIRTUAL_CLUSTER_NAME", Argument.NONE, ValueType.STRING, v.FREE, Absence.DASH, since="~1.18"),
    Operator("XFCC_VALUE", Argument.REQUIRED, ValueType.STRING, v.HEADER, Absence.DASH, truncates=True, since="≤1.36", note="Absent by default: the connection manager strips the header."),
)

#: Not in the 1.40 core: extensions that a `formatters:` entry adds.
_EXTENSIONS = (
    Operator("REQ_WITHOUT_QUERY", Argument.REQUIRED, ValueType.STRING, v.HEADER, Absence.DASH, truncates=True, since="~1.16", note="Istio adds this extension by itself."),
    Operator("FILE_CONTENT", Argument.REQUIRED, ValueType.STRING, v.FREE, Absence.DASH, truncates=True, since="1.38"),
    Operator("SECRET", Argument.REQUIRED, ValueType.STRING, v.FREE, Absence.DASH, truncates=True, since="1.38"),
)


#: Gone: old logs have them, Envoy 1.40 refuses them.
_RETIRED = (
    Operator("DOWNSTREAM_ADDRESS", Argument.NONE, ValueType.STRING, v.ADDRESS, Absence.NEVER, since="1.0", otel="client.address", note="Renamed to DOWNSTREAM_REMOTE_ADDRESS in 1.6."),
    Operator("PER_REQUEST_STATE", Argument.REQUIRED, ValueType.STRING, v.FREE, Absence.DASH, note="Became FILTER_STATE."),
)

# fmt: on
RETIRED: dict[str, Operator] = {row.name: row for row in _RETIRED}
OPERATORS: dict[str, Operator] = {row.name: row for row in (*_ROWS, *_EXTENSIONS)}

#: Two names of one operator; the first is the one that columns are named after.
SYNONYMS: dict[str, str] = {
    "REQUEST_HEADER": "REQ",
    "RESPONSE_HEADER": "RESP",
    "RESPONSE_TRAILER": "TRAILER",
    # Istio 1.23 moved from one to the other; for a reader of logs they are one thing.
    "UPSTREAM_CLUSTER_RAW": "UPSTREAM_CLUSTER",
    "DOWNSTREAM_ADDRESS": "DOWNSTREAM_REMOTE_ADDRESS",
}
