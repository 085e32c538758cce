"""Read plain lines with a CSV reader, which cuts and types in one pass; other lines are left.

A CSV reader is easily led astray: by a quote in a value, by a line of another log. So it gets those
lines alone whose cells are known (`parser/plain.py`), and finds just these.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.format.plan import Field
from envoylog.format.timestamps import Minute
from envoylog.parser.cells import BLANK, QUOTE, Cell, Cells
from envoylog.parser.columns import DTYPES
from envoylog.parser.decode import OK, RAW, Decoder
from envoylog.parser.moments import read_moments
from envoylog.parser.plain import PlainLines, find_plain_lines, true
from envoylog.spec import values as v
from envoylog.spec.values import Absence

# What no value of a plain line holds, wherever it stands.
_CONTROL: Final = frozenset(map(chr, (*range(0x20), 0x7F)))
#: Places are numbers of 32 bits.
MOST_BYTES: Final = 2**31 - 1
# What the CSV reader is to take a number for that has no sign.
_UNSIGNED: Final[dict[pl.DataType, pl.DataType]] = {
    pl.Int16(): pl.UInt16(),
    pl.Int32(): pl.UInt32(),
    pl.Int64(): pl.UInt64(),
}


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of some lines.

    Attributes
    ----------
    rows : polars.DataFrame
        One typed row for each line that was read, in order.
    lines : polars.Series
        The line (from 0) of each.
    left : polars.Series
        The other lines.
    found : PlainLines
        All lines.
    """

    rows: pl.DataFrame
    lines: pl.Series
    left: pl.Series
    found: PlainLines

    @property
    def rest(self) -> bytes:
        """The bytes of the other lines."""
        return self.found.only(self.left)


@dataclass(frozen=True)
class CellReader:
    """Reads the plain lines of a block.

    Attributes
    ----------
    record : Cells
        The cells of a record.
    columns : frozenset of str, optional
        The fields that are read and tested, if not all.
    """

    record: Cells
    columns: frozenset[str] | None = None

    def read(self, data: bytes) -> Read:
        """Read the lines that are plain, and whose values belong to their fields.

        Parameters
        ----------
        data : bytes
            Lines, each with its newline.

        Returns
        -------
        Read
        """
        found = find_plain_lines(data, self.record)
        cells = self.split(found)
        rows = self._decoder.decode(cells)
        ok, lines, left = rows[OK], true(found.plain), true(~found.plain)
        for cell, field in self._numbers:
            # From a type without a sign it may not fit.
            numbers = cells[RAW + field.column].cast(DTYPES[field.type], strict=False)
            ok &= _is_number(found, cell, field, numbers)
            rows.insert_column(0, numbers.alias(field.column))
        for cell, field, minute in self._moments:
            moments = read_moments(found, cell, minute, cells[RAW + field.column])
            ok &= moments.is_not_null()
            rows.insert_column(0, moments.alias(field.column))
        rows = rows.select(field.column for _cell, field in self._fields)
        if not ok.all():
            left = pl.concat([left, lines.filter(~ok)]).sort()
            rows, lines = rows.filter(ok), lines.filter(ok)
        return Read(rows, lines, left, found)

    def split(self, found: PlainLines) -> pl.DataFrame:
        """Let a CSV reader have the plain lines: a text or number for each field."""
        text = found.text(self.record.replaced)
        if not text:
            return pl.DataFrame(schema=self._schema)
        cells = pl.scan_csv(
            text,
            separator=BLANK,
            quote_char=QUOTE if None in self.record.blanks else None,
            has_header=False,
            schema=self._schema,
            # What is no number becomes null, and is found out.
            ignore_errors=True,
            empty_string_is_null=False,
        )
        return cells.select(self._text(cell, field) for cell, field in self._fields).collect()

    @cached_property
    def _schema(self) -> dict[str, pl.DataType]:
        schema: dict[str, pl.DataType] = {}
        for place, cell in enumerate(self.record.cells):
            field = cell.piece.field
            name = RAW + field.column if field else f"#{place}"
            schema[name] = pl.String()
            if field and (cell, field) in self._numbers:
                kind = DTYPES[field.type]
                schema[name] = kind if field.text_class is v.SIGNED else _UNSIGNED[kind]
        return schema

    @cached_property
    def _fields(self) -> list[tuple[Cell, Field]]:
        return [
            (cell, field)
            for cell in self.record.cells
            if (field := cell.piece.field) and (not self.columns or field.column in self.columns)
        ]

    @cached_property
    def _numbers(self) -> list[tuple[Cell, Field]]:
        """The cells that are numbers and nothing else."""
        return [
            (cell, field)
            for cell, field in self._fields
            if DTYPES[field.type] in _UNSIGNED
            and field.text_class in (v.UNSIGNED, v.SIGNED)
            and field.absence is not Absence.EMPTY
            and BLANK in cell.clean
            and not any(cell.piece.edges)
        ]

    @cached_property
    def _moments(self) -> list[tuple[Cell, Field, Minute]]:
        """The timestamps that are never absent."""
        return [
            (cell, field, field.timestamp.minute)
            for cell, field in self._fields
            if field.timestamp and field.timestamp.minute and field.absence is Absence.NEVER
        ]

    @cached_property
    def _decoder(self) -> Decoder:
        others = {field for _cell, field in self._numbers} | {own[1] for own in self._moments}
        return Decoder(
            tuple(
                (field, cell.clean | _CONTROL)
                for cell, field in self._fields
                if field not in others
            )
        )

    def _text(self, cell: Cell, field: Field) -> pl.Expr:
        """Give the text of a field without the literals around it, as far as it is needed."""
        before, after = cell.piece.edges
        text = pl.col(RAW + field.column)
        for _cell, other, minute in self._moments:
            if other is field:
                return text.str.slice(len(before), minute.width)
        text = text.str.strip_prefix(before) if before else text
        return text.str.strip_suffix(after) if after else text


def _is_number(found: PlainLines, cell: Cell, field: Field, numbers: pl.Series) -> pl.Series:
    """Tell where a number was written as Envoy does, or is null for a `-`."""
    right = numbers.is_not_null()
    if numbers.null_count() and field.absence is not Absence.NEVER:
        missing = true(~right)
        begin, end = (found.place(stop, missing) for stop in (cell.begin, cell.end))
        dash = (found.codes.gather(begin + 1) == ord("-")) & (end - begin == 2)  # noqa: PLR2004
        right = right.scatter(missing.filter(dash), values=True)
    if b"+" in found.data:
        # The CSV reader takes a plus.
        right &= found.codes.gather(found.place(cell.begin) + 1) != ord("+")
    return right
