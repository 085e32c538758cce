"""Which fields of a format can trade text: said beforehand, and shown by a line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.format.ambiguity import find_ambiguities, readability
from envoylog.format.document import Encoding, JsonFormat, read_document
from envoylog.format.plan import Plan, make_plan
from envoylog.parser.parser import AccessLogParser
from envoylog.spec.formats import NAMED_FORMATS
from tests.parser import strategies

#: First field, second field, what stands between them, and whether honest traffic mixes them up.
Pair = tuple[str, str, str, bool]


def plan_of(source: str | JsonFormat) -> Plan:
    encoding = Encoding.TEXT if isinstance(source, str) else None
    return make_plan(read_document(source, encoding))


TABLE: list[tuple[str, list[Pair]]] = [
    ("%PROTOCOL% %DURATION%", []),
    ("%REQ(A)%", []),
    ("[%START_TIME%] %RESPONSE_CODE% %RESPONSE_FLAGS%", []),
    # A number ends where the blank is, whatever stands before it.
    ("%REQ(USER-AGENT)% %DURATION%", []),
    ("%PROTOCOL% %REQ(USER-AGENT)% %DURATION%", []),
    ('"%REQ(USER-AGENT)%" %DURATION% "%PROTOCOL%"', []),
    ("%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%", []),
    # Nothing between.
    ("%DURATION%%BYTES_SENT%", [("duration", "bytes_sent", "", True)]),
    ("%REQ(:PATH)%%PROTOCOL%", []),
    ("%PROTOCOL%%RESPONSE_FLAGS%", []),
    # Blanks between headers.
    ("%REQ(A)% %REQ(B)%", [("req_a", "req_b", " ", True)]),
    (
        "%REQ(A)% %REQ(B)% %REQ(C)%",
        [("req_a", "req_b", " ", True), ("req_b", "req_c", " ", True)],
    ),
    ("%REQ(A)%, %REQ(B)%", [("req_a", "req_b", ", ", False)]),
    ("%ROUTE_NAME% %UPSTREAM_CLUSTER%", [("route_name", "upstream_cluster", " ", False)]),
    # Quotes between headers: it takes a forged one.
    ('"%REQ(A)%" "%REQ(B)%"', [("req_a", "req_b", '" "', False)]),
    # No header holds a control character but TAB.
    ("%REQ(A)%\t%REQ(B)%", [("req_a", "req_b", "\t", False)]),
    ("%REQ(A)%\x1f%REQ(B)%", []),
    ("%ROUTE_NAME%\x1f%UPSTREAM_CLUSTER%", [("route_name", "upstream_cluster", "\x1f", False)]),
    # Over the heads of fields between them.
    (
        '"%REQ(A)%" %DURATION% "%REQ(B)%"',
        [("req_a", "req_b", '" 0 "', False)],
    ),
    ('"%REQ(A)%" [%START_TIME%] "%REQ(B)%"', [("req_a", "req_b", "", False)]),
    ("%REQ(A)%\n%REQ(B)%", []),
]


@pytest.mark.parametrize(("source", "pairs"), TABLE)
def test_pairs(source: str, pairs: list[Pair]) -> None:
    found = find_ambiguities(plan_of(f"{source}\n"))
    assert [
        (pair.first.column, pair.second.column, pair.between if between else "", pair.everyday)
        for pair, (_, _, between, _) in zip(found, pairs, strict=True)
    ] == pairs


def test_the_text_between_is_that_of_the_line() -> None:
    (pair,) = find_ambiguities(plan_of('"%REQ(A)%" [%START_TIME%] "%REQ(B)%"\n'))
    assert pair.between == '" [2026-11-24T06:30:15.000Z] "'
    assert pair.line == f'"a{pair.between}a{pair.between}a"'


def test_json_is_never_ambiguous() -> None:
    assert find_ambiguities(plan_of({"a": "%REQ(A)% %REQ(B)%"})) == ()
    assert list(readability(plan_of({"a": "%REQ(A)% %REQ(B)%"}))) == []


SEVERAL = "some lines can be read in several ways, and are marked ambiguous. {}"
FORGED = (
    "makes lines that can be read in several ways; they are marked ambiguous. "
    "JSON has no such lines."
)
QUOTE = SEVERAL.format("Put the values in quotes, or TABs between them.")


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ("%PROTOCOL% %DURATION%", []),
        (
            "%DURATION%%BYTES_SENT%",
            [
                "nothing stands between %DURATION% and %BYTES_SENT%: "
                + SEVERAL.format("Put a separator between them.")
            ],
        ),
        (
            '%REQ(A)% %REQ(B)% "%REQ(C)%"',
            [
                "%REQ(A)% and %REQ(B)% can both hold the ' ' between them: " + QUOTE,
                "%REQ(B)% and %REQ(C)% can both hold the ' \"' between them: " + QUOTE,
            ],
        ),
        (
            '"%REQ(A)%" "%REQ(B)%" "%REQ(C)%"',
            [
                "TEXT escapes nothing: whoever puts separators into %REQ(A)%, %REQ(B)%, %REQ(C)% "
                + FORGED
            ],
        ),
    ],
)
def test_sentences(source: str, sentences: list[str]) -> None:
    assert list(readability(plan_of(f"{source}\n"))) == sentences


@pytest.mark.parametrize("name", NAMED_FORMATS)
def test_named_formats_take_a_forger(name: str) -> None:
    document = NAMED_FORMATS[name].document
    found = find_ambiguities(plan_of(document))
    assert bool(found) == isinstance(document, str)
    assert not any(pair.everyday for pair in found)
    parser = AccessLogParser.from_format(document)
    for pair in found:
        assert parser.parse_lines([pair.line]).rows["ambiguous"].to_list() == [True]


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_what_is_said_is_what_happens(data: st.DataObject) -> None:
    parser = AccessLogParser.from_format(data.draw(strategies.formats()))
    found = find_ambiguities(parser.plan)
    witnesses = [pair.line for pair in found]
    assert parser.parse_lines(witnesses).rows["ambiguous"].to_list() == [True] * len(found)
    if not found:
        lines = data.draw(st.lists(strategies.lines(parser), min_size=1, max_size=8))
        rows = parser.parse_lines(lines).rows
        assert not rows["ambiguous"].any(), lines
