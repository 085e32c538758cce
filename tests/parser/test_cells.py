"""Plain lines, read at once from their bytes, are read as every line is."""

from __future__ import annotations

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.logs.blocks import Block
from envoylog.parser.cells import plan_cells
from envoylog.parser.parser import AccessLogParser, Parsed
from envoylog.spec.formats import NAMED_FORMATS
from tests.parser.strategies import formats, lines

QUOTED = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(:PATH)%" %RESPONSE_CODE% %DURATION% "%REQ(USER-AGENT)%"'
)
BARE = "%BYTES_SENT% %UPSTREAM_HOST% t=%DURATION%ms %RESPONSE_FLAGS%"
LINE = '[2026-11-24T00:33:15.832Z] "GET /a?b=1" 200 17 "curl/8.5.0 (x!)"'


def _lines(data: bytes) -> pl.Series:
    return Block(data, 0).lines


def _both(parser: AccessLogParser, data: bytes) -> tuple[Parsed, Parsed]:
    fast = parser.parse_block(data, _lines)
    assert fast is not None
    return fast, parser.parse_lines(_lines(data))


def _check(parser: AccessLogParser, data: bytes) -> Parsed:
    fast, slow = _both(parser, data)
    assert fast.rows.equals(slow.rows, null_equal=True), (fast.rows, slow.rows)
    assert fast.rows.schema == slow.rows.schema
    assert fast.places.to_list() == slow.places.to_list()
    assert fast.rejects.equals(slow.rejects)
    assert fast.skipped.equals(slow.skipped)
    return fast


@pytest.mark.parametrize(
    ("source", "cells"),
    [
        ("%DURATION% %PROTOCOL%", ["duration", "protocol"]),
        (BARE, ["bytes_sent", "upstream_host", "duration", "response_flags"]),
        ('"%REQ(A)%" "%REQ(B)%"', ["req_a", "req_b"]),
        # Where quotes become blanks, there is nothing between them and the blanks outside.
        (
            '"%REQ(A)%" x "" "%REQ(B)% %REQ(C)%"',
            ["req_a", None, None, None, "req_b", "req_c", None],
        ),
        ('%REQ(A)% "%REQ(B)% - " %REQ(C)%', ["req_a", None, "req_b", None, None, None, "req_c"]),
        # No cells: one field, two in a cell, quotes without a blank, other characters.
        ("%DURATION%", None),
        ("%DURATION%:%PROTOCOL% %REQ(A)%", None),
        ('a="%REQ(A)%" %REQ(B)%', None),
        ('"%REQ(A)%""%REQ(B)%"', None),
        ('%REQ(A)% "%REQ(B)%', None),
        ("%REQ(A)%\t%REQ(B)% %REQ(C)%", None),
        ("é %REQ(A)% %REQ(B)%", None),
    ],
)
def test_cells(source: str, cells: list[str | None] | None) -> None:
    parser = AccessLogParser.from_format(f"{source}\n")
    planned = plan_cells(parser.plan.members[0].segments)
    found = planned and [c.piece.field and c.piece.field.column for c in planned.cells]
    assert found == cells


@pytest.mark.parametrize("name", ["envoy", "istio-1.23"])
def test_the_default_formats_have_cells(name: str) -> None:
    parser = AccessLogParser.from_format(NAMED_FORMATS[name].document)
    planned = plan_cells(parser.plan.members[0].segments)
    assert planned
    assert [c.piece.field for c in planned.cells if c.piece.field] == list(parser.plan.fields)


@pytest.mark.parametrize(
    ("stands", "instead"),
    [
        ("", ""),
        (" 17 ", " -17 "),
        (" 17 ", " - "),
        (" 17 ", " -0 "),
        (" 17 ", " +17 "),
        (" 17 ", " 007 "),
        (" 17 ", f" {2**63} "),
        (" 17 ", "  "),
        (" 17 ", ' "17" '),
        (" 200 ", " - "),
        (" 200 ", " -0 "),
        (" 200 ", " +200 "),
        (" 200 ", " 32768 "),
        (" 200 17 ", " 200  17 "),
        (" 200 17 ", "  17 "),
        ("832Z] ", "832Z]  "),
        ("[2026", "(2026"),
        ("2026-11-24T00:33:15.832Z", "-"),
        ("11-24", "13-24"),
        ("GET", "-"),
        ("GET", "(GET)"),
        ("GET ", ""),
        ("/a?b=1", ""),
        ("/a?b=1", '/a"b'),
        ("/a?b=1", "/a b"),
        ('" 200', '"x 200'),
        ('" 200', '"200'),
        ('17 "', '17"'),
        ("curl/8.5.0 (x!)", "-"),
        ("curl/8.5.0 (x!)", ""),
        ("curl/8.5.0 (x!)", '"'),
        ("curl/8.5.0 (x!)", '""'),
        ("curl/8.5.0 (x!)", 'a" "b'),
        ("curl/8.5.0 (x!)", "a\tb"),
        ("curl/8.5.0 (x!)", "a\x7fb"),
        ("curl/8.5.0 (x!)", "a\x00b"),
        ("curl/8.5.0 (x!)", r"a\xffb"),
        ("curl/8.5.0 (x!)", "Füchse"),
        (LINE, f"{LINE}\r"),
        (LINE, f"{LINE} "),
        (LINE, f" {LINE}"),
        (LINE, ""),
        (LINE, "oops"),
        (LINE, "\ufeff" + LINE),
        (LINE, "[2026-11-24 06:03:15.611][7][info][config] [x.cc:1] rejected:"),
    ],
)
def test_one_odd_line_among_plain_ones(stands: str, instead: str) -> None:
    parser = AccessLogParser.from_format(f"{QUOTED}\n")
    odd = LINE.replace(stands, instead, 1)
    for order in ([LINE, odd, LINE], [odd, LINE], [LINE, odd], [odd], [odd, odd, LINE, odd]):
        found = _check(parser, "".join(f"{line}\n" for line in order).encode())
        plain = found.rows.filter(user_agent="curl/8.5.0 (x!)")
        assert len(plain) >= order.count(LINE)


def test_many_odd_lines() -> None:
    parser = AccessLogParser.from_format(f"{QUOTED}\n")
    odd = [LINE.replace("curl", f"Füchse {n}") for n in range(600)]
    found = _check(parser, "".join(f"{line}\n" for line in [LINE, *odd, "oops", LINE]).encode())
    assert len(found.rows) == 602


def test_bytes_that_are_not_utf8() -> None:
    parser = AccessLogParser.from_format(f"{QUOTED}\n")
    odd = LINE.encode().replace(b"curl", b"c\xffrl")
    found = _check(parser, b"\n".join([LINE.encode(), odd, LINE.encode(), b""]))
    assert found.rows["user_agent"][1] == r"c\xffrl/8.5.0 (x!)"


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        ("%START_TIME%", "2026-11-24T00:33:15.832Z"),
        ("%START_TIME(%FT%TZ)%", "2026-11-24T00:33:15Z"),
        ("%START_TIME(%FT%T)%", "2026-11-24T00:33:15"),
        ("%START_TIME(%d/%b/%Y:%H:%M:%E9S)%", "24/Nov/2026:00:33:15.832123999"),
        ("%START_TIME(%s.%3f)%", "1522280158.123"),
        ("%EMIT_TIME%", "2026-11-24T00:33:15.832Z"),
    ],
)
@pytest.mark.parametrize("around", ["", "[]"])
def test_timestamps_with_one_character_changed(operator: str, text: str, around: str) -> None:
    before, after = around[:1], around[1:]
    for source, line in (
        (f"{before}{operator}{after} %DURATION%", f"{before}{{}}{after} 7"),
        (f"%DURATION% {before}{operator}{after}", f"7 {before}{{}}{after}"),
    ):
        parser = AccessLogParser.from_format(f"{source}\n")
        texts = [text, "-", "", f"{text}0", text[:-1], f"0{text}"]
        for place, instead in itertools.product(range(len(text)), "0569-+:.Z/aT"):
            texts.append(text[:place] + instead + text[place + 1 :])
        found = _check(parser, "".join(f"{line.format(own)}\n" for own in texts).encode())
        assert len(found.rows) > 1
        assert len(found.rejects) > 1


def test_nothing_but_numbers() -> None:
    parser = AccessLogParser.from_format("%DURATION% %BYTES_SENT%\n")
    found = _check(parser, b"1 2\n3 x\n- 5\n-1 6\n7 -\n")
    assert found.rows.rows() == [(1, 2, False), (None, 5, False), (-1, 6, False)]


def test_no_lines_at_all() -> None:
    parser = AccessLogParser.from_format(f"{QUOTED}\n")
    assert _check(parser, b"\n").rows.is_empty()


PUT = st.text('"" -+0[]\\\t\r!é\x7fa1:=', max_size=4)


@given(data=st.data(), source=formats() | st.sampled_from([f"{QUOTED}\n", f"{BARE}\n"]))
@settings(deadline=None, max_examples=300)
def test_plain_lines_are_read_as_every_line_is(data: st.DataObject, source: str) -> None:
    parser = AccessLogParser.from_format(source)
    if not parser.text_reader or not plan_cells(parser.text_reader.segments):
        return
    drawn = data.draw(st.lists(lines(parser), min_size=1, max_size=6))
    odd = data.draw(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), PUT), max_size=2))
    for place, at, text in odd:
        line = drawn[place % len(drawn)]
        cut = at % (len(line) + 1)
        drawn[place % len(drawn)] = line[:cut] + text + line[cut:]
    _check(parser, "".join(f"{line}\n" for line in drawn).encode())
