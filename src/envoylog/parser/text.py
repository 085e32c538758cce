"""Read the text of a format string: splits where they prove the reading, else two patterns.

TEXT escapes nothing, so a value may hold the very bytes that separate values. A *reading* of a
text cuts it so that every literal matches and every value belongs to its field's class.

Nearly all lines are read by splits (`parser/splits.py`), which prove that there is no other
reading. The rest, hostile and broken lines, goes to two regular expressions of the whole record
that differ in greed alone: from left to right one takes the shortest values, the other the
longest. They are the first and the last in the ordered set of readings; if they agree, it is the
only one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.format.lexer import Literal
from envoylog.format.plan import Field, Segment
from envoylog.parser import columns
from envoylog.parser.narrowing import Narrowing
from envoylog.parser.split_reader import OK, RAW, SplitReader
from envoylog.parser.splits import plan_splits

TEXT: Final = "#text"
INDEX: Final = "#index"
AMBIGUOUS: Final = "#ambiguous"


@dataclass(frozen=True)
class TextReader:
    """Reads one format string, for many texts at a time.

    Attributes
    ----------
    segments : tuple of Segment
        Literals and fields, as in the plan.
    """

    segments: tuple[Segment, ...]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields among the segments."""
        return tuple(segment for segment in self.segments if isinstance(segment, Field))

    @cached_property
    def splits(self) -> SplitReader | None:
        """The reader of what splits as the format does; None where two fields touch."""
        root = plan_splits(self.segments)
        return SplitReader(root) if root else None

    def read(self, texts: pl.Series, *, printable: bool = False) -> pl.DataFrame:
        """Read texts.

        Parameters
        ----------
        texts : polars.Series
            Strings without line ends, none of them null.
        printable : bool
            Whether they are known to hold no control characters but tabs; makes it faster.

        Returns
        -------
        polars.DataFrame
            One row per text that has a reading, in order: a typed column per field, `#index` (its
            place in `texts`) and `#ambiguous` (it has several readings; this is the preferred).
        """
        index = pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias(INDEX)
        if self.splits is None:
            return self._read_by_patterns(texts, index).sort(INDEX)
        split = self.splits.read(texts, printable=printable)
        ok = split[OK]
        good = split.drop(OK).with_columns(index, pl.lit(value=False).alias(AMBIGUOUS))
        if ok.all():
            return good
        rest = self._read_by_patterns(texts.filter(~ok), index.filter(~ok))
        return in_order(good, ok, rest)

    def narrowing(self, condition: pl.Expr) -> Narrowing | None:
        """Prepare to leave out lines by a condition; None where it needs more than fields."""
        columns = frozenset(condition.meta.root_names())
        if self.splits is None or not columns <= {field.column for field in self.fields}:
            return None
        return Narrowing(SplitReader(self.splits.root.pruned(columns)), condition)

    def _read_by_patterns(self, texts: pl.Series, index: pl.Series) -> pl.DataFrame:
        """Read each text exactly; those without a reading are not in the result."""
        frame = pl.DataFrame([texts.alias(TEXT), index])
        pattern = self.pattern()
        frame = frame.filter(pl.col(TEXT).str.contains(pattern)).with_columns(
            pl.col(TEXT).str.extract_groups(f"(?U){pattern}").alias("shortest"),
            pl.col(TEXT).str.extract_groups(pattern).alias("longest"),
        )
        frame = frame.with_columns((pl.col("shortest") != pl.col("longest")).alias(AMBIGUOUS))
        if frame[AMBIGUOUS].any() and any(field.usual for field in self.fields):
            usual = pl.col(TEXT).str.extract_groups(f"(?U){self.pattern(usual=True)}")
            is_usual = pl.col(AMBIGUOUS) & usual.struct.field("1").is_not_null()
            frame = frame.with_columns(
                pl.when(is_usual).then(usual).otherwise("shortest").alias("shortest")
            )
        rows = self._convert(frame, "shortest")
        left = frame.filter(pl.col(AMBIGUOUS) & ~pl.col(INDEX).is_in(rows[INDEX].implode()))
        # Not to be hidden by a forged number that no column can hold.
        return rows if left.is_empty() else pl.concat([rows, self._convert(left, "longest")])

    def _convert(self, frame: pl.DataFrame, reading: str) -> pl.DataFrame:
        """Convert the readings in a column of structs; rows with an impossible value are left."""
        texts = [RAW + field.column for field in self.fields]
        frame = frame.select(pl.col(reading).struct.rename_fields(texts), INDEX, AMBIGUOUS).unnest(
            reading
        )
        frame = frame.with_columns(self._values)
        # The pattern saw to their shapes.
        possible = [
            check
            for field, text in zip(self.fields, texts, strict=True)
            if (check := columns.is_possible(field, pl.col(text), pl.col(field.column))) is not None
        ]
        return frame.filter(pl.lit(value=True), *possible).drop(texts)

    def typed(self, readings: Sequence[Sequence[str]]) -> pl.DataFrame:
        """Convert readings of `strict.py`, the texts of the fields, as rows are converted."""
        texts = [RAW + field.column for field in self.fields]
        frame = pl.DataFrame(readings, schema=dict.fromkeys(texts, pl.String), orient="row")
        return frame.select(self._values)

    @cached_property
    def _values(self) -> list[pl.Expr]:
        return [
            columns.value(field, pl.col(RAW + field.column)).alias(field.column)
            for field in self.fields
        ]

    def pattern(self, *, usual: bool = False) -> str:
        """Build the regular expression of a record.

        Parameters
        ----------
        usual : bool
            Narrow fields to what honest clients send.

        Returns
        -------
        str
            With one group per field.
        """
        parts = [
            escape(segment.text)
            if isinstance(segment, Literal)
            else f"({segment.usual if usual and segment.usual else segment.pattern})"
            for segment in self.segments
        ]
        return f"^{''.join(parts)}$"


def in_order(every: pl.DataFrame, ok: pl.Series, rest: pl.DataFrame) -> pl.DataFrame:
    """Put rows that were read another way among those that were read at once.

    Parameters
    ----------
    every : polars.DataFrame
        A row for each line, `#index` among its columns.
    ok : polars.Series
        Which of them are right.
    rest : polars.DataFrame
        Rows, in any order, for some of the other lines.

    Returns
    -------
    polars.DataFrame
        Rows for the lines that were read, in order.
    """
    if rest.is_empty():
        return every.filter(ok)
    # Where each row stands, were the rest below the others: all rows move only once.
    place = every[INDEX].scatter(rest[INDEX], range(len(every), len(every) + len(rest)))
    read = ok.scatter(rest[INDEX], values=True)
    together = pl.concat([every, rest.select(every.columns)], rechunk=True)
    return together[place.filter(read)]


def escape(literal: str) -> str:
    """Write the regular expression of a literal."""
    return re.escape(literal).replace("\\\n", "\\n")
