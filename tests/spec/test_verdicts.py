"""Verdicts on combinations that Envoy writes, and on the samples that a real Envoy wrote."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import envoylog
from envoylog.spec.flags import FLAGS, Side
from envoylog.spec.verdicts import VERDICTS, verdict

_RESET = "upstream_reset_before_response_started"
_REFUSED = f"{_RESET}{{remote_connection_failure|delayed_connect_error:_Connection_refused}}"
_TLS = "TLS_error:|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:TLS_error_end"
_PLAIN = "TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end"


@pytest.mark.parametrize(
    ("code", "flags", "details", "failure", "expected", "side"),
    [
        # What the real Envoy 1.40 wrote: status, flags and details.
        (404, "NR", "route_not_found", None, "no-route", "configuration"),
        (503, "NC", "cluster_not_found", None, "no-cluster", "configuration"),
        (503, "UH", "no_healthy_upstream", None, "no-healthy-endpoint", "platform"),
        (503, "UF", _REFUSED, None, "connection-refused", "platform"),
        (503, "UF", f"{_RESET}{{remote_connection_failure|{_PLAIN}}}", None, "tls-to-plaintext",
         "configuration"),
        (503, "UC", f"{_RESET}{{connection_termination}}", None, "connection-cut", "application"),
        (503, "UO", f"{_RESET}{{overflow}}", None, "circuit-breaker-open", "envoy"),
        (502, "UPE", f"{_RESET}{{protocol_error}}", None, "protocol-error-upstream", "application"),
        (200, "UPE", "upstream_reset_after_response_started{protocol_error}", None,
         "protocol-error-upstream", "application"),
        (504, "UT", "response_timeout", None, "upstream-timed-out", "application"),
        (504, "SI", "stream_idle_timeout", None, "stream-idle", "envoy"),
        (504, None, "max_duration_timeout", None, "duration-limit", "envoy"),
        (0, "DC", "downstream_remote_disconnect", None, "client-left", "client"),
        (429, "RL", "local_rate_limited", None, "rate-limited", "policy"),
        (555, "FI", "fault_filter_abort", None, "fault-injected", "test"),
        (200, "DI", "via_upstream", None, "delay-injected", "test"),
        (556, "DI,FI", "fault_filter_abort", None, "fault-injected", "test"),
        (403, "UAEX", "ext_authz_denied", None, "denied-by-authorization", "policy"),
        (403, None, "rbac_access_denied_matched_policy[ns[foo]-policy[httpbin]-rule[0]]", None,
         "denied-by-rbac", "policy"),
        (418, None, "direct_response", None, "direct-response", "configuration"),
        (301, None, "direct_response", None, "answered", None),
        (400, None, "missing_host_header", None, "malformed-request", "client"),
        (400, "DPE", "http1.codec_error", None, "protocol-error-client", "client"),
        (0, "DPE", "http2.invalid.header.field", None, "protocol-error-client", "client"),
        (400, "IH", "request_headers_failed_strict_check{x-envoy-upstream-rq-timeout-ms}", None,
         "invalid-envoy-headers", "client"),
        (503, "URX,UF", f"{_RESET}{{remote_connection_failure|delayed_connect_error:_111}}", None,
         "connection-refused", "platform"),
        (503, "UF,URX", None, "delayed_connect_error:_111", "connection-refused", "platform"),
        (503, "UF", None, "delayed connect error: 111", "connection-refused", "platform"),
        (503, "URX", "via_upstream", None, "retries-exhausted", "application"),
        # What its source and binary have.
        (0, "NR", "filter_chain_not_found", None, "no-filter-chain", "configuration"),
        (503, "UF", None, _TLS, "tls-certificate-refused", "configuration"),
        (503, "UF", f"{_RESET}{{connection_timeout}}", None, "connection-timed-out", "network"),
        (503, "UF", f"{_RESET}{{connection_failure}}", None, "connection-failed", "network"),
        (504, "UT", "upstream_per_try_timeout", None, "attempt-timed-out", "application"),
        (413, None, "request_payload_too_large", None, "request-too-large", "envoy"),
        (408, None, "request_overall_timeout", None, "request-timed-out", "client"),
        (503, None, "overload", None, "envoy-overloaded", "envoy"),
        (401, None, "jwt_authn_access_denied{Jwt_is_expired}", None, "token-refused", "policy"),
        (500, "RLSE", None, None, "rate-limit-service-failed", "platform"),
        (403, None, "lua_response", None, "filter-answered", "configuration"),
        # The application's own.
        (500, None, "via_upstream", None, "application-error", "application"),
        (503, None, "via_upstream", None, "application-unavailable", "application"),
        (502, None, "via_upstream", None, "application-gateway-error", "application"),
        (404, None, "via_upstream", None, "not-found", "client"),
        (401, None, "via_upstream", None, "refused-by-application", "client"),
        (429, None, "via_upstream", None, "limited-by-application", "policy"),
        (422, None, "via_upstream", None, "client-error", "client"),
        (200, None, "via_upstream", None, "answered", None),
        # Formats without details, and formats without flags.
        (503, None, None, None, "server-error", "application"),
        (404, "NR", None, None, "no-route", "configuration"),
        (404, None, None, None, "not-found", "client"),
        (503, "UF", None, None, "connection-failed", "network"),
        (404, None, "route_not_found", None, "no-route", "configuration"),
        (503, None, f"{_RESET}{{connection_termination}}", None, "connection-cut", "application"),
        (503, None, _REFUSED, None, "connection-refused", "platform"),
        # A reason that an earlier attempt left behind is no failure.
        (200, None, "via_upstream", "delayed_connect_error:_Connection_refused", "answered", None),
        (0, "DC", "downstream_remote_disconnect", "delayed_connect_error:_Connection_refused",
         "client-left", "client"),
        # Nothing known: no guess.
        (200, "XYZ", "via_upstream", None, "answered", None),
        (500, "XYZ", "via_upstream", None, "application-error", "application"),
        (599, None, "something_new", None, "answered-by-envoy", "configuration"),
        (0, None, None, None, "no-response", None),
    ],
)  # fmt: skip
def test_verdicts(
    code: int, flags: str | None, details: str | None, failure: str | None, expected: str, side: str
) -> None:
    found = verdict(code, flags, details, failure=failure)
    assert found is not None
    assert (found.id, found.side) == (expected, side)


@pytest.mark.parametrize(
    ("grpc", "expected", "side"),
    [
        (0, "answered", None),
        (1, "grpc-cancelled", "client"),
        (4, "grpc-deadline", "application"),
        (5, "grpc-refused", "client"),
        (8, "grpc-exhausted", "policy"),
        (12, "grpc-unimplemented", "configuration"),
        (13, "grpc-failed", "application"),
        (14, "grpc-failed", "application"),
    ],
)
def test_grpc_behind_200(grpc: int, expected: str, side: str | None) -> None:
    found = verdict(200, None, "via_upstream", grpc=grpc)
    assert found is not None
    assert (found.id, found.side) == (expected, side)


def test_a_flag_says_more_than_grpc() -> None:
    found = verdict(200, "UO", f"{_RESET}{{overflow}}", grpc=14)
    assert found is not None
    assert found.id == "circuit-breaker-open"


def test_without_code_and_flags_there_is_no_verdict() -> None:
    assert verdict(None) is None


@pytest.mark.parametrize("flag", FLAGS.values(), ids=lambda flag: flag.short)
def test_every_flag_has_a_verdict_of_its_own(flag: object) -> None:
    assert isinstance(flag, type(FLAGS["UF"]))
    found = verdict(0 if flag.short in {"DC", "DR"} else 503, flag.short)
    assert found is not None
    if flag.short in {"RFCF", "DI"}:  # a cached answer, a delay: not what made it fail
        assert found.id == "server-error"
    else:
        assert found.side == flag.side


def test_the_table_is_sound() -> None:
    for row in VERDICTS:
        re.compile(row.words)
        assert row.words == row.words.lower()
        assert "_" not in row.words
        assert set(row.flags) <= set(FLAGS)
        assert row.meaning.endswith(".")
        assert not row.look_at.endswith(".")
        same = [other for other in VERDICTS if other.id == row.id]
        assert {(other.side, other.meaning, other.look_at) for other in same} == {
            (row.side, row.meaning, row.look_at)
        }
    for flag in FLAGS.values():
        assert flag.meaning.endswith(".")
        assert isinstance(flag.side, Side)
    last = VERDICTS[-1]
    assert (last.flags, last.words, last.codes, last.grpc) == ((), "", (0, 999), ())


# From sample_logs/README.md, which the traffic generator's own account gave.
SAMPLES = {
    "answered": 1299 + 73 + 72 + 50,
    "no-route": 88,
    "not-found": 84,
    "upstream-timed-out": 49,
    "connection-refused": 42 + 21,
    "rate-limited": 42,
    "retries-exhausted": 37,
    "application-error": 36,
    "no-healthy-endpoint": 35,
    "client-left": 28 + 6,
    "application-unavailable": 24,
    "connection-cut": 11,
    "protocol-error-client": 3,
}


def test_verdicts_on_the_samples(istio_parquet: Path) -> None:
    sql = "select verdict, count(*) from access group by 1"
    assert dict(envoylog.open(istio_parquet).sql(sql).pl().iter_rows()) == SAMPLES


def test_a_format_without_details_has_rougher_verdicts(samples: Path, tmp_path: Path) -> None:
    envoylog.parse(samples / "envoy.log", format="envoy", to=tmp_path / "envoy.parquet")
    sql = "select verdict, count(*) from access group by 1"
    found = dict(envoylog.open(tmp_path / "envoy.parquet").sql(sql).pl().iter_rows())
    rougher = dict(SAMPLES)
    rougher["connection-failed"] = rougher.pop("connection-refused") - 21
    # Of `URX,UF` the flag of the failure says more than that of the retries.
    rougher["connection-failed"] += 21
    rougher["server-error"] = rougher.pop("application-error") + rougher.pop(
        "application-unavailable"
    )
    assert found == rougher


def test_the_columns_of_the_companion(istio_parquet: Path) -> None:
    sql = (
        "select distinct verdict, side, verdict_meaning, verdict_next from access "
        "where verdict = 'no-healthy-endpoint'"
    )
    assert envoylog.open(istio_parquet).sql(sql).pl().rows() == [
        (
            "no-healthy-endpoint",
            "platform",
            "The cluster had no healthy endpoint.",
            "endpoints and readiness probes of the service, and the times of its deployments",
        )
    ]
