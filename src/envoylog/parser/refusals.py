"""Say why a TEXT line has no reading: at which field reading stopped, and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.format.lexer import Literal
from envoylog.format.plan import Field, Segment
from envoylog.parser.columns import REFUSAL
from envoylog.parser.text import INDEX, escape

_Stop = dict[str, str | None]

# Empty, but it tells whether reading came so far.
_MARK: Final = "()"
_IMPOSSIBLE: Final[_Stop] = {
    "reason": "the value is impossible or out of range",
    "field": None,
}


@dataclass(frozen=True)
class Explainer:
    """Says of lines that are no record why not.

    They are read from left to right, each value as short as what follows it permits, up to the
    first segment that does not fit.

    Attributes
    ----------
    segments : tuple of Segment
        The record.
    """

    segments: tuple[Segment, ...]

    def explain(self, texts: pl.Series) -> pl.Series:
        """Explain refused lines.

        Parameters
        ----------
        texts : polars.Series
            The lines.

        Returns
        -------
        polars.Series
            Of structs `reason` and `field`, one per line. Reasons speak of the format only, so
            they can be counted.
        """
        if texts.is_empty():
            return pl.Series(dtype=REFUSAL)
        pattern, stops = self._compiled
        marks = texts.str.extract_groups(pattern).struct.unnest().with_row_index(INDEX)
        reached = marks.unpivot(index=INDEX, variable_name="mark").drop_nulls("value")
        last = reached.unique(INDEX, keep="last", maintain_order=True)
        start = pl.zeros(len(texts), dtype=pl.UInt32, eager=True)
        return stops.gather(start.scatter(last[INDEX], last["mark"].cast(pl.UInt32)))

    @cached_property
    def _compiled(self) -> tuple[str, pl.Series]:
        pattern, stops = _marked(self.segments, None)
        return f"(?U)^{pattern}", pl.Series([_stop(self.segments, None), *stops], dtype=REFUSAL)


def _marked(segments: Sequence[Segment], before: Field | None) -> tuple[str, list[_Stop]]:
    """Match as much of a record as there is; of each mark, say why reading went no further."""
    if not segments:
        return f"(?:${_MARK})??", [_IMPOSSIBLE]
    first, rest = segments[0], segments[1:]
    if isinstance(first, Literal):
        inner, stops = _marked(rest, before)
        return f"(?:{escape(first.text)}{_MARK}{inner})??", [_stop(rest, before), *stops]
    value = f"(?:{first.pattern})"
    if rest and isinstance(rest[0], Field):
        inner, stops = _marked(rest, first)
        return f"(?:{value}{_MARK}{inner})??", [_stop(rest, first), *stops]
    # The value ends where what follows it begins, or else wherever it likes.
    after, inner, stops = f"${_MARK}", "", [_IMPOSSIBLE]
    if rest and isinstance(rest[0], Literal):
        inner, stops = _marked(rest[1:], first)
        after, stops = f"{escape(rest[0].text)}{_MARK}", [_stop(rest[1:], first), *stops]
    # Greedy in the second place: of what two branches begin with, the engine makes one, which then
    # ends too early.
    return f"(?:{value}{after}{inner}|(?-U:{value}){_MARK})??", [*stops, _stop(rest, first)]


def _stop(segments: Sequence[Segment], before: Field | None) -> _Stop:
    """Say why reading stops before these segments."""
    column = before.column if before else None
    if not segments:
        reason = "more text follows than the format has"
    elif isinstance(segments[0], Field):
        reason, column = f"expected {segments[0].text_class.meaning}", segments[0].column
    elif before:
        reason = f"expected {segments[0].text!r} after it"
    else:
        reason = f"the line does not start with {segments[0].text!r}"
    return {"reason": reason, "field": column}
