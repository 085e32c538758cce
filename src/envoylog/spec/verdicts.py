"""Verdicts: from code, flags, details and reasons of failure to one plain sentence.

The first row of the table that fits gives the verdict. `words` is searched in the response code
details, the transport failure and the termination details, with blanks for underscores, in lower
case. A row that asks for a flag and for words is content with the words of an error without a flag:
not every format logs flags. Evidence: `run`, seen in logs of the real Envoy 1.40; `source`, strings of its source or binary.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from envoylog.spec.flags import Side

_C, _N, _E, _P = Side.CLIENT, Side.NETWORK, Side.ENVOY, Side.PLATFORM
_F, _A, _L, _T = Side.CONFIGURATION, Side.APPLICATION, Side.POLICY, Side.TEST
#: gRPC statuses that no other row speaks of: unknown, aborted, internal, unavailable, data loss.
OTHER_GRPC: Final = tuple(
    code for code in range(2, 100) if code not in {3, 4, 5, 6, 7, 8, 9, 11, 12, 16}
)
_ERROR, _FAILED, _REFUSED = (400, 999), (500, 999), (400, 499)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row: when it holds, who is at fault, what it means, what to look at next.

    Attributes
    ----------
    id : str
        Its name, in the column `verdict`.
    side : Side or None
        Where the fault most likely is; None where there is none.
    meaning : str
        What happened, in one sentence.
    look_at : str
        What to look at next.
    flags : tuple of str
        One of these is set; empty for any.
    words : str
        A regular expression found in the details or reasons; empty for any.
    codes : tuple of int
        The lowest and the highest status.
    grpc : tuple of int
        One of these is the gRPC status; empty for any.
    evidence : str
        `run` or `source`.
    """

    id: str
    side: Side | None
    meaning: str
    look_at: str
    flags: tuple[str, ...] = ()
    words: str = ""
    codes: tuple[int, int] = (0, 999)
    grpc: tuple[int, ...] = ()
    evidence: str = "source"

    def fits(self, code: int, flags: Collection[str], words: str, grpc: int | None) -> bool:
        """Tell whether the row holds."""
        flagged = not self.flags or not set(self.flags).isdisjoint(flags)
        return (
            self.codes[0] <= code <= self.codes[1]
            and (flagged or (not flags and self.words != "" and code >= _ERROR[0]))
            and (not self.grpc or grpc in self.grpc)
            and (not self.words or re.search(self.words, words) is not None)
        )


def _without_flags(row: Verdict) -> tuple[Verdict, ...]:
    if row.words or row.id not in _INSTEAD_OF_FLAGS:
        return ()
    return (replace(row, words=_INSTEAD_OF_FLAGS[row.id]),)


_TABLE: Final = (
    # Meant to be.
    Verdict("fault-injected", _T, "A fault filter aborted the request on purpose.", "the fault injection; leave it out of objectives", ("FI",), "", evidence="run"),
    Verdict("rate-limit-service-failed", _P, "The rate limit service failed, and Envoy refuses requests then.", "the rate limit service", ("RLSE",)),
    Verdict("rate-limited", _L, "A rate limit refused the request.", "which client or route uses up the limit", ("RL",), evidence="run"),
    Verdict("authorization-service-failed", _P, "The external authorization service could not be asked, and Envoy refuses requests then.", "the authorization service", ("UAEX",), "ext authz error"),
    Verdict("denied-by-authorization", _L, "The external authorization service denied the request.", "the decision of that service, for this client and route", ("UAEX",), evidence="run"),
    Verdict("denied-by-rbac", _L, "An authorization policy denied the request.", "the policy, which response_code_details may name, and the client", (), "rbac access denied", evidence="run"),
    Verdict("token-refused", _L, "The JSON Web Token was missing or not valid.", "response_code_details: expired, wrong issuer, or no token at all; keys of the issuer", (), "^jwt authn access denied"),
    Verdict("origin-refused", _L, "The origin of the request is not among those allowed.", "the page that sends it, and the CSRF policy", (), "^csrf origin mismatch"),
    Verdict("maintenance", _L, "The cluster is in maintenance mode.", "the runtime key upstream.maintenance_mode", (), "^maintenance mode"),
    Verdict("dropped-by-load-balancer", _L, "The load balancer of the control plane asked to drop requests.", "drop_overloads of the endpoints", ("DO", "UDO")),
    Verdict("dropped-by-load-balancer", _L, "The load balancer of the control plane asked to drop requests.", "drop_overloads of the endpoints", (), "^(unconditional )?drop overload"),
    # Nowhere to go.
    Verdict("no-filter-chain", _F, "No filter chain matches: the server name (SNI) or protocol of the connection is not served here.", "requested_server_name, the certificates and hosts of the listener; scanners connect by address", ("NR",), "filter chain not found"),
    Verdict("no-route", _F, "No route matches the authority and path.", "a missing or new route; a client that asks for what never was, such as a scanner", ("NR",), evidence="run"),
    Verdict("no-route-configuration", _F, "The routes of the listener had not arrived.", "the control plane", (), "^route configuration not found"),
    Verdict("no-cluster", _F, "The route leads to a cluster that does not exist.", "the route, and the latest change of services", ("NC",), evidence="run"),
    Verdict("filter-not-configured", _F, "The configuration of a filter had not arrived.", "the control plane, and extension config discovery", ("NFCF",)),
    Verdict("no-healthy-endpoint", _P, "The cluster had no healthy endpoint.", "endpoints and readiness probes of the service, and the times of its deployments", ("UH",), evidence="run"),
    Verdict("local-health-check-failed", _P, "The health check filter of this Envoy failed the request.", "the pod of this Envoy, and whether it is being drained", ("LH",)),
    Verdict("dns-failed", _P, "The name of the upstream could not be resolved.", "DNS, and the name in the cluster", ("DF",)),
    Verdict("dns-failed", _P, "The name of the upstream could not be resolved.", "DNS, and the name in the cluster", (), "^dns resolution failure"),
    # Limits.
    Verdict("circuit-breaker-open", _E, "The circuit breaker of the cluster was open: too many connections, pending requests or retries.", "how many requests were in flight, and the limits of the cluster", ("UO",), evidence="run"),
    Verdict("envoy-overloaded", _E, "Envoy's overload manager ended the request.", "memory and connections of this Envoy", ("OM",)),
    Verdict("envoy-overloaded", _E, "Envoy's overload manager ended the request.", "memory and connections of this Envoy", (), "^overload( |$)", _ERROR),
    Verdict("request-too-large", _E, "The body of the request is larger than a buffer may be.", "who sends it; the buffer limit, or the filter that buffers", (), "request payload (too large|exceeded)"),
    Verdict("response-too-large", _E, "The body of the response is larger than a buffer may be.", "the route; the buffer limit, or the filter that buffers", (), "response payload too large"),
    Verdict("headers-too-large", _E, "The headers are larger than Envoy takes.", "cookies of the client; max_request_headers_kb", (), r"headers too large|too many headers|header.*too large"),
    # The connection to the upstream; with retries, the reason of the last attempt.
    Verdict("tls-certificate-refused", _F, "TLS to the upstream failed: its certificate was not accepted.", "whether the certificate has expired; its names and its authority", ("UF", "URX"), "certificate verify failed|certificate.*expired|verify cert failed|certificate unknown"),
    Verdict("tls-to-plaintext", _F, "Envoy spoke TLS and the upstream did not.", "the TLS mode of the cluster (DestinationRule) and the port", ("UF", "URX"), "wrong version number", evidence="run"),
    Verdict("tls-failed", _F, "TLS to the upstream failed.", "upstream_transport_failure_reason: versions, client certificates, names", ("UF", "URX"), "tls error|ssl routines"),
    Verdict("connection-refused", _P, "The upstream host refused the connection.", "whether the application listens on that port, and is up on that host", ("UF", "URX"), "connection refused|connect error: 111", evidence="run"),
    Verdict("connection-timed-out", _N, "The connection to the upstream host was not made in time.", "the network to that host: policies, node, address that is gone; connect_timeout", ("UF", "URX"), "connection timeout|connection timed out|connect error: 110|connect timeout"),
    Verdict("host-unreachable", _N, "There is no way to the upstream host.", "the network of the node, and addresses that are gone", ("UF", "URX"), "no route to host|network is unreachable|host is unreachable|connect error: (113|101)"),
    Verdict("connection-failed", _N, "Envoy could not connect to the upstream.", "upstream_transport_failure_reason and the host", ("UF",), evidence="run"),
    Verdict("connection-cut", _A, "The upstream closed the connection before the response was complete.", "crashes of the application; its keep-alive time, which must be longer than Envoy's", ("UC",), evidence="run"),
    Verdict("protocol-error-upstream", _A, "The upstream broke the protocol.", "whether the port speaks what the cluster expects (HTTP/1, HTTP/2, TLS)", ("UPE",), evidence="run"),
    Verdict("reset-by-upstream", _A, "The upstream reset the stream before the response was complete.", "logs of the application on that host", ("UR",)),
    # Time.
    Verdict("attempt-timed-out", _A, "No attempt was answered within the time for one attempt.", "the slow route in the application, and per_try_timeout", ("UT", "URX"), "per try (idle )?timeout"),
    Verdict("upstream-timed-out", _A, "The upstream did not answer within the timeout of the route.", "the slow route in the application, and the timeout of the route", ("UT",), evidence="run"),
    Verdict("retries-exhausted", _A, "The upstream failed, and so did all attempts after that.", "the first failure; whether retries make it worse", ("URX",), evidence="run"),
    Verdict("request-timed-out", _C, "The client did not send its request in time.", "slow clients and uploads; request_timeout", (), "^(request (overall|header) timeout|downstream header timeout)"),
    Verdict("stream-idle", _E, "Nothing moved on the stream for the idle timeout.", "slow routes and slow clients; stream_idle_timeout", ("SI",), evidence="run"),
    Verdict("duration-limit", _E, "The request or connection reached its maximum duration.", "max_stream_duration and max_connection_duration; whether it is meant to last", ("DT", "UMSDR")),
    Verdict("duration-limit", _E, "The request or connection reached its maximum duration.", "max_stream_duration and max_connection_duration; whether it is meant to last", (), "max duration timeout|duration timeout|max stream duration reached", evidence="run"),
    Verdict("handshake-timed-out", _C, "The TLS handshake of the client was not completed in time.", "port scanners, health checks of a load balancer, broken clients", (), "transport socket timeout was reached"),
    # The client.
    Verdict("client-left", _C, "The client closed the connection before the response was complete.", "how long clients waited; the timeout of a load balancer in front", ("DC", "DR"), evidence="run"),
    Verdict("client-left", _C, "The client closed the connection before the response was complete.", "how long clients waited; the timeout of a load balancer in front", (), "^downstream remote disconnect|^http[23]\\.remote (reset|refuse)", evidence="run"),
    Verdict("closed-by-envoy", _E, "Envoy closed the connection of the client.", "response_code_details; whether Envoy was draining", (), "^downstream local disconnect"),
    Verdict("reset-by-envoy", _E, "Envoy reset the stream to the upstream.", "response_code_details, and limits of the cluster", ("LR",)),
    Verdict("protocol-error-client", _C, "The client broke the protocol.", "which clients do so: scanners, or one broken client", ("DPE",), evidence="run"),
    Verdict("protocol-error-client", _C, "The client broke the protocol.", "which clients do so: scanners, or one broken client", (), r"^http[123]\.", evidence="run"),
    Verdict("invalid-envoy-headers", _C, "A header of Envoy's own in the request is not valid.", "which client sends x-envoy headers", ("IH",), evidence="run"),
    Verdict("malformed-request", _C, "Envoy refused the request: its host, path, version or upgrade is not acceptable.", "which client sends it, and response_code_details", (), "^(missing host header|missing path rejected|invalid path|absolute path rejected|path normalization failed|low version|upgrade failed|early connect data)", evidence="run"),
    # gRPC, which says 200 and fails.
    Verdict("grpc-cancelled", _C, "The client cancelled the gRPC call.", "how long clients wait: their deadlines", grpc=(1,)),
    Verdict("grpc-deadline", _A, "The gRPC call was not answered before its deadline.", "the slow method, and the deadline of the client", grpc=(4,)),
    Verdict("grpc-refused", _C, "The application refused the gRPC call: arguments, state or permissions of the client.", "the method and the client", grpc=(3, 5, 6, 7, 9, 11, 16)),
    Verdict("grpc-exhausted", _L, "A quota or limit of the gRPC service was used up.", "which client uses it up", grpc=(8,)),
    Verdict("grpc-unimplemented", _F, "The gRPC service does not have this method.", "versions of client and service, and the route", grpc=(12,)),
    Verdict("grpc-failed", _A, "The gRPC service failed.", "logs of the service", grpc=OTHER_GRPC),
    # Envoy answered by itself, as it was told to.
    Verdict("direct-response", _F, "A route answers so by itself, without an upstream.", "the route: it is meant to be so", (), "^direct response", _ERROR, evidence="run"),
    Verdict("filter-failed", _F, "A WebAssembly filter failed.", "logs of Envoy, and the filter", (), "^wasm fail stream", _ERROR),
    Verdict("filter-answered", _F, "A Lua filter answered so.", "the filter", (), "^lua response", _ERROR),
    # The application.
    Verdict("application-unavailable", _A, "The application, or a proxy beside it, answered 503 itself.", "logs of the application on that host; what it depends on", (), "^via upstream", (503, 503), evidence="run"),
    Verdict("application-gateway-error", _A, "The application answered 502 or 504 itself: what it calls failed.", "what the application calls", (), "^via upstream", (502, 504)),
    Verdict("application-error", _A, "The application answered with an error of its own.", "logs of the application, by route and version", (), "^via upstream", _FAILED, evidence="run"),
    Verdict("limited-by-application", _L, "The application has had enough of this client.", "which client, and the limit of the application", (), "^(via upstream|$)", (429, 429)),
    Verdict("refused-by-application", _C, "The application wants other credentials, or gives no permission.", "the client: bursts may be guesses of passwords", (), "^(via upstream|$)", (401, 403)),
    Verdict("not-found", _C, "The application has nothing at this path.", "who links there: old links, scanners, a broken release", (), "^(via upstream|$)", (404, 404), evidence="run"),
    Verdict("client-error", _C, "The application could not take the request as it is.", "the client, and the route", (), "^(via upstream|$)", _REFUSED),
    Verdict("server-error", _A, "An error without a flag: most likely the application's own; the log lacks response_code_details.", "logs of the application; add %RESPONSE_CODE_DETAILS% to the format", (), "^$", _FAILED),
    Verdict("answered-by-envoy", _F, "Envoy, or an extension of it, answered with an error of its own.", "response_code_details", (), "", _ERROR),
    Verdict("delay-injected", _T, "A fault filter delayed the request on purpose.", "the fault injection; leave it out of objectives", ("DI",), evidence="run"),
    Verdict("no-response", None, "No response was sent: a TCP connection, or a client that left first.", "protocol and response_flags", codes=(0, 0), evidence="run"),
    Verdict("answered", None, "The request was answered.", "nothing", evidence="run"),
)  # fmt: skip


# What the details say where the format lacks the flags of a row above.
_INSTEAD_OF_FLAGS: Final = {
    "fault-injected": "^fault filter abort",
    "rate-limited": "rate limited",
    "denied-by-authorization": "^ext authz denied",
    "no-route": "^route not found",
    "no-cluster": "^cluster not found",
    "no-healthy-endpoint": "^no healthy upstream",
    "circuit-breaker-open": r"\{overflow",
    "connection-failed": r"connection failure",
    "connection-cut": r"\{connection termination",
    "protocol-error-upstream": r"\{protocol error",
    "upstream-timed-out": "^response timeout",
    "stream-idle": "^stream idle timeout",
}

#: The table; the last row always fits.
VERDICTS: Final[tuple[Verdict, ...]] = tuple(
    row for first in _TABLE for row in (first, *_without_flags(first))
)


@lru_cache(maxsize=10_000)
def verdict(
    code: int | None,
    flags: str | None = None,
    details: str | None = None,
    *,
    failure: str | None = None,
    termination: str | None = None,
    grpc: int | None = None,
) -> Verdict | None:
    """Judge one request.

    Parameters
    ----------
    code : int or None
        `%RESPONSE_CODE%`.
    flags : str or None
        `%RESPONSE_FLAGS%`, as logged.
    details : str or None
        `%RESPONSE_CODE_DETAILS%`.
    failure : str or None
        `%UPSTREAM_TRANSPORT_FAILURE_REASON%`.
    termination : str or None
        `%CONNECTION_TERMINATION_DETAILS%`.
    grpc : int or None
        The gRPC status.

    Returns
    -------
    Verdict or None
        None where the log tells neither a code nor flags.

    Examples
    --------
    >>> found = verdict(503, "UF", failure="delayed_connect_error:_Connection_refused")
    >>> found.id, str(found.side)
    ('connection-refused', 'platform')
    """
    if code is None and flags is None:
        return None
    set_ = frozenset(flags.split(",")) if flags else frozenset()
    words = " ".join(filter(None, (details, failure, termination))).replace("_", " ").lower()
    return next(row for row in VERDICTS if row.fits(code or 0, set_, words, grpc))
