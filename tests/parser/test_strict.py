"""All readings of one line: against the oracle, against the parser, and against hostile lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.format.document import Encoding
from envoylog.parser import strict
from envoylog.parser.parser import AccessLogParser
from envoylog.parser.strict import Explanation, explain_line
from envoylog.parser.text import TextReader
from envoylog.spec.formats import NAMED_FORMATS
from tests.parser import strategies
from tests.parser.oracle import ImpossibleError, Reading, Row, convert, readings

TWO_HEADERS = '"%REQ(A)%" "%REQ(B)%"'
ISTIO = str(NAMED_FORMATS["istio-1.23"].document)
START = '[2026-11-24T02:37:01.382Z] "- - HTTP/1.1" 400 DPE x - "-" 0 11 0 - '


def _reader(source: str) -> TextReader:
    reader = AccessLogParser.from_format(source, Encoding.TEXT).text_reader
    assert reader
    return reader


def _explain(source: str, line: str, limit: int = 10) -> Explanation:
    return explain_line(_reader(source).segments, line, limit)


@pytest.mark.parametrize(
    ("source", "line", "values"),
    [
        ("%DURATION%ms", "17ms", [("17",)]),
        ("%DURATION%ms", "17", []),
        ("%DURATION%ms", "", []),
        (TWO_HEADERS, '"x" "y"', [("x", "y")]),
        (TWO_HEADERS, '"x" "y" "z"', [("x", 'y" "z'), ('x" "y', "z")]),
        (TWO_HEADERS, '"" "" "', [("", '" ')]),
        (TWO_HEADERS, '"" """', [("", '"')]),
        (TWO_HEADERS, '"x" "y', []),
        (TWO_HEADERS, '"x" "y" ', []),
        ("%REQ(A)% %DURATION%", "a b 3 4", [("a b 3", "4")]),
        ("%REQ(A)% %DURATION%", " 4", [("", "4")]),
        ("%REQ(A)% %DURATION%", "4", []),
        ("%DURATION%%BYTES_SENT%", "123", [("1", "23"), ("12", "3")]),
        ("%DURATION%%BYTES_SENT%", "-1", [("-", "1")]),
        ("%PROTOCOL% %REQ(A)%", "- -", [("-", "-")]),
        ("%CUSTOM_FLAGS%%DOWNSTREAM_LOCAL_PORT%", "-", [("", "-"), ("-", "")]),
        ("%ROUTE_NAME%|%ROUTE_NAME%", "a||b", [("a", "|b"), ("a|", "b")]),
        # The texts are read; whether there is such a number is asked later.
        ("%RESPONSE_CODE%", "99999", [("99999",)]),
        ("%REQ(A)%\n%DURATION%\n", "a b\n3", [("a b", "3")]),
        ("é%REQ(A)%é", "éaéé", [("aé",)]),
    ],
)
def test_readings(source: str, line: str, values: list[Reading]) -> None:
    found = _explain(source, line)
    assert found.complete
    assert [reading.values for reading in found.readings] == values


@pytest.mark.parametrize(
    ("source", "line", "truncated", "stopped_at"),
    [
        (TWO_HEADERS, '"x" "y', True, 5),
        (TWO_HEADERS, '"x', True, 1),
        (TWO_HEADERS, "", True, 0),
        (TWO_HEADERS, "x", False, 0),
        ("%DURATION% %PROTOCOL%", "5 HTT", True, 2),
        ("%DURATION% %PROTOCOL%", "5 FTP/1", False, 2),
        ("%DURATION% %PROTOCOL%x", "5 HTTP/2y", False, 2),
        (ISTIO, START + '"a" "b', True, len(START) + 5),
    ],
)
def test_where_reading_stops(source: str, line: str, truncated: bool, stopped_at: int) -> None:
    assert _explain(source, line) == Explanation(
        (), complete=True, truncated=truncated, stopped_at=stopped_at
    )


def test_the_first_readings_of_many() -> None:
    found = _explain(TWO_HEADERS, '"' + '" "' * 20 + '"', limit=3)
    assert len(found.readings) == 3
    assert not found.complete
    assert found.readings[0].values[0] == ""
    exact = _explain(TWO_HEADERS, '"x" "y" "z"', limit=2)
    assert (len(exact.readings), exact.complete) == (2, True)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (ISTIO, START + '"a" ' * 5000),
        (ISTIO, START + '"a" ' * 5000 + '" - - 127.0.0.1:8080 127.0.0.1:40001 - -'),
        (ISTIO, START + '"a" "' * 5000),
        (ISTIO, '" ' * 5000),
        ('"%REQ(A)%" "%REQ(B)%" "%REQ(C)%" %DURATION%', '" "' * 5000),
        ("%REQ(A)%%REQ(B)%%REQ(C)%%RESPONSE_FLAGS%x", "a " * 3000),
        ("%REQ(A)% %REQ(B)% %REQ(C)% %DURATION% %REQ(D)% [", "a " * 5000 + "1 " * 5000),
        # More fields than Python has stack.
        ("|".join(["%REQ(A)%"] * 1200), "|" * 1199),
    ],
)
def test_hostile_lines_come_to_an_end(source: str, line: str) -> None:
    reader = _reader(f"{source}\n")
    search = strict._Search(reader.segments, line)
    try:
        for _ in zip(range(10), search.readings(), strict=False):
            pass
    except strict._TooManyError:
        pass
    assert search.steps <= strict._STEPS + 1 + len(line) // strict._CHARACTERS
    assert not explain_line(reader.segments, line).truncated


def _possible(reader: TextReader, found: list[Reading]) -> list[Row]:
    rows = []
    for reading in found:
        try:
            rows.append(convert(reader.segments, reading))
        except ImpossibleError:
            continue
    return rows


@given(st.data())
@settings(deadline=None, max_examples=120)
def test_all_readings_and_the_row_among_them(data: st.DataObject) -> None:
    parser = AccessLogParser.from_format(data.draw(strategies.formats()))
    lines = data.draw(st.lists(strategies.lines(parser), min_size=1, max_size=4))
    reader = parser.text_reader
    assert reader
    parsed = parser.parse_lines(lines)
    refused = {*parsed.rejects["line"], *parsed.skipped["line"]}
    rows = iter(parsed.rows.to_dicts())
    for number, line in enumerate(lines):
        truth = readings(reader.segments, line, 200)
        found = explain_line(reader.segments, line, 200)
        assert [reading.values for reading in found.readings] == truth
        if number in refused:
            # Of several readings the first and the last are asked whether they are possible.
            assert not _possible(reader, [*truth[:1], *truth[-1:]])
            continue
        row = next(rows)
        assert row.pop("ambiguous") == (len(truth) > 1)
        assert row in _possible(reader, truth)
        assert row in [
            dict(zip(row, typed, strict=True))
            for typed in reader.typed([reading.values for reading in found.readings]).rows()
        ]
