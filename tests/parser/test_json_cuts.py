"""JSON lines read by cuts: what is read so is what the decoder reads, and nothing else is."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.parser.json_lines import JsonReader
from envoylog.parser.parser import AccessLogParser
from envoylog.parser.split_reader import OK

pytestmark = pytest.mark.usefixtures("few")

FORMAT = {
    "authority": "%REQ(:AUTHORITY)%",
    "code": "%RESPONSE_CODE%",
    "duration": "%DURATION%",
    "kind": "access",
    "number": 5,
    "route": "%ROUTE_NAME%",
    "time": "%START_TIME%",
}
LINE = json.dumps(
    {
        "authority": "shop.example.com",
        "code": 200,
        "duration": 17,
        "kind": "access",
        "number": 5,
        "route": None,
        "time": "2026-11-24T00:00:00.805Z",
    },
    separators=(",", ":"),
)
READER: JsonReader = AccessLogParser.from_format(FORMAT)._json

#: What to put in place of a part of a line, and whether cuts are enough to read it.
CHANGES = [
    ("200", "204", True),
    ("200", "null", True),
    ("200", '"200"', False),
    ("200", "007", False),
    ("200", "0", True),
    ("200", "2e2", False),
    ("200", "200.0", False),
    ("200", "99999", False),
    ("17", "-1", False),
    ("17", "true", False),
    ("null", '"checkout"', True),
    ("null", '""', True),
    ("null", '"-"', True),
    ("null", '"a,b"', True),
    ("null", '"a,"', False),
    ("null", '"', False),
    ("null", '"a"b"', False),
    ("null", r'"a\"b"', False),
    ("null", r'"\u00e9"', False),
    ("null", '"é"', True),
    ("null", '"a\tb"', False),
    ("null", '"a\x01b"', False),
    ("null", "[]", False),
    ("null", "7", False),
    ("null", "nul", False),
    ('"route":null,', "", False),
    ('"access"', '"other"', False),
    ("5", "6", False),
    (":", ": ", False),
    ("}", "} ", False),
    ("}", ',"more":1}', False),
    ("}", "", False),
    ("{", " {", False),
    ("05Z", "05", False),
    ("11-24", "13-24", False),
    ("00:00.", "00:60.", False),
    ('"time"', '"code"', False),
]


@pytest.mark.parametrize(("old", "new", "enough"), CHANGES)
def test_what_cuts_are_enough_for(old: str, new: str, enough: bool) -> None:
    changed = LINE.replace(old, new, 1)
    assert changed != LINE
    lines = pl.Series([LINE, changed, LINE])
    assert READER._cuts is not None
    cut = READER._cuts.read(lines)
    assert cut is not None
    assert cut[OK].to_list() == [True, enough, True]
    _same(lines)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["{}"],
        [LINE, "[" * 100_000],
        ["x", "y", LINE],
        ['{"code":1,"code":2}'],
        ['{"z":1}', '{"z":2}'],
        [r'{"\u0063ode":1}'],
        ["9" * 5000],
    ],
)
def test_lines_without_a_common_order_of_keys(lines: list[str]) -> None:
    series = pl.Series(lines, dtype=pl.String)
    assert READER._cuts is not None
    cut = READER._cuts.read(series)
    assert cut is None or cut[OK].to_list() == [line == LINE for line in lines]
    _same(series)


def test_another_order_and_missing_keys() -> None:
    lines = pl.Series(['{"duration":3,"code":200}'] * 3)
    assert READER._cuts is not None
    cut = READER._cuts.read(lines)
    assert cut is not None
    assert cut[OK].all()
    _same(lines)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINE)),
            st.integers(0, 4),
            st.text(alphabet='",:{}\\\t0123nul[]aé -', max_size=4),
        ),
        max_size=8,
    )
)
def test_broken_lines_are_read_as_by_the_decoder(changes: list[tuple[int, int, str]]) -> None:
    changed = [LINE[:at] + new + LINE[at + gone :] for at, gone, new in changes]
    _same(pl.Series([*changed, *[LINE] * 8], dtype=pl.String))


def _same(lines: pl.Series) -> None:
    index = pl.int_range(len(lines), dtype=pl.UInt32, eager=True).alias("#index")
    want, unread = READER._read_objects(lines, index)
    for quotes in (None, sum(line.count('"') for line in lines)):
        rows, refused = READER.read(lines, quotes=quotes)
        assert rows.equals(want.select(rows.columns))
        assert refused.equals(unread)
