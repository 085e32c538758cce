"""Which operator stands behind a key of a JSON log: to guess a format that nobody wrote down.

Operators choose their own keys, but most take them from a product's default or from the name of
the operator. A key that is not here is kept in `extra`.
"""

from __future__ import annotations

from envoylog.spec.formats import NAMED_FORMATS
from envoylog.spec.operators import OPERATORS
from envoylog.spec.values import Argument

_METHOD, _AUTHORITY = "%REQ(:METHOD)%", "%REQ(:AUTHORITY)%"
_PATH = "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"

# Seen in published formats, beside the defaults of products.
_SEEN: dict[str, str] = {
    "timestamp": "%START_TIME%",
    "time": "%START_TIME%",
    "ts": "%START_TIME%",
    "date": "%START_TIME%",
    "http_method": _METHOD,
    "request_method": _METHOD,
    "verb": _METHOD,
    "request_path": _PATH,
    "uri": _PATH,
    "request_uri": _PATH,
    "url": _PATH,
    "host": _AUTHORITY,
    "http_host": _AUTHORITY,
    "status": "%RESPONSE_CODE%",
    "code": "%RESPONSE_CODE%",
    "status_code": "%RESPONSE_CODE%",
    "http_status": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "time_to_first_byte": "%RESPONSE_DURATION%",
    "remote_ip": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "remote-ip": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "client_ip": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "http_user_agent": "%REQ(USER-AGENT)%",
    "useragent": "%REQ(USER-AGENT)%",
    "referer": "%REQ(REFERER)%",
    "http_referer": "%REQ(REFERER)%",
    "x_request_id": "%REQ(X-REQUEST-ID)%",
    "trace_id": "%REQ(X-B3-TRACEID)%",
    "traceparent": "%REQ(TRACEPARENT)%",
    "sni": "%REQUESTED_SERVER_NAME%",
}


def _known_keys() -> dict[str, str]:
    keys = {
        name.lower(): f"%{name}%"
        for name, row in OPERATORS.items()
        if row.argument is not Argument.REQUIRED
    }
    for named in NAMED_FORMATS.values():
        if not isinstance(named.document, str):
            keys |= named.document
    return keys | _SEEN


#: Keys in lower case, and the command that most likely wrote their value.
JSON_KEYS: dict[str, str] = _known_keys()
