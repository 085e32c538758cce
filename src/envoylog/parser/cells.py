"""Plan the cells of a record: what stands between its quotes and blanks, as places tell it.

Two cuts prove themselves at once (`parser/splits.py`): the quotes of a line, if it has as many as
the format, cut it into *regions*; the blanks of a region, if it has as many as the format there,
cut it into *cells*. A region in quotes that the format does not cut is one cell, with any blanks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from envoylog.format.lexer import Literal
from envoylog.format.plan import Field, Segment
from envoylog.parser.splits import Piece

QUOTE: Final = '"'
BLANK: Final = " "

#: A quote or newline, or so many blanks behind it: the region that begins there, and how many.
Stop = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands between two stops.

    Attributes
    ----------
    piece : Piece
        The literals and the field, if any.
    begin, end : Stop
        Where it does.
    clean : frozenset of str
        What its text does not hold, as it was cut on.
    empty : bool
        Whether it is known to be empty: it lies between a quote and a blank outside.
    """

    piece: Piece
    begin: Stop
    end: Stop
    clean: frozenset[str]
    empty: bool


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a record.

    Attributes
    ----------
    blanks : tuple of int or None
        How many blanks each region must hold; None for one cell in quotes, of which any are part.
    cells : tuple of Cell
        What a CSV reader finds, where the other quotes are replaced by blanks.
    """

    blanks: tuple[int | None, ...]
    cells: tuple[Cell, ...]

    @property
    def replaced(self) -> list[int]:
        """The regions in quotes of several cells."""
        return [place for place in range(1, len(self.blanks), 2) if self.blanks[place] is not None]


def plan_cells(segments: Sequence[Segment]) -> Cells | None:
    """Plan the cells of a record.

    Parameters
    ----------
    segments : sequence of Segment
        Literals and fields, as in the plan.

    Returns
    -------
    Cells or None
        None where it has other cuts, or characters that a plain line does not hold, or quotes with
        something else than a blank around them.
    """
    literals = "".join(segment.text for segment in segments if isinstance(segment, Literal))
    if not (literals.isascii() and literals.isprintable()) or "\\" in literals:
        return None
    regions = [list(_cut(part, BLANK)) for part in _cut(segments, QUOTE)]
    outer = regions[::2]
    if (
        len(regions) % 2 == 0
        or any(cells[-1] for cells in outer[:-1])
        or any(cells[0] for cells in outer[1:])
        or any(len(cells) == 1 for cells in outer[1:-1])
    ):
        return None
    whole = [place % 2 == 1 and len(parts) == 1 for place, parts in enumerate(regions)]
    cells: list[Cell] = []
    for place, parts in enumerate(regions):
        clean = frozenset(QUOTE if whole[place] else QUOTE + BLANK)
        for number, part in enumerate(parts):
            if sum(isinstance(segment, Field) for segment in part) > 1:
                return None
            last = number + 1 == len(parts)
            beside = {place - 1} if number == 0 and place else set()
            beside |= {place + 1} if last and place + 1 < len(regions) else set()
            empty = place % 2 == 0 and bool(beside)
            if empty and any(whole[other] for other in beside):
                continue  # it is the end of a cell in quotes
            end = (place + 1, 0) if last else (place, number + 1)
            cells.append(Cell(Piece(tuple(part)), (place, number), end, clean, empty))
    blanks = [None if one else len(parts) - 1 for one, parts in zip(whole, regions, strict=True)]
    return Cells(tuple(blanks), tuple(cells)) if len(cells) > 1 else None


def _cut(segments: Sequence[Segment], char: str) -> Iterator[list[Segment]]:
    run: list[Segment] = []
    for segment in segments:
        if isinstance(segment, Field):
            run.append(segment)
            continue
        for number, text in enumerate(segment.text.split(char)):
            if number:
                yield run
                run = []
            if text:
                run.append(Literal(text, segment.start, segment.end))
    yield run
