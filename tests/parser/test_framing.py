"""Records of several lines, and records back to back: nothing is lost, wherever blocks end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import envoylog
from envoylog.logs.blocks import read_blocks
from envoylog.logs.sources import Source
from envoylog.parser.continuations import Continuations
from envoylog.parser.parser import REFUSED_SCHEMA, AccessLogParser, Parsed
from envoylog.pipeline import blocks, reading
from envoylog.pipeline.reading import Reading
from envoylog.spec.application_log import APPLICATION_LOGS

THREE = '--- %START_TIME(%s)%\n"%REQ(USER-AGENT)%"\ntook %DURATION%ms\n'
APPLICATION_LINE = APPLICATION_LOGS[0].example


def record(number: int, agent: str = "curl") -> list[str]:
    return [f"--- {1795480395 + number}", f'"{agent}"', f"took {number}ms"]


def read(source: str, lines: list[str]) -> Parsed:
    return AccessLogParser.from_format(source).parse_lines(lines)


def test_a_record_of_three_lines() -> None:
    parsed = read(THREE, [*record(1), *record(2, 'a" "b'), *record(3, "took 5ms")])
    assert parsed.rows["duration"].to_list() == [1, 2, 3]
    assert parsed.rows["user_agent"].to_list() == ["curl", 'a" "b', "took 5ms"]
    assert parsed.rejects.is_empty()


def test_what_stands_between_records() -> None:
    begun, whole = record(1)[:2], record(2)
    lines = ["junk", *begun, "", *whole, APPLICATION_LINE, record(3)[0], *record(4), *record(5)[:1]]
    parsed = read(THREE, lines)
    assert parsed.rows["duration"].to_list() == [2, 4]
    assert parsed.rejects.select("line", "text").rows() == [
        (0, "junk"),
        (1, begun[0]),
        (2, begun[1]),
        (8, record(3)[0]),
        (12, record(5)[0]),
    ]
    assert parsed.skipped.select("line", "reason").rows() == [
        (3, "blank line"),
        (7, "envoy application log"),
    ]
    assert parsed.rejects["field"].to_list() == [
        None,
        "start_time",
        None,
        "start_time",
        "start_time",
    ]


def test_an_impossible_record_is_one_reject() -> None:
    lines = [*record(1)[:2], f"took {'9' * 20}ms", *record(2)]
    parsed = read(THREE, lines)
    assert parsed.rows["duration"].to_list() == [2]
    assert parsed.rejects.select("line", "reason", "text").rows() == [
        (0, "the value is impossible or out of range", "\n".join(lines[:3]))
    ]


def test_of_records_that_overlap_the_first_is_taken() -> None:
    parsed = read("%REQ(A)%\n%REQ(B)%\n", ["a", "b", "c", "d", "e"])
    assert parsed.rows.drop("ambiguous").rows() == [("a", "b"), ("c", "d")]
    assert parsed.rejects["text"].to_list() == ["e"]


PIECES = st.sampled_from(
    [
        *(record(n) for n in range(3)),
        record(7)[:2],
        record(8)[:1],
        ["junk"],
        [""],
        [APPLICATION_LINE],
    ]
)
FORMATS = [THREE, "%REQ(A)%\n%REQ(B)%\n", "%DURATION%\n%REQ(A)% x\n"]


def blocks_of(parser: AccessLogParser, data: bytes, size: int) -> Iterator[tuple[int, Parsed]]:
    """Parse a stream as `parse` does, in blocks of a few bytes."""
    for block in blocks.parse_blocks(Reading([Stream(data)], block_size=size), parser):
        yield block.first_line, block.parsed


class Stream(Source):
    """A source that needs no file."""

    def __init__(self, data: bytes) -> None:
        object.__setattr__(self, "name", "stream")
        object.__setattr__(self, "size", len(data))
        object.__setattr__(self, "data", data)

    data: bytes

    def open(self, offset: int = 0) -> io.BytesIO:
        return io.BytesIO(self.data[offset:])


@given(
    st.sampled_from(FORMATS),
    st.lists(PIECES | st.lists(st.sampled_from(["5", "a x", "a", "x"]), max_size=3), max_size=7),
    st.integers(1, 60),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@settings(deadline=None, max_examples=120)
def test_blocks_make_no_difference(
    source: str, pieces: list[list[str]], size: int, newline: str, ended: bool
) -> None:
    lines = [line for piece in pieces for line in piece]
    data = newline.join([*lines, ""]) if ended else newline.join(lines)
    if not ended and lines and not lines[-1]:
        lines.pop()
    parser = AccessLogParser.from_format(source)
    whole = Continuations(parser.begins).found(parser.parse_lines(lines), len(lines))
    parts = list(blocks_of(parser, data.encode(), size))
    assert [row for _, part in parts for row in part.rows.rows()] == whole.rows.rows()
    for kind in ("rejects", "skipped"):
        found = [
            (first - 1 + line, *rest)
            for first, part in parts
            for line, *rest in getattr(part, kind).select(REFUSED_SCHEMA.keys()).rows()
        ]
        assert found == getattr(whole, kind).rows()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("ended", [True, False])
def test_files(tmp_path: Path, newline: str, ended: bool) -> None:
    lines = [*record(1), "café junk", *record(2), record(3)[0], *record(4)]
    data = (newline.join(lines) + newline * ended).encode()
    (tmp_path / "a.log").write_bytes(data)
    to = tmp_path / "o.parquet"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            reading, "read_blocks", lambda stream, _size, limit: read_blocks(stream, 20, limit)
        )
        run = envoylog.parse(tmp_path / "a.log", THREE, to=to)
        with pytest.warns(envoylog.LostLinesWarning):
            rows = envoylog.scan(tmp_path / "a.log", THREE).collect()
    assert rows["duration"].to_list() == [1, 2, 4]
    assert (run.lines, run.rows, run.rejects, run.bytes_in) == (5, 3, 2, len(data))
    rejects = pl.read_parquet(tmp_path / "o.rejects.parquet")
    assert rejects["line_number"].to_list() == [4, 8]
    for offset, text in rejects.select("byte_offset", "text").iter_rows():
        assert data[offset:].startswith(text.encode())


GLUED = '"%REQ(USER-AGENT)%" %DURATION%ms;'


@pytest.mark.parametrize(
    ("source", "line", "rows", "rejects"),
    [
        (GLUED, '"a" 1ms;', [("a", 1, False)], []),
        # The user agent may hold what stands between two records: one, or two.
        (GLUED, '"a" 1ms;"b" 2ms;', [('a" 1ms;"b', 2, True)], []),
        (GLUED, '"a" 1ms;"b" 2ms', [], ['"a" 1ms;"b" 2ms']),
        ("<%DURATION%>", "<1><2><3>", [(1, False), (2, False), (3, False)], []),
        # The piece with a number that no column can hold is a reject of its own.
        (
            "<%DURATION%>",
            f"<1><{'9' * 20}><3>",
            [(1, False), (3, False)],
            [f"<{'9' * 20}>"],
        ),
        # Two whole records, and what is left of a third: cut, but not beyond doubt.
        ("<%DURATION%>", "<1><2><3", [(1, True), (2, True)], ["<3"]),
        ("<%DURATION%>", "a<1>b<2>", [(1, True), (2, True)], ["a", "b"]),
        # A single record with something beside it is a broken line.
        ("<%DURATION%>", "<1><2", [], ["<1><2"]),
        ("<%DURATION%>", "a<1>", [], ["a<1>"]),
        ("<%DURATION%>", "<1>", [(1, False)], []),
        # One record or two: nobody can tell.
        ('"%REQ(A)%"', '"x""y"', [('x""y', True)], []),
        ('"%REQ(A)%"', '"x"y"', [('x"y', False)], []),
        # Nothing literal stands between two records: they are not cut.
        ("%DURATION%ms", "1ms2ms", [], ["1ms2ms"]),
    ],
)
def test_records_back_to_back(
    source: str, line: str, rows: list[tuple[object, ...]], rejects: list[str]
) -> None:
    parsed = read(source, [line])
    assert parsed.rows.rows() == rows
    assert parsed.rejects["text"].to_list() == rejects
    # With a newline at its end the format has one record in each line.
    alone = read(f"{source}\n", [line])
    assert len(alone.rows) + len(alone.rejects) == 1


def test_glued_records_keep_their_order() -> None:
    lines = ["<1><2>", "oops", "<3>", APPLICATION_LINE, "<4><5><x>", "<6><7>"]
    parsed = read("<%DURATION%>", lines)
    assert parsed.rows["duration"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert parsed.rejects.select("line", "text").rows() == [(1, "oops"), (4, "<x>")]
    assert parsed.skipped["line"].to_list() == [3]


NUMBERS = st.sampled_from(["<1>", "<-2>", "<->", f"<{'9' * 20}>", "<x>", "<", ">", " ", "<1>"])


@given(st.lists(st.lists(NUMBERS, max_size=5).map("".join), max_size=5))
@settings(deadline=None, max_examples=80)
def test_nothing_is_lost(lines: list[str]) -> None:
    """A row of `<n>` is spelled in one way only, so the lines can be put together again."""
    parsed = read("<%DURATION%>", lines)
    shown = ["<->" if n is None else f"<{n}>" for n in parsed.rows["duration"]]
    left = [
        *parsed.rejects.select("line", "text").rows(),
        *parsed.skipped.select("line", "text").rows(),
    ]
    assert len("".join(shown)) + sum(len(text) for _, text in left) == len("".join(lines))
    for number, text in left:
        assert text in lines[number]
    for number, line in enumerate(lines):
        lost = [text for at, text in left if at == number]
        rest = line
        while rest:
            if lost != [rest] and shown and rest.startswith(shown[0]):
                rest = rest.removeprefix(shown.pop(0))
            else:
                piece = next(text for text in lost if rest.startswith(text))
                lost.remove(piece)
                rest = rest.removeprefix(piece)
    assert not shown
