"""TEXT formats: what a line becomes, column by column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from envoylog.format.document import Encoding
from envoylog.parser.parser import AccessLogParser
from envoylog.spec.application_log import APPLICATION_LOGS, ApplicationLog
from envoylog.spec.formats import NAMED_FORMATS

GATEWAY = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%"'
    " %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION%"
    ' %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"'
    ' "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"'
    ' "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"'
)
GATEWAY_LINE = (
    '[2021-10-19T02:24:12.504Z] "GET / HTTP/1.1" 200 - 0 130 2 2 "10.244.0.1" "curl/7.58.0"'
    ' "266300ac-230b-4893-b202-221426abfa11" "shop.example.com" "10.244.0.84:7001" "10.244.0.1"'
)
TIME = datetime(2021, 10, 19, 2, 24, 12, 504_000, tzinfo=UTC)
GATEWAY_ROW = {
    "start_time": TIME,
    "method": "GET",
    "path": "/",
    "protocol": "HTTP/1.1",
    "response_code": 200,
    "response_flags": None,
    "bytes_received": 0,
    "bytes_sent": 130,
    "duration": 2,
    "upstream_service_time": 2,
    "x_forwarded_for": "10.244.0.1",
    "user_agent": "curl/7.58.0",
    "request_id": "266300ac-230b-4893-b202-221426abfa11",
    "authority": "shop.example.com",
    "upstream_host": "10.244.0.84:7001",
    "downstream_remote_address_without_port": "10.244.0.1",
    "ambiguous": False,
}
ABSENT_HEADERS = dict.fromkeys(
    ("x_forwarded_for", "user_agent", "request_id", "authority", "upstream_host")
)

#: What stands in the gateway line, what stands there instead, and the columns that differ then.
VARIANTS: list[tuple[str, str, dict[str, object]]] = [
    ('"10.244.0.84:7001"', '"[2001:db8::7]:7001"', {"upstream_host": "[2001:db8::7]:7001"}),
    ('7001" "10.244.0.1"', '7001" "::1"', {"downstream_remote_address_without_port": "::1"}),
    ('"10.244.0.84:7001"', '"tcp://10.0.2.1:80"', {"upstream_host": "tcp://10.0.2.1:80"}),
    ('"10.244.0.84:7001"', '"/run/shop.sock"', {"upstream_host": "/run/shop.sock"}),
    (
        '"10.244.0.84:7001"',
        '"envoy://inner/endpoint"',
        {"upstream_host": "envoy://inner/endpoint"},
    ),
    ('"10.244.0.84:7001"', '"-"', {"upstream_host": None}),
    ("HTTP/1.1", "HTTP/2", {"protocol": "HTTP/2"}),
    ("200 - ", "503 URX,UF ", {"response_code": 503, "response_flags": "URX,UF"}),
    (" 2 2 ", " -42 - ", {"duration": -42, "upstream_service_time": None}),
    (" 2 2 ", " 2 007 ", {"upstream_service_time": 7}),
    (" 130 ", f" {2**63 - 1} ", {"bytes_sent": 2**63 - 1}),
    ('"curl/7.58.0"', '""', {"user_agent": ""}),
    ('"curl/7.58.0"', '"-"', {"user_agent": None}),
    ('"curl/7.58.0"', '"a  b\tc"', {"user_agent": "a  b\tc"}),
    ('"curl/7.58.0"', '"Acme "Deluxe" 2.0"', {"user_agent": 'Acme "Deluxe" 2.0'}),
    ('"curl/7.58.0"', '"""', {"user_agent": '"'}),
    ('"curl/7.58.0"', '"\\back\\"', {"user_agent": "\\back\\"}),
    ('"curl/7.58.0"', '"Füchse 🦊\u2028"', {"user_agent": "Füchse 🦊\u2028"}),
    ('"10.244.0.1" "c', '"10.0.0.1,  192.0.2.7" "c', {"x_forwarded_for": "10.0.0.1,  192.0.2.7"}),
    ('GET / HTTP/1.1" 200', 'GET /?q="a|b" HTTP/1.1" 200', {"path": '/?q="a|b"'}),
    ("GET /", "A.B-c /", {"method": "A.B-c"}),
    (
        GATEWAY_LINE.partition(" 2 2 ")[2],
        '"-" "-" "-" "-" "-" "10.244.0.1"',
        ABSENT_HEADERS,
    ),
    # Two readings: the user agent, or the request id, holds the quotes.
    (
        '"curl/7.58.0"',
        '"x" "fake-id" "evil.example" "1.2.3.4:80"',
        {"user_agent": 'x" "fake-id" "evil.example" "1.2.3.4:80', "ambiguous": True},
    ),
    ('"curl/7.58.0"', '"x" "y"', {"user_agent": 'x" "y', "ambiguous": True}),
]


def _read(source: str, *lines: str) -> list[dict[str, object]]:
    source = source.removesuffix("\n")
    parsed = AccessLogParser.from_format(f"{source}\n", Encoding.TEXT).parse_lines(lines)
    assert parsed.rejects.is_empty()
    assert parsed.skipped.is_empty()
    return parsed.rows.to_dicts()


def test_gateway_line() -> None:
    parsed = AccessLogParser.from_format(GATEWAY).parse_lines([GATEWAY_LINE])
    assert parsed.rows.to_dicts() == [GATEWAY_ROW]
    numbers = dict.fromkeys(
        ("bytes_received", "bytes_sent", "duration", "upstream_service_time"), pl.Int64()
    )
    special = {"start_time": pl.Datetime("us", "UTC"), "response_code": pl.Int16()}
    types = dict.fromkeys(GATEWAY_ROW, pl.String()) | numbers | special
    assert parsed.rows.schema == types | {"ambiguous": pl.Boolean()}


@pytest.mark.parametrize(("stands", "instead", "differ"), VARIANTS)
def test_variants(stands: str, instead: str, differ: dict[str, object]) -> None:
    line = GATEWAY_LINE.replace(stands, instead, 1)
    assert line != GATEWAY_LINE
    # Beside an honest line, as the neighbours of a line must not matter.
    assert _read(GATEWAY, GATEWAY_LINE, line) == [GATEWAY_ROW, GATEWAY_ROW | differ]


def test_tcp_record() -> None:
    line = '[2021-10-19T02:24:12.504Z] "- - -" 0 UF,URX 0 0 1 - "-" "-" "-" "-" "10.0.0.9:5432"'
    (row,) = _read(str(NAMED_FORMATS["envoy"].document), line)
    absent = dict.fromkeys(("method", "path", "protocol", "upstream_service_time"))
    assert row == {
        key: value for key, value in GATEWAY_ROW.items() if key in row
    } | absent | ABSENT_HEADERS | {
        "response_code": 0,
        "response_flags": "UF,URX",
        "bytes_sent": 0,
        "duration": 1,
        "upstream_host": "10.0.0.9:5432",
    }


def test_refused_request_has_no_headers() -> None:
    line = (
        '[2026-11-24T02:37:01.382Z] "- - HTTP/1.1" 400 DPE http1.codec_error - "-" 0 11 0 -'
        ' "-" "-" "-" "-" "-" - - 127.0.0.1:8080 127.0.0.1:40001 - -'
    )
    (row,) = _read(str(NAMED_FORMATS["istio-1.23"].document), line)
    assert {key: value for key, value in row.items() if value is not None} == {
        "start_time": datetime(2026, 11, 24, 2, 37, 1, 382_000, tzinfo=UTC),
        "protocol": "HTTP/1.1",
        "response_code": 400,
        "response_flags": "DPE",
        "response_code_details": "http1.codec_error",
        "bytes_received": 0,
        "bytes_sent": 11,
        "duration": 0,
        "downstream_local_address": "127.0.0.1:8080",
        "downstream_remote_address": "127.0.0.1:40001",
        "ambiguous": False,
    }


@pytest.mark.parametrize(
    ("source", "line", "values"),
    [
        ("%DURATION%ms", "17ms", [17]),
        ("100%% %DURATION%", "100% 17", [17]),
        ("%REQ(:PATH)%%PROTOCOL%", "/aHTTP/1.1", ["/a", "HTTP/1.1"]),
        ("%REQ(:PATH)%%PROTOCOL%", "/a-", ["/a", None]),
        (
            "%DURATION% %REQ(USER-AGENT)%",
            "2 Mozilla/5.0 (X11; rv:1)",
            [2, "Mozilla/5.0 (X11; rv:1)"],
        ),
        ("%REQ(USER-AGENT)% %DURATION%", "a b 3 4", ["a b 3", 4]),
        ("%REQ(USER-AGENT)% %DURATION%", " 4", ["", 4]),
        ('ua="%REQ(USER-AGENT)%" d=%DURATION%', 'ua="x" d=1" d=2', ['x" d=1', 2]),
        ("%CUSTOM_FLAGS% %DOWNSTREAM_LOCAL_PORT% x", "  x", [None, None]),
        ("%CUSTOM_FLAGS% %DOWNSTREAM_LOCAL_PORT% x", "a,b 80 x", ["a,b", 80]),
        ("%ROUTE_NAME%|%UPSTREAM_CLUSTER%", "a|outbound", ["a", "outbound"]),
        ("%REQ(X-A)%\t%REQ(X-B)%", "1 2\t3", ["1 2", "3"]),
        ("%REQ(USER-AGENT):3%é%PROTOCOL%", "curéHTTP/3", ["cur", "HTTP/3"]),
        ("%OK% %INDEX% %TEXT%", "1 2 3", ["1", "2", "3"]),
        ('{"p":"%REQ(:PATH)%","d":%DURATION%}', '{"p":"/a"b","d":3}', ['/a"b', 3]),
    ],
)
def test_one_reading(source: str, line: str, values: list[object]) -> None:
    (row,) = _read(source, line)
    assert [*row.values()] == [*values, False]


@pytest.mark.parametrize(
    ("source", "line", "values"),
    [
        # The shortest first value, where nothing is known of honest clients.
        ("%ROUTE_NAME%|%UPSTREAM_CLUSTER%", "a|b|c", ["a", "b|c"]),
        ("%DURATION%%BYTES_SENT%", "123", [1, 23]),
        ("%REQ(USER-AGENT)% %ROUTE_NAME%", "a b c", ["a", "b c"]),
        # Honest request ids have no quotes, honest X-Forwarded-For only addresses.
        ('"%REQ(X-REQUEST-ID)%" "%REQ(USER-AGENT)%"', '"1" "a" "b"', ["1", 'a" "b']),
        ('"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%"', '"a" "b" "1"', ['a" "b', "1"]),
        # A forged number that no column can hold does not hide the record.
        (
            '"%REQ(USER-AGENT)%" %DURATION% "%REQ(REFERER)%"',
            f'"x" {"9" * 20} "y" 5 "z"',
            [f'x" {"9" * 20} "y', 5, "z"],
        ),
    ],
)
def test_several_readings(source: str, line: str, values: list[object]) -> None:
    (row,) = _read(source, line)
    assert [*row.values()] == [*values, True]


@pytest.mark.parametrize(
    ("operator", "text", "moment"),
    [
        ("%START_TIME%", "2021-10-19T02:24:12.504Z", TIME),
        ("%START_TIME(%s)%", "1634610252", TIME.replace(microsecond=0)),
        ("%START_TIME(%s.%3f)%", "1634610252.504", TIME),
        ("%START_TIME(%s.%6f)%", "1634610252.504001", TIME + timedelta(microseconds=1)),
        ("%START_TIME(%s.%9f)%", "1634610252.504000000", TIME),
        ("%START_TIME(%s.%1f)%", "1634610252.5", TIME - timedelta(milliseconds=4)),
        ("%START_TIME(%Y/%m/%d %H:%M:%S)%", "2021/10/19 02:24:12", TIME.replace(microsecond=0)),
        ("%START_TIME(%d/%b/%Y:%T %z)%", "19/Oct/2021:04:24:12 +0200", TIME.replace(microsecond=0)),
        ("%START_TIME(%F %T.%6f)%", "2021-10-19 02:24:12.504000", TIME),
        ("%START_TIME(%Y-%m-%dT%H:%M:%E3SZ)%", "2021-10-19T02:24:12.504Z", TIME),
        ("%START_TIME(%Y%m%d%H%M%S%3f)%", "20211019022412504", TIME),
        ("%START_TIME_LOCAL%", "2021-10-19T07:54:12.504+0530", TIME),
        ("%EMIT_TIME%", "2021-10-19T02:24:12.504Z", TIME),
        ("%DOWNSTREAM_PEER_CERT_V_END%", "-", None),
    ],
)
def test_timestamps(operator: str, text: str, moment: datetime | None) -> None:
    assert [*_read(f"[{operator}]", f"[{text}]")[0].values()] == [moment, False]


def test_times_that_tell_no_moment_stay_text() -> None:
    assert _read("%START_TIME(%H:%M)%", "02:24") == [{"start_time": "02:24", "ambiguous": False}]


IMPOSSIBLE = "the value is impossible or out of range"


@pytest.mark.parametrize(
    ("stands", "instead", "reason", "column"),
    [
        (GATEWAY_LINE, "oops", "the line does not start with '['", None),
        (GATEWAY_LINE, GATEWAY_LINE[0], "expected a timestamp", "start_time"),
        (GATEWAY_LINE, GATEWAY_LINE[:25], """expected '] "' after it""", "start_time"),
        (GATEWAY_LINE, GATEWAY_LINE[:34], "expected a protocol such as HTTP/1.1", "protocol"),
        (GATEWAY_LINE, GATEWAY_LINE[:44], "expected an unsigned integer", "response_code"),
        (GATEWAY_LINE, GATEWAY_LINE[:-1], """expected '"' after it""", "last"),
        (GATEWAY_LINE, f"{GATEWAY_LINE} x", "more text follows than the format has", "last"),
        ("2021-10-19T", "2021-13-19T", IMPOSSIBLE, None),
        ("2021-10-19T", "2021-02-30T", IMPOSSIBLE, None),
        ("T02:24", "T24:24", IMPOSSIBLE, None),
        (" 130 ", f" {2**63} ", IMPOSSIBLE, None),
        (" 200 ", " 32768 ", IMPOSSIBLE, None),
        ("12.504Z", "12.5Z", "expected a timestamp", "start_time"),
        (" 0 130 ", " zero 130 ", "expected an unsigned integer", "bytes_received"),
        (" 0 130 ", " -1 130 ", "expected an unsigned integer", "bytes_received"),
        ("GET / ", "(GET / ", "expected a method such as GET", "method"),
        ("0.84:7001", "", "expected an address such as 10.0.0.1:8080", "upstream_host"),
        # A byte that Envoy lets into no header.
        ('"curl', '"\x01curl', """expected '" "' after it""", "user_agent"),
    ],
)
def test_refusals(stands: str, instead: str, reason: str, column: str | None) -> None:
    line = GATEWAY_LINE.replace(stands, instead, 1)
    parsed = AccessLogParser.from_format(f"{GATEWAY}\n").parse_lines([GATEWAY_LINE, line])
    field = "downstream_remote_address_without_port" if column == "last" else column
    assert parsed.rows.to_dicts() == [GATEWAY_ROW]
    assert parsed.rejects.to_dicts() == [
        {"line": 1, "reason": reason, "field": field, "text": line}
    ]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('"%REQ(USER-AGENT)%"', '"'),
        ('"%REQ(A)%" %REQ(B)% "%REQ(C)%"', '"a" "c"'),
        ("%START_TIME(%s)%", "163461025200"),
        ("%REQ(:PATH)%%PROTOCOL%", "/aSPDY/3"),
    ],
)
def test_no_reading(source: str, line: str) -> None:
    parsed = AccessLogParser.from_format(f"{source}\n").parse_lines([line])
    assert parsed.rows.is_empty()
    assert parsed.rejects["text"].to_list() == [line]


@pytest.mark.parametrize("row", APPLICATION_LOGS, ids=lambda row: row.kind)
def test_application_logs_are_skipped(row: ApplicationLog) -> None:
    for document in (GATEWAY, {"method": "%REQ(:METHOD)%"}):
        parsed = AccessLogParser.from_format(document).parse_lines([row.example])
        assert parsed.rows.is_empty()
        assert parsed.rejects.is_empty()
        assert parsed.skipped.to_dicts() == [
            {"line": 0, "reason": row.kind, "field": None, "text": row.example}
        ]


def test_a_format_that_takes_any_text_takes_application_logs() -> None:
    example = APPLICATION_LOGS[0].example
    assert _read("%ROUTE_NAME%", example) == [{"route_name": example, "ambiguous": False}]


def test_no_lines() -> None:
    parsed = AccessLogParser.from_format(GATEWAY).parse_lines([])
    assert parsed.rows.is_empty()
    assert parsed.rows.schema == AccessLogParser.from_format(GATEWAY).schema
