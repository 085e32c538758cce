"""Read one TEXT line exactly and slowly: all its readings, or where reading stops.

This is the parser that explains. The fast one (`text.py`) gives the same rows, which the tests
prove; it only knows the first and the last of the readings, and nothing of those between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from envoylog.format.lexer import Literal
from envoylog.format.plan import Segment

# A line that needs more is not explained: its readings are too many to be of use.
_STEPS, _SECONDS = 50_000, 1.0
# Looking at so many characters of one value is a step.
_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to cut a line: the text of each field, in the order of the format."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What can be said of one line.

    Attributes
    ----------
    readings : tuple of Reading
        All readings, or the first of them.
    complete : bool
        Whether these are all.
    truncated : bool
        Whether the line ends before the format does.
    stopped_at : int
        How many characters of the line fit the format, if there is no reading.
    """

    readings: tuple[Reading, ...]
    complete: bool
    truncated: bool
    stopped_at: int


def explain_line(segments: Sequence[Segment], line: str, limit: int = 10) -> Explanation:
    """Find the readings of one line.

    Parameters
    ----------
    segments : sequence of Segment
        Literals and fields, as in the plan.
    line : str
        One record.
    limit : int
        How many readings to give at most.

    Returns
    -------
    Explanation

    Examples
    --------
    >>> from envoylog.format.document import read_document
    >>> from envoylog.format.plan import make_plan
    >>> plan = make_plan(read_document('"%REQ(A)%" "%REQ(B)%"'))
    >>> found = explain_line(plan.members[0].segments, '"x" "y" "z"')
    >>> [reading.values for reading in found.readings]
    [('x', 'y" "z'), ('x" "y', 'z')]
    """
    search = _Search(segments, line)
    readings: list[Reading] = []
    try:
        for reading in search.readings():
            if len(readings) == limit:
                return Explanation(tuple(readings), complete=False, truncated=False, stopped_at=0)
            readings.append(Reading(reading))
    except (TimeoutError, _TooManyError):
        return Explanation(tuple(readings), complete=False, truncated=False, stopped_at=0)
    return Explanation(
        tuple(readings),
        complete=True,
        truncated=not readings and search.is_truncated(),
        stopped_at=search.furthest,
    )


class _TooManyError(Exception):
    """The line has more places to cut than anybody would look at."""


@dataclass(slots=True)
class _Place:
    """A segment to be read from a place of the line: the cuts left to try, and what they gave."""

    number: int
    at: int
    cuts: Iterator[tuple[int, tuple[str, ...]]]
    value: tuple[str, ...] = ()
    found: bool = False


class _Search:
    """Walks the cuts of one line from left to right, shortest values first."""

    def __init__(self, segments: Sequence[Segment], line: str) -> None:
        self.segments, self.line = segments, line
        self.furthest = self.steps = 0
        self.dead: set[tuple[int, int]] = set()

    def readings(self) -> Iterator[tuple[str, ...]]:
        """Yield the values of each reading."""
        places = [_Place(0, 0, self._cuts(0, 0))]
        while places:
            place = places[-1]
            if (cut := next(place.cuts, None)) is None:
                places.pop()
                if not place.found:
                    self.dead.add((place.number, place.at))
                elif places:
                    places[-1].found = True
                continue
            end, place.value = cut
            self.furthest = max(self.furthest, end)
            number = place.number + 1
            if number == len(self.segments):
                if end == len(self.line):
                    place.found = True
                    yield tuple(text for each in places for text in each.value)
            elif (number, end) not in self.dead:
                places.append(_Place(number, end, self._cuts(number, end)))

    def _cuts(self, number: int, at: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield where a segment may end, and its value if it has one."""
        segment = self.segments[number]
        if isinstance(segment, Literal):
            self._step(at, at)
            if self.line.startswith(segment.text, at):
                yield at + len(segment.text), ()
            return
        after = self.segments[number + 1] if number + 1 < len(self.segments) else None
        pattern = regex.compile(segment.pattern)
        if after is None:
            ends: Iterable[int] = (len(self.line),)
        elif isinstance(after, Literal):
            ends = self._places(after.text, at)
        else:
            ends = range(at, len(self.line) + 1)
        for end in ends:
            self._step(at, end)
            if pattern.fullmatch(self.line, at, end, timeout=_SECONDS):
                yield end, (self.line[at:end],)

    def _step(self, at: int, end: int) -> None:
        # A long value takes longer to look at.
        self.steps += 1 + (end - at) // _CHARACTERS
        if self.steps > _STEPS:
            raise _TooManyError

    def _places(self, text: str, at: int) -> Iterator[int]:
        place = self.line.find(text, at)
        while place >= 0:
            yield place
            place = self.line.find(text, place + 1)

    def is_truncated(self) -> bool:
        """Tell whether more text could have made a reading; False if that takes too long."""
        record = "".join(
            regex.escape(segment.text) if isinstance(segment, Literal) else f"(?:{segment.pattern})"
            for segment in self.segments
        )
        try:
            match = regex.fullmatch(record, self.line, partial=True, timeout=_SECONDS)
        except TimeoutError:
            return False
        return match is not None and match.partial
