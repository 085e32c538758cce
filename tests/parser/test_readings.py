"""The vectorised TEXT reader against the oracle, on generated formats and lines."""

from __future__ import annotations

import polars as pl
import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from envoylog.format.plan import Field
from envoylog.parser.parser import AccessLogParser
from envoylog.parser.split_reader import OK
from envoylog.parser.text import AMBIGUOUS, INDEX, TextReader
from envoylog.spec import values
from envoylog.spec.formats import NAMED_FORMATS
from envoylog.spec.values import TextClass
from tests.parser import strategies
from tests.parser.oracle import expected

CLASSES = {name: c for name, c in vars(values).items() if isinstance(c, TextClass)}


def _reader(parser: AccessLogParser) -> TextReader:
    return TextReader(parser.plan.members[0].segments)


@given(st.data())
@settings(deadline=None, max_examples=250)
def test_rows_are_what_the_oracle_says(data: st.DataObject) -> None:
    parser = AccessLogParser.from_format(data.draw(strategies.formats()))
    lines = data.draw(st.lists(strategies.lines(parser), min_size=1, max_size=8))
    parsed = parser.parse_lines(lines)
    refused = {*parsed.rejects["line"], *parsed.skipped["line"]}
    rows = iter(parsed.rows.to_dicts())
    for number, line in enumerate(lines):
        row = None if number in refused else next(rows)
        assert row == expected(_reader(parser).segments, line), line
    assert next(rows, None) is None


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_what_splits_prove_the_patterns_confirm(data: st.DataObject) -> None:
    parser = AccessLogParser.from_format(data.draw(strategies.formats()))
    lines = data.draw(st.lists(strategies.lines(parser), min_size=1, max_size=8))
    reader, texts = _reader(parser), pl.Series(lines, dtype=pl.String)
    if not reader.splits:
        return
    printable = not texts.str.contains(r"[\x00-\x08\x0a-\x1f\x7f]").any()
    split = reader.splits.read(texts, printable=printable)
    split = split.with_row_index(INDEX).filter(pl.col(OK)).drop(OK)
    index = pl.Series(INDEX, range(len(texts)), dtype=pl.UInt32)
    by_pattern = reader._read_by_patterns(texts, index).filter(
        pl.col(INDEX).is_in(split[INDEX].implode())
    )
    assert not by_pattern[AMBIGUOUS].any()
    assert by_pattern.select(split.columns).equals(split)


@pytest.mark.parametrize("name", sorted(CLASSES))
@given(text=st.text('-"/:,[]. \t|aFUé1(@\x01', max_size=7), following=st.sampled_from('-"/: ,1a'))
@example(text="-", following=" ")
@settings(deadline=None, max_examples=40)
def test_lazy_finds_the_shortest_end_and_greedy_the_longest(
    name: str, text: str, following: str
) -> None:
    for pattern in (CLASSES[name].pattern, CLASSES[name].or_dash, f"(?:{CLASSES[name].or_dash})?"):
        # In front of a character, as in a record.
        ends = [
            end
            for end in range(len(text))
            if text[end] == following and regex.fullmatch(pattern, text, endpos=end)
        ]
        texts = pl.Series([text])
        for prefix, pick in (("(?U)", min), ("", max)):
            found = texts.str.extract(f"{prefix}^({pattern}){following}")[0]
            assert found == (text[: pick(ends)] if ends else None)


@pytest.mark.parametrize("name", ["envoy", "istio-1.23", "istio-json", "contour-json"])
@given(lines=st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8")), max_size=5))
@settings(deadline=None, max_examples=40)
def test_every_line_is_a_row_a_reject_or_skipped(name: str, lines: list[str]) -> None:
    parsed = AccessLogParser.from_format(NAMED_FORMATS[name].document).parse_lines(lines)
    numbers = [*parsed.rejects["line"], *parsed.skipped["line"]]
    assert len(parsed.rows) + len(numbers) == len(lines)
    assert len(set(numbers)) == len(numbers)
    for frame in (parsed.rejects, parsed.skipped):
        assert frame["text"].to_list() == [lines[number] for number in frame["line"]]
        assert frame["reason"].null_count() == 0


def test_the_oracle_tries_every_class() -> None:
    parser = AccessLogParser.from_format("|".join(strategies.OPERATORS))
    classes = {f.text_class.pattern for f in parser.plan.fields if isinstance(f, Field)}
    assert classes >= {c.pattern for n, c in CLASSES.items() if n != "HEX_LIST"}
