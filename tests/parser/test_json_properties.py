"""JSON lines, generated: values survive, and no line depends on its neighbours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.parser.parser import AccessLogParser, Parsed

pytestmark = pytest.mark.usefixtures("few")

FLAT: dict[str, object] = {
    "method": "%REQ(:METHOD)%",
    "ua": "%REQ(USER-AGENT)%",
    "duration": "%DURATION%",
    "code": "%RESPONSE_CODE%",
    "route-name": "%ROUTE_NAME%",
}
NESTED: dict[str, object] = {
    "request": {"method": "%REQ(:METHOD)%", "ua": "%REQ(USER-AGENT)%"},
    "duration": "%DURATION%",
    "answer": {"code": "%RESPONSE_CODE%", "by": {"route-name": "%ROUTE_NAME%"}},
    "logger": "tests",
    "list": ["%PROTOCOL%", 5, {"host": "%UPSTREAM_HOST%"}],
}
#: Where each value stands in the nested format; in the flat one, under the last key.
PATHS = {
    "method": ("request", "method"),
    "user_agent": ("request", "ua"),
    "duration": ("duration",),
    "response_code": ("answer", "code"),
    "route_name": ("answer", "by", "route-name"),
}
#: Durations are signed, codes are not.
NUMBERS = {"duration": (-(2**63), 2**63 - 1), "response_code": (0, 2**15 - 1)}
UNKNOWN_KEYS = st.sampled_from(["z", "y y", "ü", "ua ", "met", "Method", ":"])

# `-` is absence; Envoy writes the bytes of other encodings as escapes, never valid text.
_texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ['a" "b', '"ua":"x"', '\\"ua":', '","z":1,"', "\\", '" :', "\\u00e9", "1", "null", "é"]
)
_values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts
)
_trees = st.recursive(
    _values, lambda t: st.lists(t, max_size=2) | st.dictionaries(UNKNOWN_KEYS, t, max_size=2)
)


@st.composite
def records(draw: st.DrawFn) -> dict[str, object]:
    """Draw the values of a record by column."""
    return {
        column: draw(st.none() | st.integers(*NUMBERS[column]))
        if column in NUMBERS
        else draw(st.none() | _texts.filter(lambda text: text != "-"))
        for column in PATHS
    }


@st.composite
def spellings(draw: st.DrawFn, record: Mapping[str, object], extra: Mapping[str, object]) -> str:
    """Draw a line for a record: absence, numbers, order, blanks and escapes as they come."""
    tree: dict[str, object] = {}
    for column, value in draw(st.permutations(list(record.items()))):
        spelled = value
        if value is None:
            spelled = draw(st.sampled_from([None, "-", ...]))
        elif isinstance(value, int):
            spelled = draw(st.sampled_from([value, str(value)]))
        if spelled is not ...:
            node = tree
            for key in PATHS[column][:-1]:
                node = node.setdefault(key, {})  # type: ignore[assignment]
            node[PATHS[column][-1]] = spelled
    items = draw(st.permutations([*tree.items(), *extra.items()]))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), (",\t", "\t:")]))
    line = json.dumps(dict(items), ensure_ascii=False, separators=separators)
    # Escape what may be escaped; U+0080 to U+00FF would mean bytes that are not UTF-8.
    escape = draw(st.sampled_from(["", "m", "🦊日"]))
    return "".join(_escape(char) if char in escape else char for char in line)


def _escape(char: str) -> str:
    return json.dumps(char)[1:-1] if ord(char) > 0xFF else f"\\u{ord(char):04x}"


def _flat(tree: Mapping[str, Any]) -> dict[str, object]:
    leaves: dict[str, object] = {}
    for key, value in tree.items():
        leaves |= _flat(value) if key in {"request", "answer", "by"} else {key: value}
    return leaves


def _rows(parsed: Parsed) -> list[dict[str, object]]:
    """Take `extra` as what it says: the order of its members is free."""
    return [
        row | {"extra": row["extra"] and json.loads(row["extra"], parse_float=str, parse_int=str)}
        for row in parsed.rows.to_dicts()
    ]


@given(st.data(), records(), st.dictionaries(UNKNOWN_KEYS, _trees, max_size=3))
@settings(deadline=None, max_examples=150)
def test_values_come_back(
    data: st.DataObject, record: dict[str, object], extra: dict[str, object]
) -> None:
    nested = data.draw(spellings(record, extra))
    flat = json.dumps(_flat(json.loads(nested)), ensure_ascii=False, separators=(",", ":"))
    known = any(f'"{path[-1]}"' in flat for path in PATHS.values())
    for source, line in ((NESTED, nested), (FLAT, flat)):
        parsed = AccessLogParser.from_format(source).parse_lines([line])
        if not known:
            assert parsed.rejects["reason"].to_list() == ["none of the format's keys is in it"]
            continue
        (row,) = parsed.rows.to_dicts()
        assert {column: row[column] for column in record} == record
        assert (json.loads(row["extra"]) if row["extra"] else {}) == extra


ODD_LINES = (
    '{"duration":',
    '{"duration":1,"z":1}',
    '{"duration":1,"z":[1]}',
    '{"duration":1,"z":{"y":2}}',
    '{"z":1,"duration":1,"y":"b"}',
    '{"duration":1,"duration":2}',
    '{"duration" : 3,"z":1}',
    '{"request":{"ua":null,"method":"GET"},"ua":"x"}',
    '{"ua":"x","request":{"method":null}}',
    '{"request":5,"duration":1}',
    '{"ua":{"duration":4},"method":[]}',
    '{"ua":"\\u00e9","duration":5}',
    '{"ua":"\\ud800","z":"\\udcff"}',
    '{"\\u0075a":"x","z":1}',
    '{"duration":"x"}',
    '{"duration":1,"logger":"tests","list":["HTTP/2",5,{"host":null}]}',
    '{"duration":1,"logger":"other","list":["HTTP/2",6,{"host":"a:1","z":1},7]}',
    '{"list":[],"logger":null,"duration":2}',
    '{"list":{"0":"HTTP/2"},"duration":2}',
    '{"duration":1e400}',
    '{"ua":"\\"z\\":1","z":2}',
    '{"z":1}',
    "{}",
    "",
    "oops",
)


@given(
    st.sampled_from([FLAT, NESTED]),
    st.lists(
        st.sampled_from(ODD_LINES)
        | st.builds(
            json.dumps,
            st.dictionaries(
                st.sampled_from(["ua", "duration", "z", "request", "list"]), _trees, max_size=3
            ),
        ),
        min_size=2,
        max_size=7,
    ),
)
@settings(deadline=None, max_examples=100)
def test_lines_do_not_depend_on_their_neighbours(
    source: dict[str, object], lines: list[str]
) -> None:
    parser = AccessLogParser.from_format(source)
    alone = [parser.parse_lines([line]) for line in lines]
    together = parser.parse_lines(lines)
    backwards = parser.parse_lines(lines[::-1])
    assert _rows(together) == [row for parsed in alone for row in _rows(parsed)]
    assert _rows(backwards) == _rows(together)[::-1]
    reasons = ["reason", "field", "text"]
    assert together.rejects.rows() == [
        (number, *parsed.rejects.select(reasons).row(0))
        for number, parsed in enumerate(alone)
        if len(parsed.rejects)
    ]
