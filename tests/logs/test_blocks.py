"""Blocks of lines: however the stream is cut, the lines are the same."""

from __future__ import annotations

import io
from hashlib import sha256

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.logs.blocks import Block, LongLine, read_blocks
from envoylog.parser.parser import AccessLogParser

Record = tuple[object, ...]

_chunks = st.sampled_from(
    [b"\n", b"\r\n", b"\r", b"a", b" ", b"\xff", b"\xc3\xa9", b"\xe2\x82", b"\\", b"\0", b"7 GET"]
)
_streams = st.lists(_chunks | st.binary(max_size=3), max_size=20).map(b"".join)


def _read(data: bytes, size: int) -> list[Block]:
    return list(read_blocks(io.BytesIO(data), size))


def _lines(blocks: list[Block]) -> list[str]:
    return [line for block in blocks for line in block.lines]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\n\nb", ["a", "", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb\r", ["a\rb"]),
        (b"a\r\r\n", ["a\r"]),
        ("é\u2028\x85\n🦊".encode(), ["é\u2028\x85", "🦊"]),
        (b"caf\xe9/\xff\xfe\n", ["caf\\xe9/\\xff\\xfe"]),
        (b"\xc3\n\xa9\n", ["\\xc3", "\\xa9"]),
        (b"nul\0\n", ["nul\0"]),
        # What archives begin with.
        (b"\x1f\x8b\n", ["\x1f\\x8b"]),
        (b"x\x9c\n\n", ["x\\x9c", ""]),
        (b"x\x01\n", ["x\x01"]),
        (b"(\xb5/\xfd\nb", ["(\\xb5/\\xfd", "b"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 2**20])
def test_lines(data: bytes, lines: list[str], size: int) -> None:
    assert _lines(_read(data, size)) == lines


@given(_streams, st.integers(1, 40))
@settings(deadline=None, max_examples=300)
def test_the_size_of_blocks_does_not_matter(data: bytes, size: int) -> None:
    blocks = _read(data, size)
    control = {*range(0x20), 0x7F} - {0x09, 0x0A}
    assert [block.printable for block in blocks] == [
        control.isdisjoint(block.data) for block in blocks
    ]
    assert _lines(blocks) == _lines(_read(data, 2**20))
    assert b"".join(block.data for block in blocks) == data
    raw = (data.removesuffix(b"\n") if data.endswith(b"\n") else data).split(b"\n") if data else []
    number = 0
    for block in blocks:
        lines = _lines([block])
        offsets = block.offsets(pl.Series(range(len(lines)), dtype=pl.UInt32))
        for offset, line in zip(offsets, lines, strict=True):
            shown = raw[number].removesuffix(b"\r").decode("utf-8", "backslashreplace")
            assert line == shown
            assert data.startswith(raw[number], offset)
            assert offset == 0 or data[offset - 1 : offset] == b"\n"
            number += 1
    assert number == len(raw)


@given(_streams, st.integers(1, 40))
@settings(deadline=None, max_examples=60)
def test_rows_and_rejects_do_not_depend_on_the_size_of_blocks(data: bytes, size: int) -> None:
    assert _parse(data, size) == _parse(data, 2**20)


def _parse(data: bytes, size: int) -> tuple[list[Record], ...]:
    parser = AccessLogParser.from_format("%DURATION% %REQ(USER-AGENT)%")
    rows: list[Record] = []
    rejects: list[Record] = []
    skipped: list[Record] = []
    first_line = 1
    for block in _read(data, size):
        lines = _lines([block])
        parsed = parser.parse_lines(lines)
        rows += parsed.rows.rows()
        for found, frame in ((rejects, parsed.rejects), (skipped, parsed.skipped)):
            found += [(line + first_line, *rest) for line, *rest in frame.rows()]
        first_line += len(lines)
    return rows, rejects, skipped


def test_a_byte_order_mark_is_passed_over() -> None:
    (block,) = read_blocks(io.BytesIO(b"\xef\xbb\xbfone\n"))
    assert (block.lines.to_list(), block.offset) == (["one"], 3)
    assert list(read_blocks(io.BytesIO(b"\xef\xbb\xbf"))) == []


@given(_streams, st.integers(1, 40), st.integers(1, 12))
@settings(deadline=None, max_examples=200)
def test_lines_that_are_too_long_stand_alone(data: bytes, size: int, limit: int) -> None:
    at = 0
    for block in read_blocks(io.BytesIO(data), size, limit, offset=1):
        assert block.offset == at + 1
        written = data[at : at + block.size]
        lines = written.removesuffix(b"\n").split(b"\n")
        if block.long:
            (line,) = lines
            assert len(line) > limit
            assert block.long.digest == sha256(line).hexdigest()
        else:
            assert block.data == written
            assert max(map(len, lines)) <= limit
        at += block.size
        assert data[at - 1 : at] == b"\n" or at == len(data)
    assert at == len(data)


def test_a_line_that_is_too_long_is_not_kept() -> None:
    line = b"a" * 3_000_000
    first, long, last = read_blocks(io.BytesIO(b"x\n" + line + b"\ny"), 2**16, 2**20)
    assert (first.data, last.data, last.offset) == (b"x\n", b"y", len(line) + 3)
    assert long.data == b"a" * 1024 + b"\n"
    assert long.long == LongLine(len(line) + 1, sha256(line).hexdigest())
