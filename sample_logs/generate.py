"""Write the sample logs afresh: python sample_logs/generate.py [--requests N] [--into DIR]."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    # As a script, import from the root of the repository, as the tests do.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from sample_logs.traffic import Formats, run

HERE = Path(__file__).resolve().parent

_REQUEST = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%"'
    " %RESPONSE_CODE% %RESPONSE_FLAGS% "
)
_RESPONSE = (
    "%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"
    ' "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%"'
    ' "%UPSTREAM_HOST%"'
)

ENVOY = f"{_REQUEST}{_RESPONSE}\n"

ISTIO = (
    f"{_REQUEST}%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%"
    f' "%UPSTREAM_TRANSPORT_FAILURE_REASON%" {_RESPONSE}'
    " %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS%"
    " %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n"
)

_COMMON_JSON = {
    "authority": "%REQ(:AUTHORITY)%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "downstream_local_address": "%DOWNSTREAM_LOCAL_ADDRESS%",
    "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "duration": "%DURATION%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "protocol": "%PROTOCOL%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "requested_server_name": "%REQUESTED_SERVER_NAME%",
    "response_code": "%RESPONSE_CODE%",
    "response_flags": "%RESPONSE_FLAGS%",
    "route_name": "%ROUTE_NAME%",
    "start_time": "%START_TIME%",
    "upstream_cluster": "%UPSTREAM_CLUSTER_RAW%",
    "upstream_host": "%UPSTREAM_HOST%",
    "upstream_local_address": "%UPSTREAM_LOCAL_ADDRESS%",
    "upstream_service_time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
    "upstream_transport_failure_reason": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    "user_agent": "%REQ(USER-AGENT)%",
    "x_forwarded_for": "%REQ(X-FORWARDED-FOR)%",
}

ISTIO_JSON = _COMMON_JSON | {
    "connection_termination_details": "%CONNECTION_TERMINATION_DETAILS%",
    "response_code_details": "%RESPONSE_CODE_DETAILS%",
}

GATEWAY_TEXT = f'{_REQUEST}{_RESPONSE} "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"\n'

GATEWAY_JSON = _COMMON_JSON | {
    "remote-ip": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "istio_policy_status": "%DYNAMIC_METADATA(istio.mixer:status)%",
    "referer": "%REQ(referer)%",
}

FORMATS: Formats = {
    "envoy.log": ENVOY,
    "istio.log": ISTIO,
    "istio-json.log": ISTIO_JSON,
    "gateway-text.log": GATEWAY_TEXT,
    "gateway-json.log": GATEWAY_JSON,
}


def main() -> None:
    """Write the format files and the logs, and print what happened how often."""
    arguments = argparse.ArgumentParser(description="Write the sample logs with a real Envoy.")
    arguments.add_argument("--requests", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--into", type=Path, default=HERE)
    given = arguments.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    (given.into / "gateway-text.format").write_text(GATEWAY_TEXT)
    (given.into / "gateway-json.format.json").write_text(json.dumps(GATEWAY_JSON, indent=2) + "\n")
    sent = run(given.into, FORMATS, given.requests, given.seed, stdout="istio.log")
    for (kind, status, flags), count in sorted(
        Counter((one.kind, one.status, one.expected_flags) for one in sent).items()
    ):
        print(f"{count:6}  {kind:20} {status:3}  {flags}")


if __name__ == "__main__":
    main()
