"""JSON formats: what a line becomes, column by column."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envoylog.parser.json_exact import Exact, read_exactly, spelled
from envoylog.parser.parser import AccessLogParser

pytestmark = pytest.mark.usefixtures("few")

FORMAT = Path(__file__).parents[2] / "sample_logs" / "gateway-json.format.json"
GATEWAY: dict[str, object] = {
    "method": "GET",
    "bytes_received": 0,
    "bytes_sent": 130,
    "x_forwarded_for": "198.51.100.47",
    "upstream_cluster": "outbound|7001|v1-0-65|shop-pos.default.svc.cluster.local",
    "path": "/",
    "route_name": None,
    "downstream_remote_address": "198.51.100.47:42262",
    "downstream_local_address": "10.244.0.5:8080",
    "requested_server_name": None,
    "connection_termination_details": None,
    "response_code": 200,
    "duration": 2,
    "user_agent": "curl/7.58.0",
    "request_id": "4f29b224-dfd6-47c8-9eac-f3226dbd227d",
    "response_code_details": "via_upstream",
    "response_flags": "-",
    "upstream_local_address": "10.244.0.5:45184",
    "protocol": "HTTP/1.1",
    "upstream_transport_failure_reason": None,
    "authority": "shop.example.com",
    "start_time": "2021-10-19T03:59:21.556Z",
    "upstream_host": "10.244.0.84:7001",
    "upstream_service_time": "2",
}
#: The format does not know them; each stands in `extra` as it stood in the line.
UNKNOWN = ("connection_termination_details", "response_code_details")
GATEWAY_ROW = {key: value for key, value in GATEWAY.items() if key not in UNKNOWN} | {
    "start_time": datetime(2021, 10, 19, 3, 59, 21, 556_000, tzinfo=UTC),
    "response_flags": None,
    "upstream_service_time": 2,
    "downstream_remote_address_without_port": None,
    "dynamic_metadata_istio_mixer_status": None,
    "req_referer": None,
    "extra": '{"connection_termination_details":null,"response_code_details":"via_upstream"}',
}
SHORT = {"a": "%REQ(A)%", "d": "%DURATION%"}


def _line(members: dict[str, object], separators: tuple[str, str] = (",", ":")) -> str:
    return json.dumps(members, separators=separators, ensure_ascii=False)


def _gateway() -> AccessLogParser:
    return AccessLogParser.from_format(FORMAT.read_text())


def _read(source: dict[str, object], *lines: str) -> list[dict[str, object]]:
    parsed = AccessLogParser.from_format(source).parse_lines(lines)
    assert parsed.rejects.is_empty()
    assert parsed.skipped.is_empty()
    return parsed.rows.to_dicts()


def test_gateway_line() -> None:
    parsed = _gateway().parse_lines([_line(GATEWAY)])
    assert parsed.rows.to_dicts() == [GATEWAY_ROW]
    assert parsed.rows.columns == [field.column for field in _gateway().plan.fields] + ["extra"]
    numbers = ("bytes_received", "bytes_sent", "duration", "upstream_service_time")
    types = {column: pl.Int64() for column in numbers} | {
        "start_time": pl.Datetime("us", "UTC"),
        "response_code": pl.Int16(),
    }
    assert dict(parsed.rows.schema) == dict.fromkeys(GATEWAY_ROW, pl.String()) | types


@pytest.mark.parametrize(
    "line",
    [
        _line(dict(reversed(GATEWAY.items()))),
        _line(GATEWAY, (", ", ": ")),
        _line(GATEWAY, (" , ", " : ")),
        " \t" + _line(GATEWAY, (",\t", ":\t")) + " \t",
        _line(GATEWAY).replace("/", "\\/").replace("GET", "\\u0047ET"),
        _line(GATEWAY).replace('"method"', '"\\u006dethod"'),
    ],
)
def test_the_spelling_of_json_does_not_matter(line: str) -> None:
    (row,) = _gateway().parse_lines([line]).rows.to_dicts()
    extra = json.loads(str(row["extra"]))
    assert row | {"extra": extra} == GATEWAY_ROW | {"extra": {key: GATEWAY[key] for key in UNKNOWN}}


@pytest.mark.parametrize(
    ("column", "spelled", "value"),
    [
        *(("bytes_sent", spelled, 130) for spelled in (130, "130", "0130")),
        *(("upstream_service_time", spelled, None) for spelled in (None, "-", "")),
        *(("duration", spelled, -42) for spelled in (-42, "-42")),
        *(("response_flags", spelled, None) for spelled in (None, "-")),
        ("response_flags", "URX,UF", "URX,UF"),
        ("bytes_sent", 2**63 - 1, 2**63 - 1),
        ("start_time", None, None),
        ("user_agent", "", ""),
        ("user_agent", "-", None),
        ("user_agent", None, None),
        ("user_agent", 'x" "fake-id" "evil.example"', 'x" "fake-id" "evil.example"'),
        ("user_agent", '"path":"/evil"', '"path":"/evil"'),
        ("user_agent", '{"path":"/evil"}', '{"path":"/evil"}'),
        ("user_agent", "\\u00e9 \\", "\\u00e9 \\"),
        ("user_agent", "tab\there\n\0", "tab\there\n\0"),
        ("user_agent", "Füchse 🦊 \u2028\x7f\ufffd", "Füchse 🦊 \u2028\x7f\ufffd"),
        ("user_agent", 'a" : 1', 'a" : 1'),
        ("req_referer", "https://shop.example.com/", "https://shop.example.com/"),
        ("downstream_remote_address_without_port", "::1", "::1"),
    ],
)
def test_values(column: str, spelled: object, value: object) -> None:
    parser = _gateway()
    (key,) = (str(f.path[0]) for f in parser.plan.fields if f.column == column)
    lines = [_line(GATEWAY | {key: spelled}), _line(GATEWAY)]
    assert parser.parse_lines(lines).rows.to_dicts() == [GATEWAY_ROW | {column: value}, GATEWAY_ROW]
    if value is None:
        without = {name: value for name, value in GATEWAY.items() if name != key}
        (row,) = parser.parse_lines([_line(without)]).rows.to_dicts()
        assert row == GATEWAY_ROW | {column: None}


@pytest.mark.parametrize(
    ("source", "line", "row"),
    [
        # Values that mix text and commands.
        ({"d": "%DURATION%ms"}, '{"d":"17ms"}', {"duration": 17}),
        ({"d": "%DURATION%ms"}, '{"d":"-ms"}', {"duration": None}),
        ({"d": "%DURATION%ms"}, '{"d":null,"x":1}', {"duration": None, "extra": '{"x":1}'}),
        (
            {"r": "%REQ(:METHOD)% %REQ(:PATH)%"},
            '{"r":"GET /?q=\\"a\\""}',
            {"method": "GET", "path": '/?q="a"'},
        ),
        (
            {"r": "%REQ(A)% %REQ(B)%", "p": "%PROTOCOL%"},
            '{"p":"HTTP/2","r":"a b c"}',
            {"req_a": "a", "req_b": "b c", "protocol": "HTTP/2", "ambiguous": True},
        ),
        # Nested objects, and values of the format that are no commands.
        (
            {"r": {"a": "%REQ(A)%"}, "v": 2, "s": "plain", "d": "%DURATION%"},
            '{"d":1,"r":{"a":"x"},"s":"plain","v":2}',
            {"req_a": "x", "duration": 1},
        ),
        (
            {"d": "%DURATION%", "v": 2, "s": "plain"},
            '{"d":1,"s":"changed","v":"2"}',
            {"duration": 1, "extra": '{"s":"changed","v":"2"}'},
        ),
        (
            {"l": ["%REQ(A)%", 5, ["%DURATION%"]]},
            '{"l":["x",5,[1]]}',
            {"req_a": "x", "duration": 1},
        ),
        (
            {"r": {"d": "%DURATION%"}, "u": {"d": "%RESPONSE_DURATION%"}},
            '{"r":{"d":1},"u":{"d":null}}',
            {"duration": 1, "response_duration": None},
        ),
        (
            {"r": {"a": "%REQ(A)%"}, "d": "%DURATION%"},
            '{"a":"y","d":1,"r":{"a":null}}',
            {"req_a": None, "duration": 1, "extra": '{"a":"y"}'},
        ),
        (
            {"r": {"a": "%REQ(A)%"}, "d": "%DURATION%"},
            '{"a":"y","d":1,"r":{}}',
            {"req_a": None, "duration": 1, "extra": '{"a":"y"}'},
        ),
        (
            {"r": {"a": "%REQ(A)%"}, "d": "%DURATION%"},
            '{"d":1,"r":{"a":"x","z":[1.50,{"q":null}]}}',
            {"req_a": "x", "duration": 1, "extra": '{"r":{"z":[1.50,{"q":null}]}}'},
        ),
        (
            {"r": {"a": "%REQ(A)%"}, "d": "%DURATION%"},
            '{"d":1,"r":5}',
            {"req_a": None, "duration": 1, "extra": '{"r":5}'},
        ),
        (
            {"r": {"a": "%REQ(A)%"}, "d": "%DURATION%"},
            '{"d":1,"r":null}',
            {"req_a": None, "duration": 1},
        ),
        # Values of other types than the format leads to expect: text as it stands.
        (SHORT, '{"a":true,"d":null}', {"req_a": "true", "duration": None}),
        (SHORT, '{"a":[1.50,{"b":2}]}', {"req_a": '[1.50,{"b":2}]', "duration": None}),
        (SHORT, '{"a":{"d":5},"d":1}', {"req_a": '{"d":5}', "duration": 1}),
        (SHORT, '{"a":{"b":1.50}}', {"req_a": '{"b":1.50}', "duration": None}),
        ({"m": "%DYNAMIC_METADATA(m)%"}, '{"m":{"k":[1]}}', {"dynamic_metadata_m": '{"k":[1]}'}),
        # Members that the format does not know.
        (SHORT, '{"a":"x","z":1.50,"d":2}', {"req_a": "x", "duration": 2, "extra": '{"z":1.50}'}),
        (SHORT, '{"a":"x","z":[]}', {"req_a": "x", "duration": None, "extra": '{"z":[]}'}),
        (SHORT, '{"a" : "x","z":2}', {"req_a": "x", "duration": None, "extra": '{"z":2}'}),
        (SHORT, '{"a"  :"x", "z"\t: 2}', {"req_a": "x", "duration": None, "extra": '{"z":2}'}),
        (SHORT, '{"d":1,"z":1e500}', {"req_a": None, "duration": 1, "extra": '{"z":1e500}'}),
        (
            SHORT,
            f'{{"d":1,"z":{"9" * 5000}}}',
            {"req_a": None, "duration": 1, "extra": f'{{"z":{"9" * 5000}}}'},
        ),
        # A key that holds a quote is not the key that it ends with.
        (
            {"a": "%REQ(A)%", "d": "%DURATION%"},
            '{"d":2,"x\\"a":1}',
            {"req_a": None, "duration": 2, "extra": '{"x\\"a":1}'},
        ),
        # Of duplicates the first counts.
        (SHORT, '{"d":1,"d":2}', {"req_a": None, "duration": 1, "extra": '{"d":2}'}),
        (SHORT, '{"d":null,"d":2}', {"req_a": None, "duration": None, "extra": '{"d":2}'}),
        # Bytes that were not UTF-8, as in TEXT logs; a pair of surrogates; a lone one.
        (SHORT, '{"a":"caf\\u00e9/\\u00ff"}', {"req_a": "caf\\xe9/\\xff", "duration": None}),
        (SHORT, '{"a":"\\u00c3\\u00a9 \\u00ff"}', {"req_a": "é \\xff", "duration": None}),
        (SHORT, '{"a":"\\\\u00e9"}', {"req_a": "\\u00e9", "duration": None}),
        (SHORT, '{"a":"\\ud83e\\udd8a"}', {"req_a": "🦊", "duration": None}),
        (SHORT, '{"a":"\\ud800"}', {"req_a": "\\ud800", "duration": None}),
        # A time as a number.
        (
            {"t": "%START_TIME(%s.%3f)%"},
            '{"t":1634615961.556}',
            {"start_time": GATEWAY_ROW["start_time"]},
        ),
    ],
)
def test_rows(source: dict[str, object], line: str, row: dict[str, object]) -> None:
    mixed = "ambiguous" in AccessLogParser.from_format(source).schema
    expected = {"extra": None} | ({"ambiguous": False} if mixed else {}) | row
    # Alone, and among lines that teach the reader other keys, have none, or break its decoder.
    others = ('{"z":1,"d":1,"a":"z","q":0}', "{", '{"z":{}}', '{"z":"y"}')
    parsed = AccessLogParser.from_format(source).parse_lines([line, *others])
    assert parsed.rows.head(1).to_dicts() == _read(source, line) == [expected]


@pytest.mark.parametrize(
    ("line", "reason", "column"),
    [
        ("oops", "not a JSON object", None),
        ("[]", "not a JSON object", None),
        ('{"d":1', "not a JSON object", None),
        ('{"d":1}}', "not a JSON object", None),
        ('{"d":1} {"d":2}', "not a JSON object", None),
        ('{"d":1,}', "not a JSON object", None),
        ('{"d":NaN}', "not a JSON object", None),
        ('{"d":01}', "not a JSON object", None),
        ('{"a":"\\x"}', "not a JSON object", None),
        ('{"a":"\x01"}', "not a JSON object", None),
        ('\ufeff{"d":1}', "not a JSON object", None),
        ("{" * 100_000 + "}" * 100_000, "not a JSON object", None),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "not a JSON object", None),
        ('{"d":1,"z":' + "[" * 100_000 + "]" * 100_000 + "}", "not a JSON object", None),
        ('{"d":1,"z":' + '{"z":' * 9_999 + "1" + "}" * 10_000, "not a JSON object", None),
        ("{}", "none of the format's keys is in it", None),
        ('{"x\\"d":1}', "none of the format's keys is in it", None),
        ('{"z":1,"y":{"d":1}}', "none of the format's keys is in it", None),
        ('{"d":"zero"}', "the value is not an integer", "duration"),
        ('{"d":1.5}', "the value is not an integer", "duration"),
        ('{"d":true}', "the value is not an integer", "duration"),
        (f'{{"d":{2**63}}}', "the value is not an integer", "duration"),
        ('{"t":"2021-13-19T03:59:21.556Z"}', "the value is not a timestamp", "start_time"),
        ('{"t":"2021-10-19"}', "the value is not a timestamp", "start_time"),
        ('{"e":"123x"}', "the value is not a timestamp", "emit_time"),
        ('{"m":"17"}', "expected 'ms' after it", "request_duration"),
    ],
)
def test_refusals(line: str, reason: str, column: str | None) -> None:
    times = {"t": "%START_TIME%", "e": "%EMIT_TIME(%s)%", "m": "%REQUEST_DURATION%ms"}
    parser = AccessLogParser.from_format(SHORT | times)
    parsed = parser.parse_lines(['{"d":1}', line, '{"d":2}'])
    assert parsed.rows["duration"].to_list() == [1, 2]
    assert parsed.rejects.to_dicts() == [
        {"line": 1, "reason": reason, "field": column, "text": line}
    ]


def test_skipped() -> None:
    line = '{"level":"info","time":"2022-11-23T05:15:36.911860Z","msg":"ready"}'
    parsed = AccessLogParser.from_format(SHORT).parse_lines(["", line, '{"d":1}'])
    assert parsed.skipped["reason"].to_list() == ["blank line", "json application log"]
    assert parsed.rows["duration"].to_list() == [1]


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ('{"a":1.50,"d":null}', Exact({"a": "1.5", "d": None}, None)),
        ('{"d":2,"z":[1,"\\u0041"],"d":3}', Exact({"d": "2"}, '{"z":[1,"A"],"d":3}')),
        ('{"a":{"b":[true,1.50]}}', Exact({"a": '{"b":[true,1.50]}'}, None)),
        ('{"d":false,"z":1e999}', Exact({"d": False}, '{"z":1e999}')),
        ('{"d":1e999}', None),
        ("[]", None),
        ("{", None),
        ('{"d":Infinity}', None),
    ],
)
def test_lines_are_read_exactly(text: str, exact: Exact | None) -> None:
    assert read_exactly(text, {"a": None, "d": None}) == exact


_SPELLINGS = st.integers().map(str) | st.from_regex(
    r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)


@given(_SPELLINGS)
def test_numbers_are_spelled_as_by_the_decoder(number: str) -> None:
    text = pl.Series([f'{{"v":{number}}}'])
    try:
        decoded = text.str.json_decode(pl.Struct({"v": pl.String()})).struct.field("v")[0]
    except pl.exceptions.ComputeError:
        with pytest.raises(ValueError, match=re.escape(number)):
            spelled(number)
    else:
        assert spelled(number) == decoded
