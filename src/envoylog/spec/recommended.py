"""What a log should hold so that people can answer what they will ask of it one night."""

from __future__ import annotations

#: Column, command, and what it is for; in the order in which they are missed most.
RECOMMENDED: tuple[tuple[str, str, str], ...] = (
    ("start_time", "%START_TIME%", "when"),
    ("response_code", "%RESPONSE_CODE%", "whether it failed"),
    ("response_flags", "%RESPONSE_FLAGS%", "whether Envoy or the application failed"),
    ("response_code_details", "%RESPONSE_CODE_DETAILS%", "why exactly"),
    ("authority", "%REQ(:AUTHORITY)%", "for whom"),
    ("method", "%REQ(:METHOD)%", "which request"),
    ("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%", "which request"),
    ("protocol", "%PROTOCOL%", "HTTP/1.1, HTTP/2 or TCP"),
    ("duration", "%DURATION%", "how long it took"),
    (
        "upstream_service_time",
        "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
        "how long the upstream took",
    ),
    ("upstream_cluster", "%UPSTREAM_CLUSTER_RAW%", "which service and version answered"),
    ("upstream_host", "%UPSTREAM_HOST%", "which pod answered"),
    (
        "upstream_transport_failure_reason",
        "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
        "why the connection failed",
    ),
    ("downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%", "who the client is"),
    ("x_forwarded_for", "%REQ(X-FORWARDED-FOR)%", "who the client is, behind proxies"),
    ("user_agent", "%REQ(USER-AGENT)%", "what the client is"),
    ("request_id", "%REQ(X-REQUEST-ID)%", "to find the request in traces and other logs"),
    ("route_name", "%ROUTE_NAME%", "which route matched"),
    ("requested_server_name", "%REQUESTED_SERVER_NAME%", "which name the client asked for in TLS"),
    ("bytes_received", "%BYTES_RECEIVED%", "how much was sent"),
    ("bytes_sent", "%BYTES_SENT%", "how much was sent back"),
    ("grpc_status_number", "%GRPC_STATUS_NUMBER%", "whether a gRPC call failed behind a 200"),
    (
        "upstream_request_attempt_count",
        "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        "how often it was tried",
    ),
)
