"""Find the plain lines of a block: where their quotes and blanks stand, before anything is cut.

A line is plain if it is printable ASCII, and has as many quotes, and as many blanks between them,
as the format. That is arithmetic on the places of these bytes, which costs little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

import nanoarrow as na
import polars as pl
from nanoarrow.c_array import c_array_from_buffers

from envoylog.parser.cells import Cells, Stop

_NEWLINE, _BLANK, _EXCLAMATION, _QUOTE = map(ord, '\n !"')
# As signed numbers the bytes from 0x80 on are negative. A backslash may be one of a byte that is
# shown as `\xNN`.
_LAST: Final = _QUOTE
_BACKSLASH, _DELETE = 0x5C, 0x7F
_STEP: Final = 2**20


@dataclass(frozen=True, slots=True)
class PlainLines:
    """Some lines, and which of them are plain.

    Attributes
    ----------
    data : bytes
        The lines, each with its newline.
    codes : polars.Series
        Their bytes as signed numbers.
    places : polars.Series
        Where newlines, quotes, blanks and what no plain line holds stand, after a newline at -1.
    newlines : polars.Series
        The newlines among them.
    plain : polars.Series
        Which lines are plain.
    before : polars.Series
        The position in `places` of the newline before each of these.
    marks : polars.Series
        The positions of their quotes, and of their own newlines: so many for each line.
    width : int
        How many.
    """

    data: bytes
    codes: pl.Series
    places: pl.Series
    newlines: pl.Series
    plain: pl.Series
    before: pl.Series
    marks: pl.Series
    width: int

    def place(self, stop: Stop, of: pl.Series | None = None) -> pl.Series:
        """Find a stop of each plain line, or of some, by their places among them."""
        region, blanks = stop
        mark = self.marks.gather_every(self.width, region - 1) if region else self.before
        return self.places.gather((mark if of is None else mark.gather(of)) + blanks)

    def but(self, bad: pl.Series) -> PlainLines:
        """Leave some of the plain lines out, by their places among them."""
        own = bad * self.width
        return replace(
            self,
            plain=self.plain.scatter(true(self.plain).gather(bad), values=False),
            before=self.before.filter(_but(len(self.before), bad, bad + 1)),
            marks=self.marks.filter(_but(len(self.marks), own, own + self.width)),
        )

    def text(self, regions: Sequence[int]) -> bytes:
        """Give the plain lines, with blanks for the quotes around some regions."""
        view = memoryview(self.data)
        if regions:
            quotes = [self.place((mark, 0)) for place in regions for mark in (place, place + 1)]
            codes = self.codes.scatter(pl.concat(quotes), _BLANK)
            view = memoryview(na.c_array_stream(codes).get_next().view().buffer(1)).cast("B")
        begins, ends = self._spans(true(~self.plain))
        kept = zip([0, *ends], [*begins, len(view)], strict=True)
        return b"".join(view[begin:end] for begin, end in kept)

    def only(self, lines: pl.Series) -> bytes:
        """Give the bytes of some lines, by their numbers."""
        return b"".join(self.data[b:e] for b, e in zip(*self._spans(lines), strict=True))

    def _spans(self, lines: pl.Series) -> tuple[list[int], list[int]]:
        begins, ends = (self.newlines.gather(lines + last) + 1 for last in (0, 1))
        return begins.to_list(), ends.to_list()


def find_plain_lines(data: bytes, record: Cells) -> PlainLines:
    """Find the lines that are plain.

    Parameters
    ----------
    data : bytes
        Lines, each with its newline.
    record : Cells
        Their cells.

    Returns
    -------
    PlainLines
    """
    codes = pl.Series(c_array_from_buffers(na.int8(), len(data), [None, data]))
    places, kinds = _stops(data, codes)
    newline, width = kinds == _NEWLINE, len(record.blanks)
    mark = newline | (kinds == _QUOTE)
    at, ends = true(mark), newline.filter(mark)
    last = true(ends)
    plain = last.diff().slice(1) == width
    if (strange := ~(mark | (kinds == _BLANK))).any():
        line = true(newline).search_sorted(true(strange)) - 1
        plain = plain.scatter(line.unique(), values=False)
    # The first mark was only added: it ends no line.
    marks = pl.DataFrame({"at": at} | _beside(at, places, mark)).slice(1)
    if not plain.all():
        bad = true(~plain)
        marks = marks.filter(_but(len(marks), last.gather(bad), last.gather(bad + 1)))
    found = PlainLines(
        data,
        codes,
        places,
        places.filter(newline),
        plain,
        at.filter(ends).head(len(plain)).filter(plain),
        marks["at"],
        width,
    )
    if (wrong := _is_wrong(marks, record.blanks)).any():
        found = found.but((true(wrong) // width).unique())
    right = _literals(found, record)
    return found if right.all() else found.but(true(~right))


def _beside(at: pl.Series, places: pl.Series, mark: pl.Series) -> dict[str, pl.Series]:
    """Say how far it is to the mark before, and whether something is next to it on either side."""
    near = places.diff() == 1
    return {"gap": at.diff(), "near": near.filter(mark), "next": near.shift(-1).filter(mark)}


def _is_wrong(marks: pl.DataFrame, blanks: tuple[int | None, ...]) -> pl.Series:
    """Tell which marks have another number of blanks before them, or no blank beside them."""
    gap, opens, closes = (own.head(len(marks)) for own in _shape(blanks, len(marks)))
    wrong = (gap > 0) & (gap != marks["gap"])
    return wrong | opens & ~marks["near"] | closes & ~marks["next"]


def _but(count: int, begins: pl.Series, ends: pl.Series) -> pl.Series:
    """Leave some ranges out of so many."""
    every = pl.repeat(value=True, n=count, dtype=pl.Boolean, eager=True)
    ranges = pl.int_ranges(begins, ends, dtype=pl.UInt32, eager=True)
    return every.scatter(ranges.explode(), values=False)


def _shape(blanks: tuple[int | None, ...], size: int) -> tuple[pl.Series, ...]:
    """Say of each mark of many plain lines what stands between it and the mark before.

    Returns
    -------
    tuple of polars.Series
        The positions from mark to mark, 0 where that does not matter; whether it is a quote that
        opens, whether it is one that closes. They may be longer than asked.
    """
    return _shape_of(blanks, -(-size // _STEP) * _STEP)


@lru_cache(maxsize=4)
def _shape_of(blanks: tuple[int | None, ...], size: int) -> tuple[pl.Series, ...]:
    last = len(blanks) - 1
    one = pl.DataFrame(
        {
            "gap": [0 if count is None else count + 1 for count in blanks],
            "opens": [place < last and place % 2 == 0 for place in range(len(blanks))],
            "closes": [place < last and place % 2 == 1 for place in range(len(blanks))],
        },
        schema={"gap": pl.Int32(), "opens": pl.Boolean(), "closes": pl.Boolean()},
    )
    return tuple(one[pl.int_range(size, dtype=pl.UInt32, eager=True) % len(blanks)])


def _literals(found: PlainLines, record: Cells) -> pl.Series:
    """Tell in which lines the literals of the cells stand."""
    right = pl.repeat(value=True, n=len(found.before), dtype=pl.Boolean, eager=True)
    last = len(found.data) - 1
    for cell in record.cells:
        before, after = cell.piece.edges
        alone = cell.piece.field is None
        if cell.empty or not (before or after or alone):
            continue
        begin, end = found.place(cell.begin), found.place(cell.end)
        size = end - begin - 1
        # One `"` is not two.
        right &= size == len(before) if alone else size >= len(before + after)
        for text, start in ((before, begin + 1), (after, end - len(after))):
            for place, char in enumerate(text):
                right &= found.codes.gather((start + place).clip(0, last)) == ord(char)
    return right


def _stops(data: bytes, codes: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Find the bytes that matter: their places and which they are."""
    mask = codes <= _LAST
    for code in (_BACKSLASH, _DELETE):
        if bytes([code]) in data:
            mask |= codes == code
    places = true(mask, before=-1)
    kinds = pl.concat([pl.Series([_NEWLINE], dtype=pl.Int8), codes.filter(mask)], rechunk=True)
    if b"!" in data:
        others = kinds != _EXCLAMATION
        places, kinds = places.filter(others), kinds.filter(others)
    return places, kinds


def true(mask: pl.Series, before: int | None = None) -> pl.Series:
    """Find the places that are true, some times as fast as `arg_true`; `before` is put first."""
    found = [pl.Series([] if before is None else [before], dtype=pl.Int32)]
    for at in range(0, len(mask), _STEP):
        part = mask.slice(at, _STEP)
        found.append(_numbers().head(len(part)).filter(part) + at)
    return pl.concat(found, rechunk=True)


@cache
def _numbers() -> pl.Series:
    return pl.int_range(_STEP, dtype=pl.Int32, eager=True)
