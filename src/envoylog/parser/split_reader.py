"""Read texts by splits: how nearly all lines are read.

Every split comes with its proof (`parser/splits.py`), so what is left to test is what stands
between the cuts. A text that fails any test is left to the patterns of `parser/text.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.format.plan import Field
from envoylog.parser import quick
from envoylog.parser.splits import Piece

OK: Final = "#ok"
_TEXT: Final = "#text"
#: Optimising so many expressions takes longer than it saves on a block.
AS_IT_IS: Final = pl.QueryOptFlags.none()
# Before the column of a field: its text as logged. Not `#`, as a field may be called `index`.
RAW: Final = "="
# What a printable text does not hold. Headers may hold tabs, and lines of istio-agent do.
_CONTROL: Final = frozenset(map(chr, (*range(0x20), 0x7F))) - {"\t"}


@dataclass(frozen=True)
class SplitReader:
    """Reads texts that split as their format does.

    Attributes
    ----------
    root : Piece
        The planned cuts of a whole record.
    """

    root: Piece
    _checks: dict[tuple[frozenset[str], bool], list[pl.Expr]] = dataclasses.field(
        default_factory=dict, compare=False
    )

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the record that are read, in order."""
        return tuple(field for field, _cut in _leaves(self.root, frozenset()))

    def read(self, texts: pl.Series, *, printable: bool = False) -> pl.DataFrame:
        """Split texts and test the pieces.

        Parameters
        ----------
        texts : polars.Series
            Strings, none of them null.
        printable : bool
            Whether they are known to hold no control characters but tabs.

        Returns
        -------
        polars.DataFrame
            One row per text: a typed column per field, and `#ok` where this is the reading.
        """
        pieces = self.pieces(texts)
        values = pieces.with_columns(self._values)
        few = quick.repeating(pieces.select(self._tested[printable]))
        key = few, printable
        if key not in self._checks:
            self._checks[key] = list(self._admits(*key))
        checks = pl.all_horizontal(self._checks[key]).fill_null(value=False)
        return values.select(*(field.column for field in self.fields), checks.alias(OK))

    def pieces(self, texts: pl.Series) -> pl.DataFrame:
        """Split texts: the text of each field, and `#ok` where all literals are in place."""
        frame = texts.alias(_TEXT).to_frame().lazy()
        for cuts in self._cuts:
            frame = frame.with_columns(cuts).unnest([cut.meta.output_name() for cut in cuts])
        return frame.select(self._pieces).collect(engine="streaming", optimizations=AS_IT_IS)

    @cached_property
    def _levels(self) -> list[list[tuple[str, Piece]]]:
        """The pieces by depth, with the name of the column that holds each."""
        levels = [[(_TEXT, self.root)]]
        while any(piece.parts for _name, piece in levels[-1]):
            levels.append(
                [
                    (part_name, part)
                    for name, piece in levels[-1]
                    for part_name, part in zip(_names(name, piece), piece.parts, strict=False)
                ]
            )
        return levels

    @cached_property
    def _cuts(self) -> list[list[pl.Expr]]:
        """The splits of each depth: structs, to be unnested."""
        return [
            [
                pl.col(name)
                .str.splitn(piece.separator, len(piece.parts) + 1)
                .struct.rename_fields(_names(name, piece))
                .alias(f"{name}.")
                for name, piece in level
                if piece.parts
            ]
            for level in self._levels[:-1]
        ]

    @cached_property
    def _pieces(self) -> list[pl.Expr]:
        """The text of each field, and whether the literals are right."""
        texts: list[pl.Expr] = []
        checks = [pl.lit(value=True)]
        for name, piece in (leaf for level in self._levels for leaf in level):
            if piece.parts:
                *_, last, spare = _names(name, piece)
                # Enough separators, and none to spare.
                checks += [pl.col(last).is_not_null(), pl.col(spare).is_null()]
                continue
            if piece.ignored:
                continue
            text, (before, after) = pl.col(name), piece.edges
            if piece.field is None:
                checks.append(text == before)
                continue
            if before and after:
                # One `"` is not two.
                checks.append(text.str.len_bytes() >= len((before + after).encode()))
            if before:
                checks.append(text.str.starts_with(before))
                text = text.str.strip_prefix(before)
            if after:
                checks.append(text.str.ends_with(after))
                text = text.str.strip_suffix(after)
            texts.append(text.alias(RAW + piece.field.column))
        return [*texts, pl.all_horizontal(checks).alias(OK)]

    @cached_property
    def _clean(self) -> dict[str, frozenset[str]]:
        """The characters that the text of a field does not hold, as they were cut on."""
        return {field.column: cut for field, cut in _leaves(self.root, frozenset())}

    @cached_property
    def _tested(self) -> dict[bool, list[str]]:
        """The fields whose test costs less on distinct texts, for printable texts and others."""
        return {
            printable: [
                RAW + field.column
                for field in self.fields
                if quick.has_shape(field, self._absent(field, printable=printable))
            ]
            for printable in (False, True)
        }

    def _absent(self, field: Field, *, printable: bool) -> frozenset[str]:
        return self._clean[field.column] | (_CONTROL if printable else frozenset())

    @cached_property
    def _values(self) -> list[pl.Expr]:
        return [
            quick.value(field, pl.col(RAW + field.column)).alias(field.column)
            for field in self.fields
        ]

    def _admits(self, few: frozenset[str], printable: bool) -> Iterator[pl.Expr]:
        yield pl.col(OK)
        for field in self.fields:
            name, value = RAW + field.column, pl.col(field.column)
            clean = self._absent(field, printable=printable)
            check = quick.admits(field, pl.col(name), value, few=name in few, clean=clean)
            if check is not None:
                yield check


def _leaves(piece: Piece, cut: frozenset[str]) -> Iterator[tuple[Field, frozenset[str]]]:
    """Find the fields, and what was cut on before each."""
    if piece.parts:
        for part in piece.parts:
            yield from _leaves(part, cut | {piece.separator})
    elif piece.field and not piece.ignored:
        yield piece.field, cut


def _names(name: str, piece: Piece) -> list[str]:
    """Name the columns of the parts of a piece, and one for what is too much."""
    return [f"{name}.{number}" for number in range(len(piece.parts) + 1)]
