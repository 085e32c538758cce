"""Formats and lines to try the parser on, honest and hostile."""

from __future__ import annotations

from hypothesis import strategies as st

from envoylog.format.lexer import Literal
from envoylog.format.plan import Field, Segment
from envoylog.parser.parser import AccessLogParser

#: Operators of every text class and every way to be absent, each with values it writes.
OPERATORS = {
    "%START_TIME%": ["2026-11-24T00:33:15.832Z", "2026-13-01T00:00:00.000Z"],
    "%START_TIME(%s)%": ["1522280158", "15222801580000"],
    "%START_TIME(%Y/%m/%d %H:%M:%S)%": ["2026/11/24 00:33:15", "2026/02/30 00:33:15"],
    "%REQ(:METHOD)%": ["GET", "A.B"],
    "%REQ(:PATH)%": ["/", '/a"b|c', "/a:1"],
    "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%": ["/", "/a b"],
    "%QUERY_PARAMS%": ["a=1&b", "x|y"],
    "%REQ(:AUTHORITY)%": ["shop.example.com", "[::1]:80", ""],
    "%REQ(USER-AGENT)%": ["curl/8.5.0", "a b", 'x" "y', "", "Füchse"],
    "%REQ(X-FORWARDED-FOR)%": ["10.0.0.1", "10.0.0.1, 10.0.0.2", 'x" "y'],
    "%REQ(X-REQUEST-ID)%": ["4f29b224-dfd6", 'i" "d', "1"],
    "%PROTOCOL%": ["HTTP/1.1", "HTTP/2"],
    "%RESPONSE_CODE%": ["200", "0", "40000"],
    "%RESPONSE_FLAGS%": ["UF,URX", "NR"],
    "%RESPONSE_CODE_DETAILS%": ["via_upstream", "a|b"],
    "%BYTES_SENT%": ["0", "130", "9" * 20],
    "%DURATION%": ["2", "-42", "007"],
    "%UPSTREAM_HOST%": ["10.0.0.1:80", "[::1]:80", "tcp://10.0.0.1:80", "/run/sock"],
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%": ["10.0.0.1", "::1"],
    "%DOWNSTREAM_LOCAL_PORT%": ["80", "", "9" * 11],
    "%REQUESTED_SERVER_NAME%": ["shop.example.com"],
    "%CUSTOM_FLAGS%": ["", "a,b"],
    "%ROUTE_NAME%": ["default", "two words", ""],
    "%GRPC_STATUS%": ["OK"],
    "%ACCESS_LOG_TYPE%": ["DownstreamEnd"],
}
#: These may hold nearly anything, so they make lines ambiguous.
_OPEN = ["%REQ(USER-AGENT)%", "%REQ(X-FORWARDED-FOR)%", "%REQ(X-REQUEST-ID)%", "%ROUTE_NAME%"]
_LITERALS = [
    " ",
    '" "',
    '" "',
    " ",
    " ",
    "|",
    "-",
    ",",
    " [",
    "] ",
    "ms ",
    "a",
    "1",
    ":",
    "é",
    "::",
]
_NOISE = st.text('" -|,:/[]a1é.\\\t', max_size=6)


@st.composite
def formats(draw: st.DrawFn) -> str:
    """Draw TEXT formats: operators with literals between them, seldom with nothing."""
    operator = st.sampled_from(list(OPERATORS)) | st.sampled_from(_OPEN)
    operators = draw(st.lists(operator, min_size=1, max_size=5))
    between = st.sampled_from([*_LITERALS, *_LITERALS, ""])
    start, end = draw(st.sampled_from([("", ""), ('"', '"'), ("[", "]"), ("", " x")]))
    parts = [part for name in operators for part in (draw(between), name)]
    return start + "".join(parts[1:]) + end + "\n"


def lines(parser: AccessLogParser) -> st.SearchStrategy[str]:
    """Draw lines of a TEXT format: honest, hostile, and broken at one place."""
    segments = parser.plan.members[0].segments
    honest = st.tuples(*map(_texts, segments)).map(list)
    fields = [number for number, segment in enumerate(segments) if isinstance(segment, Field)]
    forged = st.lists(st.one_of(*map(_texts, segments)), min_size=2, max_size=6).map("".join)
    hostile = st.builds(_put, honest, st.sampled_from(fields), forged | _NOISE)
    twice = st.builds(_put, hostile, st.sampled_from(fields), forged | _NOISE)
    whole = st.one_of(honest, hostile, hostile, twice).map("".join)
    broken = st.builds(_replace, whole, st.integers(0, 99), st.integers(0, 3), _NOISE)
    return st.one_of(whole, whole, whole, broken)


def _texts(segment: Segment) -> st.SearchStrategy[str]:
    if isinstance(segment, Literal):
        return st.just(segment.text)
    return st.sampled_from([*OPERATORS[segment.command.text] * 3, "-"])


def _put(parts: list[str], at: int, text: str) -> list[str]:
    return [*parts[:at], text, *parts[at + 1 :]]


def _replace(line: str, at: int, count: int, text: str) -> str:
    at %= len(line) + 1
    return line[:at] + text + line[at + count :]
