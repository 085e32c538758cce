"""Headers that Envoy's users know by another name, and what they may hold.

Columns take Istio's JSON key names. Every other header becomes `req_<name>`, `resp_<name>` or
`trailer_<name>`. `usual` says what an honest client sends; it never refuses a line, it only
chooses the preferred reading among several.
"""

from __future__ import annotations

from dataclasses import dataclass

from envoylog.spec import values as v
from envoylog.spec.values import TextClass, ValueType


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of one header.

    Attributes
    ----------
    column : str or None
        Its canonical column; None: named by the rule above.
    text_class : TextClass
        What it can hold in a log line.
    type : ValueType
        The type of the column.
    unit, otel : str or None
        UCUM unit and OpenTelemetry attribute.
    usual : str or None
        A regular expression for the values of honest clients.
    """

    column: str | None = None
    text_class: TextClass = v.HEADER
    type: ValueType = ValueType.STRING
    unit: str | None = None
    otel: str | None = None
    usual: str | None = None


_ADDRESS_LIST = r"[0-9A-Fa-f.:, \[\]]*|unknown|-"
_IDENTIFIER = r"[0-9A-Za-z._:/=+-]*"

# fmt: off
#: Keyed by operator (`REQ`, `RESP`, `TRAILER`) and lower-case argument.
HEADERS: dict[tuple[str, str], Header] = {
    ("REQ", ":method"): Header("method", v.METHOD, otel="http.request.method"),
    ("REQ", ":path"): Header("path", v.PATH, otel="url.path"),
    ("REQ", ":authority"): Header("authority", v.AUTHORITY, otel="server.address"),
    ("REQ", "host"): Header("authority", v.AUTHORITY, otel="server.address"),
    # HTTP/2 clients choose it: `h+t-t.p` was seen.
    ("REQ", ":scheme"): Header("req_scheme", v.TOKEN, otel="url.scheme"),
    # The path as the client sent it: Envoy sets the header when the route rewrites the path.
    ("REQ", "x-envoy-original-path?:path"): Header("path", v.ORIGINAL_PATH, otel="url.path", usual=v.PATH.pattern),  # noqa: E501
    ("REQ", "x-forwarded-for"): Header("x_forwarded_for", usual=_ADDRESS_LIST),
    ("REQ", "user-agent"): Header("user_agent", otel="user_agent.original"),
    # Not always a UUID: Envoy keeps a client's own id where it is told to.
    ("REQ", "x-request-id"): Header("request_id", usual=_IDENTIFIER),
    ("REQ", "traceparent"): Header(usual=_IDENTIFIER),
    # Set by Envoy's router, so numeric in practice, though a string in JSON.
    ("RESP", "x-envoy-upstream-service-time"): Header("upstream_service_time", v.UNSIGNED, ValueType.INTEGER, unit="ms"),  # noqa: E501
}
# fmt: on

#: `REQ_WITHOUT_QUERY` of these is the same column: the path, less its query string.
PATHS = frozenset({":path", "x-envoy-original-path?:path"})
