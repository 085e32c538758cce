"""Reads one TEXT line the slow and obvious way, to hold the vectorised reader to it.

Nothing is shared with the parser but the plan: every cut is tried, every value is converted by
plain Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import regex

from envoylog.format.lexer import Literal
from envoylog.format.plan import Field, Segment
from envoylog.spec.values import Absence, ValueType

Reading = tuple[str, ...]
Row = dict[str, object]

_LARGEST = {ValueType.CODE: 2**15, ValueType.PORT: 2**31, ValueType.INTEGER: 2**63}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ImpossibleError(ValueError):
    """The value has the right shape, and there is no such moment or no such number."""


def readings(
    segments: Sequence[Segment],
    line: str,
    limit: int,
    *,
    longest: bool = False,
    usual: bool = False,
) -> list[Reading]:
    """List the ways to cut a line, by the length of the first value, then of the next.

    Parameters
    ----------
    segments : sequence of Segment
        Of a TEXT plan.
    line : str
        The line.
    limit : int
        How many are enough.
    longest : bool
        Longest values first; by default the shortest.
    usual : bool
        Narrow fields to what honest clients send.
    """

    @cache
    def tails(index: int, at: int) -> list[Reading]:
        if index == len(segments):
            return [()] if at == len(line) else []
        segment = segments[index]
        if isinstance(segment, Literal):
            follows = line.startswith(segment.text, at)
            return tails(index + 1, at + len(segment.text)) if follows else []
        pattern = segment.usual if usual and segment.usual else segment.pattern
        ends = range(at, len(line) + 1)
        found: list[Reading] = []
        for end in reversed(ends) if longest else ends:
            if regex.fullmatch(pattern, line, pos=at, endpos=end):
                found += [(line[at:end], *tail) for tail in tails(index + 1, end)]
            if len(found) >= limit:
                return found[:limit]
        return found

    return tails(0, 0)


def expected(segments: Sequence[Segment], line: str) -> Row | None:
    """Say which row a line must give; None for a reject.

    Of several readings the preferred is the first that honest clients could have caused, else the
    first of all. Where a value in it is impossible, the last of all is taken.
    """
    found = readings(segments, line, 2)
    preferred = readings(segments, line, 1, usual=True) if len(found) > 1 else []
    last = readings(segments, line, 1, longest=True)
    for reading in ((preferred or found)[:1]) + last:
        try:
            return convert(segments, reading) | {"ambiguous": len(found) > 1}
        except ImpossibleError:
            continue
    return None


def convert(segments: Sequence[Segment], reading: Reading) -> Row:
    """Convert the texts of a reading."""
    fields = [segment for segment in segments if isinstance(segment, Field)]
    pairs = zip(fields, reading, strict=True)
    return {field.column: _value(field, text) for field, text in pairs}


def _value(field: Field, text: str) -> object:
    if text == "-" or (text == "" and field.absence is Absence.EMPTY):
        return None
    if field.type in _LARGEST:
        if not -_LARGEST[field.type] <= int(text) < _LARGEST[field.type]:
            raise ImpossibleError(text)
        return int(text)
    return _moment(field.command.argument, text) if field.timestamp else text


def _moment(argument: str | None, text: str) -> datetime:
    try:
        if argument == "%s":
            return _EPOCH + timedelta(seconds=int(text))
        form = argument or "%Y-%m-%dT%H:%M:%S.%fZ"
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ImpossibleError(text) from None
