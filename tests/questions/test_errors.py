"""The questions about errors: answers computed by hand, and the samples against their truth."""

from __future__ import annotations

from pathlib import Path

import pytest

import envoylog
from tests.questions.made import at, made, table

REFUSED = "delayed_connect_error:_Connection_refused"
_SSL = "SSL_routines:OPENSSL_internal"
EXPIRED = f"TLS_error:|1:{_SSL}:CERTIFICATE_VERIFY_FAILED:certificate_has_expired:TLS_error_end"
PLAIN = f"TLS_error:|268435703:{_SSL}:WRONG_VERSION_NUMBER:TLS_error_end"

CLIENT = "downstream_remote_address"


def details(reason: str) -> str:
    return f"upstream_reset_before_response_started{{{reason}}}"


def rows(answer: envoylog.Answer, *columns: str) -> list[tuple[object, ...]]:
    return answer.pl().select(columns).rows()


def test_broken_urls(tmp_path: Path) -> None:
    requests = table(
        "at path response_code response_flags",
        (0, "/a", 200, None),
        (1, "/a?x=1", 500, None),
        (2, "/a", 500, None),
        (3, "/a", 503, "URX,UF"),
        (4, "/b", 404, "NR"),
        (5, "/a", 503, "UF,URX"),
        (6, "/b", 0, "DC"),
    )
    log = made(tmp_path, requests, authority="a.example")
    assert log.ask("broken-urls").pl().rows() == [
        (500, "a.example", "/a", "-", 2, 2 / 5, 2 / 5, at(1), at(2)),
        (503, "a.example", "/a", "UF,URX", 2, 2 / 5, 2 / 5, at(3), at(5)),
        (404, "a.example", "/b", "NR", 1, 1 / 5, 1 / 2, at(4), at(4)),
    ]
    of_envoy = log.ask("broken-urls", parameters={"from_code": 501})
    assert rows(of_envoy, "code", "share") == [(503, 1.0)]


def test_broken_urls_of_a_log_of_errors_alone_have_no_rates(tmp_path: Path) -> None:
    log = made(tmp_path, [{"path": "/a", "response_code": 500, "authority": "a.example"}])
    assert rows(log.ask("broken-urls"), "requests", "share", "of_route") == [(1, 1.0, None)]


def test_a_log_of_failures_alone_has_counts_and_no_rates(tmp_path: Path) -> None:
    requests = table(
        "at response_code response_flags response_code_details upstream_transport_failure_reason",
        (0, 503, "UF", details(EXPIRED), EXPIRED),
        (1, 503, "UH", "no_healthy_upstream", None),
        (2, 503, "UC", details("connection_termination"), None),
        (3, 503, "UO", details("overflow"), None),
        (4, 429, "RL", "request_rate_limited", None),
    )
    log = made(
        tmp_path,
        requests,
        authority="a.example",
        path="/a",
        duration=1,
        upstream_cluster="c",
        upstream_host="h",
    )
    for question, count, rate in (
        ("broken-urls", "requests", "of_route"),
        ("connection-failures", "requests", "of_host"),
        ("upstream-tls", "requests", "share"),
        ("no-endpoint", "requests", "share"),
        ("upstream-resets", "resets", "share"),
        ("circuit-breaker", "overflows", "share"),
        ("denied", "requests", "of_route"),
    ):
        answer = log.ask(question).pl()
        assert answer[count].sum() == (5 if question == "broken-urls" else 1), question
        assert answer[rate].null_count() == len(answer) > 0, question
    for question in ("errors-in-common", "error-bursts"):
        with pytest.raises(envoylog.QueryError, match="it speaks of shares, and not one request"):
            log.ask(question)


def test_unavailable(tmp_path: Path) -> None:
    requests = table(
        "at response_code response_flags response_code_details upstream_cluster",
        (0, 503, None, "via_upstream", "c1"),
        (1, 503, None, "via_upstream", "c2"),
        (2, 503, None, "via_upstream", "c2"),
        (3, 503, "URX", "via_upstream", "c1"),
        (4, 503, "URX,UF", details(REFUSED), "c1"),
        (5, 503, "UH", "no_healthy_upstream", None),
        (6, 503, None, "direct_response", None),
        (7, 500, None, "via_upstream", "c1"),
    )
    log = made(tmp_path, requests)
    refused = "The upstream host refused the connection."
    every = "The upstream failed, and so did all attempts after that."
    itself = "The application, or a proxy beside it, answered 503 itself."
    told = "A route answers so by itself, without an upstream."
    nobody = "The cluster had no healthy endpoint."
    assert log.ask("unavailable").pl().drop("first_seen", "last_seen").rows() == [
        ("application", "-", itself, 3, 3 / 7, 2, "c2", 2 / 3),
        ("Envoy", "-", told, 1, 1 / 7, 0, None, None),
        ("Envoy", "UF,URX", refused, 1, 1 / 7, 1, "c1", 1.0),
        ("Envoy", "UH", nobody, 1, 1 / 7, 0, None, None),
        ("application", "URX", every, 1, 1 / 7, 1, "c1", 1.0),
    ]


def test_unavailable_without_details_does_not_guess(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [
            {"response_flags": None, "upstream_service_time": 3},
            {"response_flags": None},
            {"response_flags": "UC"},
        ],
        response_code=503,
    )
    assert sorted(rows(log.ask("unavailable"), "answered_by", "flags")) == [
        ("Envoy", "UC"),
        ("application", "-"),
        ("unknown", "-"),
    ]


REASONS = {
    REFUSED: "refused",
    "delayed_connect_error:_111": "refused",
    "delayed_connect_error:_Connection_timed_out": "timeout",
    "connection_timeout": "timeout",
    "delayed_connect_error:_110": "timeout",
    EXPIRED: "TLS",
    PLAIN: "TLS",
    "immediate_connect_error:_Network_is_unreachable": "unreachable",
    "immediate_connect_error:_No_route_to_host|remote_address:10.0.0.1:80": "unreachable",
    "delayed_connect_error:_Connection_reset_by_peer": "reset",
    "something new": "other",
    None: "not logged",
}


def test_kinds_of_connection_failures(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [{"upstream_transport_failure_reason": reason} for reason in REASONS],
        response_flags="UF",
        upstream_host="10.0.0.1:80",
    )
    answer = log.ask("connection-failures").pl()
    assert dict(zip(answer["reason"], answer["kind"], strict=True)) == REASONS


def test_connection_failures(tmp_path: Path) -> None:
    refused = f"remote_connection_failure|{REFUSED}"
    requests = table(
        "at response_code response_flags upstream_host duration response_code_details",
        (0, 200, None, "h1", 5, "via_upstream"),
        (1, 503, "UF", "h1", 1, details(refused)),
        (2, 503, "URX,UF", "h1", 3, details(refused)),
        (3, 503, "UF", "h2", 1000, details("connection_timeout")),
        (4, 503, "UFX", "h1", 1, None),
    )
    log = made(tmp_path, requests, upstream_cluster="c")
    assert log.ask("connection-failures").pl().rows() == [
        ("c", "h1", "refused", 2, 2 / 4, 3, at(1), at(2), refused),
        ("c", "h2", "timeout", 1, 1.0, 1000, at(3), at(3), "connection_timeout"),
    ]


def test_upstream_tls(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [
            {"at": 0, "response_code": 200, "upstream_host": "h1"},
            {"at": 1, "upstream_transport_failure_reason": EXPIRED, "upstream_host": "h1"},
            {"at": 2, "upstream_transport_failure_reason": EXPIRED, "upstream_host": "h2"},
            {"at": 3, "response_code_details": details(PLAIN), "upstream_host": "h2"},
            {"at": 4, "upstream_transport_failure_reason": REFUSED, "upstream_host": "h2"},
        ],
        response_code=503,
        upstream_cluster="c",
    )
    assert log.ask("upstream-tls").pl().rows() == [
        ("c", "the certificate has expired", 2, 2 / 5, 2, at(1), at(2), EXPIRED),
        ("c", "the port speaks plain text", 1, 1 / 5, 1, at(3), at(3), PLAIN),
    ]


def test_no_endpoint(tmp_path: Path) -> None:
    requests = table(
        "at upstream_cluster response_code response_flags response_code_details",
        (0, "c1", 200, None, "via_upstream"),
        (5, "c1", 200, None, "via_upstream"),
        (7, "c1", 503, "UH", "no_healthy_upstream"),
        (9, "c1", 503, "UH", "no_healthy_upstream"),
        (12, "c1", 200, None, "via_upstream"),
        (14, "c1", 200, None, "via_upstream"),
        (3, "c2", 503, "UH", "no_healthy_upstream"),
        (4, None, 503, "NC", "cluster_not_found"),
    )
    log = made(tmp_path, requests, authority="a.example")
    assert log.ask("no-endpoint").pl().rows() == [
        ("UH", "c1", "a.example", 2, 2 / 6, at(5), at(7), at(9), at(12)),
        ("NC", None, "a.example", 1, None, None, at(4), at(4), None),
        ("UH", "c2", "a.example", 1, 1.0, None, at(3), at(3), None),
    ]


def test_no_route(tmp_path: Path) -> None:
    requests = table(
        f"at authority path response_code response_flags response_code_details {CLIENT}",
        (0, "a.example", "/old", 200, None, "via_upstream", "192.0.2.1:1"),
        (1, "a.example", "/old", 200, None, "via_upstream", "192.0.2.1:1"),
        (2, "a.example", "/old", 404, "NR", "route_not_found", "192.0.2.1:1"),
        (3, "a.example", "/old", 404, "NR", "route_not_found", "192.0.2.9:1"),
        (4, "a.example", "/new", 500, None, "via_upstream", "192.0.2.1:1"),
        (5, "203.0.113.1", "/.env", 404, "NR", "route_not_found", "192.0.2.1:1"),
        (6, None, None, 0, "NR", "filter_chain_not_found", "192.0.2.1:1"),
    )
    log = made(tmp_path, requests)
    assert log.ask("no-route").pl().rows() == [
        ("a.example", "/old", "/old", 2, 2, 3, at(1), at(2), at(3), None),
        ("203.0.113.1", "/.env", "/.env", 1, 1, 0, None, at(5), at(5), None),
    ]


def test_upstream_resets_on_idle_connections(tmp_path: Path) -> None:
    # Ten connections to two hosts: used for a second, idle for five, and cut at once.
    requests = [
        request
        for n in range(10)
        for request in table(
            "at upstream_host upstream_local_address duration response_code response_flags",
            (n, f"h{n % 2}", f"10.0.0.1:{n}", 1000, 200, None),
            (n + 6, f"h{n % 2}", f"10.0.0.1:{n}", 1, 503, "UC"),
        )
    ]
    log = made(tmp_path, requests, upstream_cluster="c")
    assert log.ask("upstream-resets").pl().rows() == [
        ("c", "UC", 10, 10 / 20, 2, 2, 0.5, 1, 5000, "keep-alive race", at(6), at(15))
    ]


def test_what_resets_look_like_without_the_connection(tmp_path: Path) -> None:
    # cluster, hosts, how many are cut at the first of them, after how long
    cases = [
        ("few", 1, 9, 1, "too few to tell"),
        ("quick", 1, 10, 1, "keep-alive race, perhaps"),
        ("slow", 1, 11, 900, "the application dies or gives up"),
        ("sick", 3, 12, 1, "one sick host"),
    ]
    columns = "upstream_cluster upstream_host response_code response_flags duration"
    requests = []
    for cluster, hosts, cuts, duration, _looks in cases:
        requests += table(columns, *((cluster, f"h{n}", 200, None, 1) for n in range(hosts)))
        requests += table(columns, *[(cluster, "h0", 503, "UC", duration)] * cuts)
    answer = made(tmp_path, requests).ask("upstream-resets")
    assert rows(answer, "upstream_cluster", "hosts_hit", "hosts", "resets", "looks_like") == [
        (cluster, 1, hosts, cuts, looks)
        for cluster, hosts, cuts, _duration, looks in reversed(cases)
    ]


def test_circuit_breaker(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [
            {"at": 0.0, "duration": 1000, "response_code": 200},
            {"at": 0.1, "duration": 1000, "response_code": 200},
            {"at": 0.2, "duration": 0, "response_flags": "UO"},
            *[{"at": 0.3, "duration": 0, "response_flags": "UO"}] * 3,
            # One of the two has ended, at this very moment.
            {"at": 1.0, "duration": 0, "response_flags": "UO"},
            {"at": 0.2, "duration": 9000, "response_code": 200, "upstream_cluster": "other"},
        ],
        response_code=503,
        upstream_cluster="c",
    )
    assert log.ask("circuit-breaker").pl().rows() == [
        ("c", 5, 5 / 7, 2, 2, at(0), 4, at(0.2), at(1))
    ]


def test_clients_gone(tmp_path: Path) -> None:
    def gone(duration: int, **more: object) -> dict[str, object]:
        return {"duration": duration, "response_code": 0, "response_flags": "DC", **more}

    log = made(
        tmp_path,
        [
            gone(30_001, user_agent="batch/1", downstream_remote_address="192.0.2.1:1"),
            gone(29_999, user_agent="batch/1", downstream_remote_address="192.0.2.2:1"),
            gone(30_000, user_agent="other/1", downstream_remote_address="192.0.2.2:2"),
            gone(900, response_code=200),
            gone(5, response_flags="DR"),
            gone(7, response_flags=None),
            # A TCP connection has code 0 by nature, and this request went well.
            gone(8, response_flags=None, method=None, protocol=None),
            {"duration": 30_000, "response_code": 200},
        ],
        method="GET",
        protocol="HTTP/1.1",
        path="/report",
    )
    assert log.ask("clients-gone").pl().rows() == [
        ("30 s", 3, 3 / 6, 3, 2, "batch/1", 2 / 3, "/report", 1.0),
        ("below 10 ms", 2, 2 / 6, 2, 0, None, 1.0, "/report", 1.0),
        ("below 1 s", 1, 1 / 6, 0, 0, None, 1.0, "/report", 1.0),
    ]


def test_tls_mistakes(tmp_path: Path) -> None:
    lost = "filter_chain_not_found"
    requests = table(
        f"at response_code response_code_details requested_server_name {CLIENT} authority",
        (0, 0, lost, "old.example", "192.0.2.1:1", None),
        (1, 0, lost, "old.example", "192.0.2.1:2", None),
        (2, 0, lost, "old.example", "192.0.2.2:1", None),
        (3, 0, lost, None, "192.0.2.3:1", None),
        (4, 200, "via_upstream", None, "192.0.2.3:1", "old.example:443"),
    )
    log = made(tmp_path, requests)
    assert log.ask("tls-mistakes").pl().rows() == [
        ("old.example", "no filter chain", 3, 2, "192.0.2.1", 2 / 3, 1, at(0), at(2)),
        (None, "no filter chain", 1, 1, "192.0.2.3", 1.0, 0, at(3), at(3)),
    ]


def test_protocol_errors(tmp_path: Path) -> None:
    requests = table(
        f"at response_code response_flags response_code_details {CLIENT}",
        (0, 400, "DPE", "http1.codec_error", "192.0.2.1:1"),
        (1, 400, "DPE", "http1.codec_error", "192.0.2.1:1"),
        (2, 200, None, "via_upstream", "192.0.2.1:1"),
        (3, 404, None, "via_upstream", "192.0.2.1:1"),
        (4, 400, "DPE", "http1.codec_error", "192.0.2.2:1"),
        (5, 400, None, "missing_host_header", "192.0.2.3:1"),
        (6, 400, None, "via_upstream", "192.0.2.4:1"),
    )
    log = made(tmp_path, requests)
    assert log.ask("protocol-errors").pl().drop("first_seen", "last_seen").rows() == [
        ("192.0.2.1", "DPE", 400, "http1.codec_error", 2, 2, 0.5, "broken client or proxy"),
        ("192.0.2.2", "DPE", 400, "http1.codec_error", 1, 0, None, "scanner?"),
        ("192.0.2.3", "-", 400, "missing_host_header", 1, 0, None, "scanner?"),
    ]


def test_denied(tmp_path: Path) -> None:
    rule = "rbac_access_denied_matched_policy[ns[foo]-policy[httpbin]-rule[0]]"
    requests = table(
        f"at path response_code response_flags response_code_details {CLIENT}",
        (0, "/a", 429, "RL", "request_rate_limited", "192.0.2.1:1"),
        (1, "/a", 429, "RL", "request_rate_limited", "192.0.2.1:1"),
        (2, "/a", 200, None, "via_upstream", "192.0.2.1:1"),
        (3, "/a", 403, None, rule, "192.0.2.2:1"),
        (4, "/a", 403, None, "via_upstream", "192.0.2.1:1"),
        (5, "/b", 403, "UAEX", "ext_authz_denied", "192.0.2.1:1"),
        (6, "/b", 500, "RLSE", "rate_limiter_error", "192.0.2.1:1"),
    )
    log = made(tmp_path, requests, authority="a.example")
    authz, failed = "external authorization", "rate limit service failed"
    assert log.ask("denied").pl().drop("authority", "first_seen", "last_seen").rows() == [
        ("rate limit", 429, "request_rate_limited", "/a", 2, 2 / 5, 1, "192.0.2.1", 1.0),
        ("RBAC", 403, "[ns[foo]-policy[httpbin]-rule[0]]", "/a", 1, 1 / 5, 1, "192.0.2.2", 1.0),
        (authz, 403, "ext_authz_denied", "/b", 1, 1 / 2, 1, "192.0.2.1", 1.0),
        (failed, 500, "rate_limiter_error", "/b", 1, 1 / 2, 1, "192.0.2.1", 1.0),
    ]


def test_grpc(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [
            {"grpc_status_number": 0},
            {"grpc_status_number": 0},
            {"grpc_status_number": 14},
            {"grpc_status_number": 14, "response_code": 503},
            {"grpc_status_number": 5},
            {"grpc_status_number": None, "response_code": 0},
            # Envoy makes up a status for what is no gRPC.
            {"grpc_status_number": 2, "path": "/index.html"},
            {"grpc_status_number": 2, "path": "/a.B/C", "method": "GET"},
        ],
        method="POST",
        path="/shop.Cart/Add",
        authority="a.example",
        response_code=200,
    )
    assert log.ask("grpc").pl().rows() == [
        ("a.example", "/shop.Cart/Add", 6, 3, 3 / 5, 2 / 5, 2, 1, "UNAVAILABLE 2, NOT_FOUND 1")
    ]


def test_errors_explained(tmp_path: Path) -> None:
    # Twenty seconds, a slice each: two refused connections in each of the last two seconds, and one
    # not found every tenth second.
    requests = [
        *table("at response_code", *((n, 200) for n in range(21))),
        *table(
            "at response_code response_flags response_code_details",
            *((18 + n / 2, 503, "UF", details(REFUSED)) for n in range(4)),
            *((10 * n + 1, 404, None, "via_upstream") for n in range(2)),
        ),
    ]
    answer = made(tmp_path, requests).ask("errors-explained")
    assert answer.pl().drop("meaning", "look_at").rows() == [
        (4, 4 / 6, "platform", "connection-refused", "." * 18 + "██", 1 / 2, at(18), at(19.5)),
        (2, 2 / 6, "client", "not-found", ".█.........█........", 1 / 2, at(1), at(11)),
    ]
    assert answer.pl()["meaning"][0] == "The upstream host refused the connection."
    assert answer.pl()["look_at"].null_count() == 0


def test_one_moment_has_one_slice(tmp_path: Path) -> None:
    answer = made(tmp_path, [{"response_code": 500}] * 3, response_flags=None).ask(
        "errors-explained"
    )
    assert rows(answer, "requests", "shape", "in_worst") == [(3, "█" + "." * 19, 1.0)]


def test_error_bursts(tmp_path: Path) -> None:
    # An hour of a hundred requests a minute, one of which fails; in minutes 30 and 31 forty fail.
    requests = table(
        "at response_code authority",
        *(
            (
                60 * minute + n / 2,
                500 if n < errors else 200,
                "a.example" if n < 30 else "b.example",
            )
            for minute in range(60)
            for errors in [40 if minute in {30, 31} else 1]
            for n in range(100)
        ),
    )
    log = made(tmp_path, requests, response_flags=None, response_code_details="via_upstream")
    burst = log.ask("error-bursts").pl().row(0, named=True)
    assert burst == {
        "since": at(1800),
        "until": at(1920),
        "requests": 200,
        "errors": 80,
        "error_rate": 0.4,
        "usual_rate": 0.01,
        "verdict": "application-error",
        "of_verdict": 1.0,
        "authority": "a.example",
        "of_authority": 60 / 80,
    }
    # A bucket of an hour has no neighbours to stand out from.
    assert log.ask("error-bursts", bucket="1h").pl().is_empty()


def test_errors_in_common(tmp_path: Path) -> None:
    # Host h1 fails half of its 40 requests; of the others 1 in 160 fails.
    requests = [
        {"upstream_host": f"h{n % 5}", "response_code": 500 if n % 10 == 1 or n == 0 else 200}
        for n in range(200)
    ]
    log = made(tmp_path, requests, authority="a.example", method="GET")
    assert log.ask("errors-in-common").pl().rows() == [
        ("upstream_host", "h1", 40, 20, 0.5, 1 / 160, 20)
    ]


def test_four_failures_have_nothing_in_common(tmp_path: Path) -> None:
    requests = [
        {"upstream_host": f"h{n}", "response_code": 500 if n < 4 else 200} for n in range(99)
    ]
    assert made(tmp_path, requests).ask("errors-in-common").pl().is_empty()


def test_flags(tmp_path: Path) -> None:
    rows = table(
        "response_flags response_code",
        ("UF,URX", 503),
        ("URX,UF", 503),
        ("DC", 0),
        ("DC", 200),
        ("NR", 404),
        (None, 200),
        (None, 500),
        (None, 200),
    )
    log = made(tmp_path, rows)
    answer = log.ask("flags").pl()
    assert answer.drop("meaning").rows() == [
        ("DC", 2, 0.25, 0, 1, 0, 0, 0, 1),
        ("UF,URX", 2, 0.25, 0, 0, 0, 0, 2, 0),
        ("NR", 1, 0.125, 0, 0, 0, 1, 0, 0),
    ]
    assert answer["meaning"].to_list()[2] == "No route matches the authority and path."
