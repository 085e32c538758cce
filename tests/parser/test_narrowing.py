"""A condition leaves out only lines that cannot satisfy it."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.parser.parser import AccessLogParser
from tests.parser import strategies

LINE = '[2026-11-24T00:33:15.832Z] "GET /a HTTP/1.1" {} - 0 5 1 1 "-" "{}" "-" "a" "-"'
FORMAT = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%'
    " %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"
    ' "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%"'
    ' "%UPSTREAM_HOST%"\n'
)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_rows_are_those_of_a_filter_after_reading(data: st.DataObject) -> None:
    parser = AccessLogParser.from_format(data.draw(strategies.formats()))
    lines = pl.Series(
        data.draw(st.lists(strategies.lines(parser), min_size=1, max_size=8)), dtype=pl.String
    )
    rows = parser.parse_lines(lines).rows
    field = data.draw(st.sampled_from(parser.plan.fields)).column
    value = data.draw(st.sampled_from([None, *rows[field].to_list()]))
    condition = pl.col(field).is_null() if value is None else pl.col(field) == value
    if (narrowing := parser.narrowing(condition)) is None:
        return
    printable = not lines.str.contains(r"[\x00-\x08\x0b-\x1f\x7f]").any()
    kept = narrowing.keep(lines, printable=printable)
    assert parser.parse_lines(kept).rows.filter(condition).equals(rows.filter(condition))


def test_few_lines_are_kept() -> None:
    parser = AccessLogParser.from_format(FORMAT)
    narrowing = parser.narrowing(pl.col("response_code") >= 500)
    assert narrowing
    hostile = LINE.format(200, 'x" "y')
    lines = [LINE.format(200, "b"), LINE.format(503, "c"), hostile, *[LINE.format(404, "d")] * 3]
    # A quote too many hides where the code is; the rest is known.
    assert narrowing.keep(pl.Series(lines)).to_list() == [lines[1], hostile]


def test_where_most_lines_are_kept_all_are() -> None:
    parser = AccessLogParser.from_format(FORMAT)
    narrowing = parser.narrowing(pl.col("response_code") < 500)
    assert narrowing
    lines = pl.Series([LINE.format(200, "b")] * 3 + [LINE.format(503, "c")])
    assert len(narrowing.keep(lines)) == 3
    assert narrowing.keep(lines).equals(lines)


@pytest.mark.parametrize(
    ("source", "column"),
    [
        (FORMAT, "ambiguous"),
        ("%REQ(:PATH)%%PROTOCOL%\n", "protocol"),
        ("%DURATION%\n%PROTOCOL%\n", "duration"),
        ('{"took": "%DURATION%"}', "took"),
    ],
)
def test_some_conditions_need_every_line(source: str, column: str) -> None:
    parser = AccessLogParser.from_format(source)
    assert parser.narrowing(pl.col(column).is_null()) is None
