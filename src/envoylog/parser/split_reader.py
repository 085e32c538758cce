"""Read texts by splits: how nearly all lines are read.

Every split comes with its proof (`parser/splits.py`), so what is left to test is what stands
between the cuts. A text that fails any test is left to the patterns of `parser/text.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.format.plan import Field
from envoylog.parser.decode import OK as OK  # noqa: PLC0414 - JSON has it from here
from envoylog.parser.decode import RAW as RAW  # noqa: PLC0414
from envoylog.parser.decode import Decoder
from envoylog.parser.splits import Piece

_TEXT: Final = "#text"
#: Optimising so many expressions takes longer than it saves on a block.
AS_IT_IS: Final = pl.QueryOptFlags.none()
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
        return self._decoders[printable].decode(self.pieces(texts))

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
    def _decoders(self) -> dict[bool, Decoder]:
        """For printable texts, and for others."""
        return {
            printable: Decoder(
                tuple(
                    (field, cut | _CONTROL if printable else cut)
                    for field, cut in _leaves(self.root, frozenset())
                )
            )
            for printable in (False, True)
        }


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
