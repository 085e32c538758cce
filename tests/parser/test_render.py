"""What is rendered from rows is read back as these rows; and the sample logs come back whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import envoylog
from envoylog.format.plan import Field
from envoylog.parser.parser import AccessLogParser
from envoylog.parser.render import render_rows
from envoylog.spec.formats import NAMED_FORMATS
from envoylog.spec.values import Absence, ValueType
from tests.parser import strategies

MOMENT = datetime(2026, 11, 24, 6, 30, 15, 832_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "row", "line"),
    [
        ("%RESPONSE_CODE% %DURATION%ms", {"response_code": 200, "duration": 17}, "200 17ms"),
        ("%RESPONSE_CODE% %DURATION%ms", {"response_code": 200}, "200 -ms"),
        ("[%CUSTOM_FLAGS%] %REQ(A)%", {"req_a": "a b", "custom_flags": None}, "[] a b"),
        ("%START_TIME% 100%%", {"start_time": MOMENT}, "2026-11-24T06:30:15.832Z 100%"),
        ("%START_TIME(%s.%3f)%", {"start_time": MOMENT}, "1795501815.832"),
        ("a\nb %PROTOCOL%\n", {"protocol": "HTTP/2"}, "a\nb HTTP/2"),
        (
            {"z": "%DURATION%", "a": {"c": "%PROTOCOL% é", "b": "x"}, "l": ["%REQ(A)%", 5, None]},
            {"duration": 3, "req_a": 'q"'},
            '{"a":{"b":"x","c":"- é"},"l":["q\\"",5,null],"z":3}',
        ),
        (
            {"t": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%", "s": "%START_TIME%"},
            {"upstream_service_time": 2, "start_time": MOMENT},
            '{"s":"2026-11-24T06:30:15.832Z","t":"2"}',
        ),
        ({"p": "%UPSTREAM_REMOTE_PORT%", "c": "%RESPONSE_CODE%"}, {}, '{"c":null,"p":null}'),
    ],
)
def test_lines(source: str | dict[str, object], row: dict[str, object], line: str) -> None:
    assert list(envoylog.render(source, [row])) == [line]


def test_local_times_are_written_in_their_zone() -> None:
    parser = envoylog.compile_format("%START_TIME_LOCAL(%F %T)%\n", timezone="Europe/Berlin")
    (line,) = envoylog.render(parser, [{"start_time_local": MOMENT}])
    assert line == "2026-11-24 07:30:15"


def test_what_is_omitted() -> None:
    parser = AccessLogParser.from_format("%REQ(A)%|%DURATION%\n", omit_empty_values=True)
    assert list(render_rows(parser.plan, [{"duration": None}])) == ["|"]


def _values(field: Field) -> st.SearchStrategy[object]:
    """Draw values of a column: from what its operator writes, and what its type can hold."""
    if field.type is ValueType.TIMESTAMP:
        return st.integers(0, 10**8).map(lambda n: MOMENT.replace(microsecond=0) + n * SECOND)
    spelled = [
        text
        for text in strategies.OPERATORS[field.command.text]
        if regex.fullmatch(field.pattern, text)
    ]
    if field.type in {ValueType.CODE, ValueType.PORT, ValueType.INTEGER}:
        values: st.SearchStrategy[object] = st.integers(0, 2**15 - 1)
    else:
        values = st.sampled_from(spelled)
        if field.absence is Absence.EMPTY:
            values = values.filter(lambda text: text != "")
    return values if field.absence is Absence.NEVER else values | st.none()


SECOND = timedelta(seconds=1)


def _rows(parser: AccessLogParser) -> st.SearchStrategy[list[dict[str, object]]]:
    columns = {field.column: _values(field) for field in parser.plan.fields}
    return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=4)


@given(st.data())
@settings(deadline=None, max_examples=120)
def test_text_comes_back(data: st.DataObject) -> None:
    parser = AccessLogParser.from_format(data.draw(strategies.formats()))
    rows = data.draw(_rows(parser))
    lines = list(render_rows(parser.plan, rows))
    parsed = parser.parse_lines(lines)
    assert parsed.rejects.is_empty()
    # A format that is one operator may write nothing at all.
    assert {*parsed.skipped["reason"]} <= {"blank line"}
    written = [row for row, line in zip(rows, lines, strict=True) if line.strip(" \t")]
    assume(len(parsed.rows) == len(written))
    for row, found in zip(written, parsed.rows.to_dicts(), strict=True):
        assert found.pop("ambiguous") or found == row


KEYS = st.sampled_from(["a", "b", "é", "a b", 'q"', "x.y", "start_time"])
COMMANDS = st.sampled_from(list(strategies.OPERATORS))
MIXED = st.builds("{0} {1}".format, COMMANDS, COMMANDS) | st.builds("<{0}>".format, COMMANDS)
LEAVES = COMMANDS | COMMANDS | MIXED | st.sampled_from(["text", "100%%", 5, True, None])
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda t: (
            st.lists(t, min_size=1, max_size=3) | st.dictionaries(KEYS, t, min_size=1, max_size=3)
        ),
        max_leaves=4,
    ),
    min_size=1,
    max_size=5,
)


@given(st.data(), TREES)
@settings(deadline=None, max_examples=120)
def test_json_comes_back(data: st.DataObject, tree: dict[str, object]) -> None:
    assume("%" in json.dumps(tree).replace("%%", ""))
    parser = AccessLogParser.from_format(tree)
    rows = data.draw(_rows(parser))
    lines = list(render_rows(parser.plan, rows))
    parsed = parser.parse_lines(lines)
    assert parsed.rejects.is_empty()
    for row, found in zip(rows, parsed.rows.to_dicts(), strict=True):
        if found.pop("ambiguous", False):
            continue
        assert found.pop("extra") is None
        assert found == row


def _records(log: Path) -> list[str]:
    text = log.read_bytes().decode("utf-8", "backslashreplace")
    return text.removesuffix("\n").split("\n")


@pytest.mark.parametrize("name", ["envoy", "istio"])
def test_the_sample_logs_come_back(samples: Path, name: str) -> None:
    lines = _records(samples / f"{name}.log")
    parser = envoylog.compile_format(name)
    parsed = parser.parse_lines(lines)
    skipped = {*parsed.skipped["line"]}
    kept = [line for number, line in enumerate(lines) if number not in skipped]
    assert list(envoylog.render(parser, parsed.rows.to_dicts())) == kept


def test_the_json_sample_comes_back(samples: Path) -> None:
    lines = _records(samples / "istio-json.log")
    parser = envoylog.compile_format("istio-json")
    written = envoylog.render(parser, parser.parse_lines(lines).rows.to_dicts())
    differ = [line for line, own in zip(lines, written, strict=True) if line != own]
    # A `-` of the client's own is null in the row; bytes that are not UTF-8 are shown otherwise.
    special = [
        line for line in lines if '"user_agent":"-"' in line or regex.search(r"\\u00[89a-f]", line)
    ]
    assert differ == special
    assert 0 < len(differ) < len(lines) // 4


@pytest.mark.parametrize("name", sorted(NAMED_FORMATS))
def test_absent_values_of_named_formats(name: str) -> None:
    parser = envoylog.compile_format(name)
    row: dict[str, object] = {field.column: None for field in parser.plan.fields} | {
        "start_time": MOMENT,
        "response_code": 0,
        "bytes_received": 0,
        "bytes_sent": 0,
        "downstream_local_address": "10.0.0.1:80",
        "downstream_remote_address": "10.0.0.1:80",
    }
    row = {field.column: row[field.column] for field in parser.plan.fields}
    parsed = parser.parse_lines(list(envoylog.render(parser, [row])))
    (found,) = parsed.rows.select(list(row)).to_dicts()
    assert found == row
