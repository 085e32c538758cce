"""Response flags: what Envoy writes into `%RESPONSE_FLAGS%`, what it means, and what to do.

Names are those of Envoy 1.40 (`source/common/stream_info/utility.cc` and its documentation of access
logs). A flag that is not here is kept as it is: extensions may register their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Side(StrEnum):
    """Where the fault most likely is."""

    CLIENT = "client"
    NETWORK = "network"
    ENVOY = "envoy"
    """Limits that Envoy was told to keep: circuit breakers, sizes, durations."""
    PLATFORM = "platform"
    """What runs the application: endpoints, probes, deployments, DNS, helper services."""
    CONFIGURATION = "configuration"
    APPLICATION = "application"
    POLICY = "policy"
    """It was meant to be refused."""
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Flag:
    """One response flag.

    Attributes
    ----------
    short, long : str
        As `%RESPONSE_FLAGS%` and `%RESPONSE_FLAGS_LONG%` write it.
    side : Side
        Where the fault most likely is.
    meaning : str
        What happened, in one sentence.
    look_at : str
        What to look at next.
    code : str
        The status that Envoy answers with, where it answers.
    evidence : str
        `run`: seen in logs of the real Envoy 1.40; `docs`: Envoy's documentation.
    """

    short: str
    long: str
    side: Side
    meaning: str
    look_at: str
    code: str = ""
    evidence: str = "docs"


_C, _N, _E, _P = Side.CLIENT, Side.NETWORK, Side.ENVOY, Side.PLATFORM
_F, _A, _L, _T = Side.CONFIGURATION, Side.APPLICATION, Side.POLICY, Side.TEST

#: All flags, in the order of Envoy's own list.
FLAGS: Final[dict[str, Flag]] = {
    flag.short: flag
    for flag in (
        Flag("LH", "FailedLocalHealthCheck", _P, "The health check filter of this Envoy failed the request.", "the pod of this Envoy, and whether it is being drained", "503"),
        Flag("UH", "NoHealthyUpstream", _P, "The cluster had no healthy endpoint.", "endpoints and readiness probes of the service, and the times of its deployments", "503", "run"),
        Flag("UT", "UpstreamRequestTimeout", _A, "The upstream did not answer within the timeout of the route.", "the slow route in the application, and the timeout of the route", "504", "run"),
        Flag("LR", "LocalReset", _E, "Envoy reset the connection to the upstream.", "response_code_details, and limits of the cluster", "503"),
        Flag("UR", "UpstreamRemoteReset", _A, "The upstream reset the stream before it answered.", "logs of the application on that host", "503"),
        Flag("UF", "UpstreamConnectionFailure", _N, "Envoy could not connect to the upstream.", "upstream_transport_failure_reason and the host: is the port open, does TLS fit", "503", "run"),
        Flag("UC", "UpstreamConnectionTermination", _A, "The upstream closed the connection before it answered.", "crashes of the application, and its keep-alive time, which must be longer than Envoy's", "503", "run"),
        Flag("UO", "UpstreamOverflow", _E, "The circuit breaker of the cluster was open.", "how many requests were in flight, and the limits of the cluster", "503", "run"),
        Flag("NR", "NoRouteFound", _F, "No route, or no filter chain, matches the request.", "authority, path and server name, and the latest change of routes", "404", "run"),
        Flag("DI", "DelayInjected", _T, "A fault filter delayed the request on purpose.", "the fault injection; leave it out of objectives", "", "run"),
        Flag("FI", "FaultInjected", _T, "A fault filter aborted the request on purpose.", "the fault injection; leave it out of objectives", "as configured", "run"),
        Flag("RL", "RateLimited", _L, "A rate limit refused the request.", "which client or route uses up the limit", "429", "run"),
        Flag("UAEX", "UnauthorizedExternalService", _L, "The external authorization service denied the request.", "the decision of that service, for this client and route", "403", "run"),
        Flag("RLSE", "RateLimitServiceError", _P, "The rate limit service failed, and Envoy refuses requests then.", "the rate limit service", "500"),
        Flag("DC", "DownstreamConnectionTermination", _C, "The client closed the connection before the response was complete.", "how long the client waited; the timeout of a load balancer in front", "0", "run"),
        Flag("URX", "UpstreamRetryLimitExceeded", _A, "All attempts failed.", "why the attempts failed, and whether retries make it worse", "", "run"),
        Flag("SI", "StreamIdleTimeout", _E, "Nothing moved on the stream for the idle timeout.", "slow routes and slow clients, and stream_idle_timeout", "408, 504", "run"),
        Flag("IH", "InvalidEnvoyRequestHeaders", _C, "A header of Envoy's own in the request is not valid.", "which client sends x-envoy headers", "400", "run"),
        Flag("DPE", "DownstreamProtocolError", _C, "The client broke the protocol.", "response_code_details, and which clients do so: scanners, or one broken client", "400", "run"),
        Flag("UMSDR", "UpstreamMaxStreamDurationReached", _E, "The stream reached the maximum duration of the upstream.", "max_stream_duration, and whether the stream is meant to last", "504"),
        Flag("RFCF", "ResponseFromCacheFilter", _L, "The response came from Envoy's cache.", "nothing: it is no failure"),
        Flag("NFCF", "NoFilterConfigFound", _F, "The configuration of a filter had not arrived.", "the control plane, and extension config discovery", "500"),
        Flag("DT", "DurationTimeout", _E, "The request or connection reached its maximum duration.", "max_connection_duration, max_stream_duration"),
        Flag("UPE", "UpstreamProtocolError", _A, "The upstream broke the protocol.", "response_code_details, and whether the port speaks what the cluster expects", "502", "run"),
        Flag("NC", "NoClusterFound", _F, "The route leads to a cluster that does not exist.", "the route, and the latest change of services", "503", "run"),
        Flag("OM", "OverloadManagerTerminated", _E, "Envoy's overload manager ended the request.", "memory and connections of this Envoy", "503"),
        Flag("DF", "DnsResolutionFailed", _P, "The name of the upstream could not be resolved.", "DNS, and the name in the cluster", "503"),
        Flag("DO", "DropOverload", _L, "The load balancer of the control plane asked to drop a share of requests.", "drop_overloads of the endpoints", "503"),
        Flag("DR", "DownstreamRemoteReset", _C, "The client reset the stream.", "how long the client waited"),
        Flag("UDO", "UnconditionalDropOverload", _L, "The load balancer of the control plane asked to drop all requests.", "drop_overloads of the endpoints", "503"),
    )
}  # fmt: skip
