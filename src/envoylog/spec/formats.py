"""Named formats: what Envoy and its products write when nobody chose otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedFormat:
    """A default format of one product.

    Attributes
    ----------
    name : str
        What users type after `--format`.
    title : str
        The product and its versions.
    document : str or dict
        The TEXT string or the JSON dictionary, as the product hands it to Envoy.
    source : str
        Where the fact comes from.
    """

    name: str
    title: str
    document: str | dict[str, str]
    source: str


_REQUEST = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" '
    "%RESPONSE_CODE% %RESPONSE_FLAGS% "
)
_BYTES_TO_HOST = (
    "%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "
    '"%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" '
    '"%UPSTREAM_HOST%"'
)
_ISTIO_TAIL = (
    " %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%"
    " %REQUESTED_SERVER_NAME%"
)
_CLUSTER, _CLUSTER_RAW = " %UPSTREAM_CLUSTER%", " %UPSTREAM_CLUSTER_RAW%"
_MIXER = '"%DYNAMIC_METADATA(istio.mixer:status)%" '
_FAILURE = '"%UPSTREAM_TRANSPORT_FAILURE_REASON%" '
_DETAILS = "%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "
_ROUTE = " %ROUTE_NAME%"

_COMMON_JSON = {
    "start_time": "%START_TIME%",
    "method": "%REQ(:METHOD)%",
    "protocol": "%PROTOCOL%",
    "response_code": "%RESPONSE_CODE%",
    "response_flags": "%RESPONSE_FLAGS%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration": "%DURATION%",
    "upstream_host": "%UPSTREAM_HOST%",
    "upstream_cluster": "%UPSTREAM_CLUSTER%",
    "upstream_local_address": "%UPSTREAM_LOCAL_ADDRESS%",
    "downstream_local_address": "%DOWNSTREAM_LOCAL_ADDRESS%",
    "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "requested_server_name": "%REQUESTED_SERVER_NAME%",
}
_DETAILS_JSON = {
    "response_code_details": "%RESPONSE_CODE_DETAILS%",
    "connection_termination_details": "%CONNECTION_TERMINATION_DETAILS%",
    "upstream_transport_failure_reason": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    "route_name": "%ROUTE_NAME%",
}
_HEADERS_JSON = {
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "upstream_service_time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
    "x_forwarded_for": "%REQ(X-FORWARDED-FOR)%",
    "user_agent": "%REQ(USER-AGENT)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "authority": "%REQ(:AUTHORITY)%",
}
_ISTIO_JSON = _COMMON_JSON | _DETAILS_JSON | _HEADERS_JSON
_ENVOY = "envoyproxy/envoy source/common/formatter"
_ISTIO = "istio/istio pilot/pkg/model/telemetry_logging.go and its predecessors"


def _istio_text(middle: str, cluster: str, end: str) -> str:
    return f"{_REQUEST}{middle}{_BYTES_TO_HOST}{cluster}{_ISTIO_TAIL}{end}\n"


# Newest first within a product: where two versions fit the same lines, the newer one is named.
_ROWS = (
    NamedFormat("envoy", "Envoy, every version", f"{_REQUEST}{_BYTES_TO_HOST}\n", _ENVOY),
    NamedFormat(
        "istio-1.23",
        "Istio 1.23 and later, TEXT",
        _istio_text(_DETAILS + _FAILURE, _CLUSTER_RAW, _ROUTE),
        _ISTIO,
    ),
    NamedFormat(
        "istio-1.9",
        "Istio 1.9 to 1.22, TEXT",
        _istio_text(_DETAILS + _FAILURE, _CLUSTER, _ROUTE),
        _ISTIO,
    ),
    NamedFormat(
        "istio-1.7", "Istio 1.7 and 1.8, TEXT", _istio_text(_FAILURE, _CLUSTER, _ROUTE), _ISTIO
    ),
    NamedFormat(
        "istio-1.3",
        "Istio 1.3 to 1.6, TEXT",
        _istio_text(_MIXER + _FAILURE, _CLUSTER, _ROUTE),
        _ISTIO,
    ),
    NamedFormat(
        "istio-1.2", "Istio 1.2, TEXT", _istio_text(_MIXER + _FAILURE, _CLUSTER, ""), _ISTIO
    ),
    NamedFormat(
        "istio-1.1", "Istio 1.1 and earlier, TEXT", _istio_text(_MIXER, _CLUSTER, ""), _ISTIO
    ),
    NamedFormat(
        "istio-json",
        "Istio, JSON",
        _ISTIO_JSON | {"upstream_cluster": "%UPSTREAM_CLUSTER_RAW%"},
        _ISTIO,
    ),
    NamedFormat(
        "envoy-gateway",
        "Envoy Gateway, JSON",
        _COMMON_JSON
        | _DETAILS_JSON
        | {
            "x-envoy-origin-path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
            "x-envoy-upstream-service-time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
            "x-forwarded-for": "%REQ(X-FORWARDED-FOR)%",
            "user-agent": "%REQ(USER-AGENT)%",
            "x-request-id": "%REQ(X-REQUEST-ID)%",
            ":authority": "%REQ(:AUTHORITY)%",
        },
        "envoyproxy/gateway internal/xds/translator/accesslog.go",
    ),
    NamedFormat(
        "contour-json",
        "Contour, JSON",
        {key: value for key, value in _COMMON_JSON.items() if key != "start_time"}
        | _HEADERS_JSON
        | {
            "@timestamp": "%START_TIME%",
            "uber_trace_id": "%REQ(UBER-TRACE-ID)%",
            "grpc_status": "%GRPC_STATUS%",
            "grpc_status_number": "%GRPC_STATUS_NUMBER%",
        },
        "projectcontour/contour apis/projectcontour/v1alpha1",
    ),
)

NAMED_FORMATS: dict[str, NamedFormat] = {row.name: row for row in _ROWS}

#: Names that mean another row: the current version of a product's TEXT default.
ALIASES: dict[str, str] = {"istio": "istio-1.23", "contour": "envoy"}
