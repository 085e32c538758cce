"""Say why a TEXT line has no reading: at which field reading stopped, and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from envoylog.format.lexer import Literal
from envoylog.format.plan import Field, Segment
from envoylog.parser.columns import REFUSAL
from envoylog.parser.text import escape

_Stop = dict[str, str | None]

# Empty, but it tells whether reading came so far.
_MARK: Final = "()"
_IMPOSSIBLE: Final[_Stop] = {
    "reason": "the value is impossible or out of range",
    "field": None,
}


def explain(segments: Sequence[Segment], texts: pl.Series) -> pl.Series:
    """Explain refused lines.

    They are read from left to right, each value as short as what follows it permits, up to the
    first segment that does not fit.

    Parameters
    ----------
    segments : sequence of Segment
        The record that they are not.
    texts : polars.Series
        The lines.

    Returns
    -------
    polars.Series
        Of structs `reason` and `field`, one per line. Reasons speak of the format only, so they
        can be counted.
    """
    if texts.is_empty():
        return pl.Series(dtype=REFUSAL)
    pattern, stops = _marked(segments, None)
    marks = texts.str.extract_groups(f"(?U)^{pattern}").struct.unnest()
    last = marks.select(
        pl.max_horizontal(
            pl.when(pl.col(name).is_not_null()).then(number)
            for number, name in enumerate(marks.columns, 1)
        ).fill_null(0)
    ).to_series()
    return pl.Series([_stop(segments, None), *stops], dtype=REFUSAL).gather(last)


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
