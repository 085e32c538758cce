"""The story of one line, in one sentence."""

from __future__ import annotations

import json

import pytest

from envoylog.parser.line import LineStory, explain_one
from envoylog.parser.parser import AccessLogParser
from envoylog.spec.application_log import APPLICATION_LOGS
from envoylog.spec.formats import NAMED_FORMATS
from tests.parser.test_detect import lines_of

TWO_HEADERS = '"%REQ(A)%" "%REQ(B)%"\n'
ENVOY = str(NAMED_FORMATS["envoy"].document)
JSON = {"ua": "%REQ(USER-AGENT)%", "took": "%DURATION%"}
MIXED = {"mixed": "%REQ(A)% %REQ(B)%"}

STORIES: list[tuple[str | dict[str, str], str, str, list[tuple[object, ...]], str | None]] = [
    (TWO_HEADERS, '"x" "y"', "one reading", [("x", "y")], None),
    (
        TWO_HEADERS,
        '"x" "y" "z"',
        "2 readings: the line is ambiguous, and the first reading is the row",
        [("x", 'y" "z'), ('x" "y', "z")],
        None,
    ),
    # What honest clients send is the row, and stands first.
    (
        '"%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%"\n',
        '"a" "b" "1"',
        "2 readings: the line is ambiguous, and the first reading is the row",
        [('a" "b', "1"), ("a", 'b" "1')],
        None,
    ),
    (
        "%CUSTOM_FLAGS%%DOWNSTREAM_LOCAL_PORT%\n",
        "-",
        "2 readings: the line is ambiguous, and the first reading is the row",
        [(None, None), (None, None)],
        None,
    ),
    (
        '"%REQ(A)%"',
        '"x""y"',
        "one reading, or several records back to back: the line is ambiguous",
        [('x""y',)],
        None,
    ),
    (
        TWO_HEADERS,
        '"x" "y',
        "no reading: at req_b: expected '\"' after it; the line may have been cut off",
        [],
        None,
    ),
    (TWO_HEADERS, "x", "no reading: the line does not start with '\"'", [], None),
    (
        "%DURATION% %PROTOCOL%\n",
        "5 SPDY/3",
        "no reading: at protocol: expected a protocol such as HTTP/1.1",
        [],
        None,
    ),
    (
        "%RESPONSE_CODE%\n",
        "99999",
        "no reading: the value is impossible or out of range",
        [],
        None,
    ),
    (
        ENVOY,
        lines_of("istio-1.7", 1)[0],
        "no reading: at bytes_received: expected an unsigned integer; --format istio-1.7 reads it",
        [],
        "istio-1.7",
    ),
    (
        JSON,
        lines_of("envoy", 1)[0],
        "no reading: not a JSON object; --format envoy reads it",
        [],
        "envoy",
    ),
    (
        ENVOY,
        lines_of("istio-json", 1)[0],
        "no reading: the line does not start with '['; --format istio-json reads it",
        [],
        "istio-json",
    ),
    # A dictionary made from keys is no name that one could give.
    (TWO_HEADERS, '{"status":200}', "no reading: the line does not start with '\"'", [], None),
    (
        ENVOY,
        APPLICATION_LOGS[0].example,
        "no access-log line: envoy application log",
        [],
        None,
    ),
    (JSON, "", "no access-log line: blank line", [], None),
    (JSON, '{"ua":"a","took":5}', "one reading", [("a", 5)], None),
    (
        JSON,
        '{"ua":"a","b":[1],"took":5}',
        'one reading; outside the format stands {"b":[1]}',
        [("a", 5)],
        None,
    ),
    (
        JSON,
        '{"ua":"a","took":"x"}',
        "no reading: at duration: the value is not an integer",
        [],
        None,
    ),
    (JSON, '{"ua":"a', "no reading: not a JSON object", [], None),
    (MIXED, '{"mixed":"a b"}', "one reading", [("a", "b")], None),
    (
        MIXED,
        '{"mixed":"a b c"}',
        "several readings: the line is ambiguous, and this reading is the row",
        [("a", "b c")],
        None,
    ),
    ("<%DURATION%>", "<1><2><3>", "3 records stand in this line", [(1,), (2,), (3,)], None),
    ("%REQ(A)%\ntook %DURATION%\n", "a b\ntook 5", "one reading", [("a b", 5)], None),
]


@pytest.mark.parametrize(("source", "line", "verdict", "readings", "fits"), STORIES)
def test_stories(
    source: str | dict[str, str],
    line: str,
    verdict: str,
    readings: list[tuple[object, ...]],
    fits: str | None,
) -> None:
    parser = AccessLogParser.from_format(source)
    columns = tuple(field.column for field in parser.plan.fields) if readings else ()
    story = explain_one(parser, line)
    assert story == LineStory(verdict, columns, tuple(readings), fits)
    assert json.loads(json.dumps(story.to_dict()))["verdict"] == verdict


def test_more_readings_than_anybody_would_look_at() -> None:
    parser = AccessLogParser.from_format(TWO_HEADERS)
    story = explain_one(parser, '"' + '" "' * 30 + '"')
    assert story.verdict.startswith("more than 9 readings: ")
    assert len(story.readings) == 10


def test_a_hostile_line_has_a_story() -> None:
    parser = AccessLogParser.from_format(ENVOY)
    start = '[2026-11-24T02:37:01.382Z] "GET / HTTP/1.1" 200 - 0 0 0 - '
    assert explain_one(parser, start + '"a" ' * 5000).verdict.startswith("no reading: ")
