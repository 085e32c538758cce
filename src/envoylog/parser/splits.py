"""Plan the splits of a format string: which byte to cut on, and what stands between the cuts.

A byte that stands `n` times in the literals of a record, and exactly `n` times in a line, stands
in no value of that line: whoever reads the line must cut there. So every split whose count holds
is right in every reading, and needs no further proof.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from envoylog.format.lexer import Literal
from envoylog.format.plan import Field, Segment

# Bytes that values hold seldom; the rest of ASCII they hold often. This ranks, it proves nothing.
_SELDOM = frozenset("\t\"|`^~{}<>[]'#;\\")
_OFTEN_COST, _ALWAYS_COST = 100, 10_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a record between two cuts.

    Attributes
    ----------
    segments : tuple of Segment
        What it is made of.
    separator : str
        The character to cut it on; empty for a piece with at most one field.
    parts : tuple of Piece
        What the cut gives, one more than separators.
    ignored : bool
        Whether nobody asks what it holds.
    """

    segments: tuple[Segment, ...]
    separator: str = ""
    parts: tuple[Piece, ...] = ()
    ignored: bool = False

    @property
    def field(self) -> Field | None:
        """The one field of a piece that needs no cut."""
        return next((segment for segment in self.segments if isinstance(segment, Field)), None)

    @property
    def edges(self) -> tuple[str, str]:
        """The literal text before and after the field; all of it before, if there is no field."""
        before, after, seen = "", "", False
        for segment in self.segments:
            if isinstance(segment, Field):
                seen = True
            elif seen:
                after += segment.text
            else:
                before += segment.text
        return before, after

    def pruned(self, columns: AbstractSet[str]) -> Piece:
        """Leave out the cuts that some columns do not need."""
        if columns.isdisjoint(s.column for s in self.segments if isinstance(s, Field)):
            return replace(self, separator="", parts=(), ignored=True)
        return replace(self, parts=tuple(part.pruned(columns) for part in self.parts))


def plan_splits(segments: Sequence[Segment]) -> Piece | None:
    """Plan the cuts of a format string.

    Parameters
    ----------
    segments : sequence of Segment
        Literals and fields, as in the plan.

    Returns
    -------
    Piece or None
        None where two fields touch: no character separates them.
    """
    fields = [segment for segment in segments if isinstance(segment, Field)]
    if len(fields) <= 1:
        return Piece(tuple(segments))
    literals = "".join(segment.text for segment in segments if isinstance(segment, Literal))
    if not literals:
        return None
    separator = min(dict.fromkeys(literals), key=lambda char: _rank(char, fields, literals))
    runs: list[list[Segment]] = [[]]
    for segment in segments:
        if isinstance(segment, Field):
            runs[-1].append(segment)
            continue
        for number, text in enumerate(segment.text.split(separator)):
            if number:
                runs.append([])
            if text:
                runs[-1].append(Literal(text, segment.start, segment.end))
    parts = tuple(plan_splits(run) for run in runs)
    if any(part is None for part in parts):
        return None
    return Piece(tuple(segments), separator, tuple(part for part in parts if part))


def _rank(char: str, fields: Sequence[Field], literals: str) -> tuple[int, int]:
    return sum(_cost(char, field) for field in fields), -literals.count(char)


def _cost(char: str, field: Field) -> int:
    if field.timestamp:
        return _ALWAYS_COST if char in (field.command.argument or "-T:.Z") else 0
    held = any(
        re.fullmatch(field.pattern, text) for text in (char, f"a{char}a", f"1{char}1", f":{char}")
    )
    if not held:
        return 0
    return 1 if char in _SELDOM else _OFTEN_COST
