"""Lines that go on what a skipped line began, and lines that only seem to."""

from __future__ import annotations

import polars as pl
import pytest

from envoylog.parser.continuations import Continuations
from envoylog.parser.parser import AccessLogParser

PARSER = AccessLogParser.from_format("[%START_TIME%] %RESPONSE_CODE% %DURATION%ms")
JSON = AccessLogParser.from_format('{"code": "%RESPONSE_CODE%"}')
ROW = "[2026-11-24T00:33:15.832Z] 200 5ms"
APPLICATION = "[2026-11-24 06:03:15.611][7][info][config] [x.cc:1] rejected:"
AGENT = "2022-11-23T05:15:36.911860Z\twarn\tads\tpanic"
CUT = "[2026-11-24T00:3"


def fates(
    lines: list[str],
    parser: AccessLogParser = PARSER,
    writers: list[str] | None = None,
    state: Continuations | None = None,
) -> str:
    """Tell of each line whether it is a row, a reject, skipped, blank, or goes on a skipped one."""
    parsed = parser.parse_lines(lines)
    state = state or Continuations(parser.begins)
    found = state.found(parsed, len(lines), None if writers is None else pl.Series(writers))
    signs = dict.fromkeys(found.places, "+") | dict.fromkeys(found.rejects["line"], "!")
    for line, reason in found.skipped.select("line", "reason").iter_rows():
        signs[line] = "c" if reason.endswith(", continued") else "b" if "blank" in reason else "s"
    return "".join(signs[line] for line in range(len(lines)))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([APPLICATION, "node {", "  id: 1", "}", ROW], "sccc+"),
        ([AGENT, "goroutine 1 [running]:", "main.main()", "\t/app/main.go:5 +0x1d"], "sccc"),
        ([APPLICATION, "node {", "", "}"], "scbc"),
        (["oops", APPLICATION, "x", ROW, "oops"], "!sc+!"),
        # It begins as a record does: a broken one.
        ([APPLICATION, CUT, "x"], "s!!"),
        ([APPLICATION, "x", APPLICATION, "y"], "scsc"),
        (["", "x"], "b!"),
    ],
)
def test_text(lines: list[str], expected: str) -> None:
    assert fates(lines) == expected
    # However the stream is cut.
    for cut in range(len(lines) + 1):
        state = Continuations(PARSER.begins)
        assert fates(lines[:cut], state=state) + fates(lines[cut:], state=state) == expected


def test_the_kind_is_told() -> None:
    parsed = PARSER.parse_lines([AGENT, "main.main()"])
    found = Continuations(PARSER.begins).found(parsed, 2)
    assert found.skipped["reason"].to_list() == ["istio agent log", "istio agent log, continued"]
    assert found.skipped["text"].to_list() == [AGENT, "main.main()"]


def test_json() -> None:
    assert fates([AGENT, "{", '  "a": 1', "}", '{"code":20', "x"], JSON) == "sccc!!"


def test_each_writer_goes_on_its_own_lines() -> None:
    lines = [APPLICATION, ROW, "a", "b", ROW, "c"]
    writers = ["stderr", "stdout", "stderr", "stdout", "stdout", "stderr"]
    assert fates(lines, writers=writers) == "s+c!+c"


def test_a_format_that_begins_with_any_text() -> None:
    parser = AccessLogParser.from_format("%REQ(A)% %RESPONSE_CODE%")
    assert fates([APPLICATION, "x"], parser) == "s!"
