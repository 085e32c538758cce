"""Can each boundary of a TEXT format be read back? Find pairs of fields that can trade text.

Two fields can trade text where both can hold what stands between them: `"%REQ(A)%" "%REQ(B)%"`
written with `x" "y` for either of them gives the same line. The parser flags such lines; this
module says so beforehand, with a line that shows it, and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from envoylog.format.document import Encoding
from envoylog.format.lexer import Literal
from envoylog.format.plan import Field, Plan, PlanMember, Segment
from envoylog.format.timestamps import write_timestamp
from envoylog.spec import values as v

_MOMENT = datetime(2026, 11, 24, 6, 30, 15, tzinfo=UTC)
_SAMPLES = ("a", "0", "10.0.0.1:80", "HTTP/1.1", "-")
# Any header may hold blanks, so a blank after it is no separator that one would choose.
_BLANK = " "


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Two fields that can trade text.

    Attributes
    ----------
    first, second : Field
        The fields, in the order of the format.
    between : str
        What stands between them, values of fields between them included.
    line : str
        A line that can be read in two ways.
    everyday : bool
        Whether honest traffic writes such lines: nothing or a blank separates the two. Otherwise
        it takes a client that forges a header.
    """

    first: Field
    second: Field
    between: str
    line: str
    everyday: bool

    @property
    def message(self) -> str:
        """What happens and what to do, in two sentences."""
        first, second = self.first.command.text, self.second.command.text
        if not self.between:
            what = f"nothing stands between {first} and {second}"
            advice = "Put a separator between them."
        else:
            what = f"{first} and {second} can both hold the {self.between!r} between them"
            advice = "Put the values in quotes, or TABs between them."
        return f"{what}: some lines can be read in several ways, and are marked ambiguous. {advice}"


def find_ambiguities(plan: Plan) -> tuple[Ambiguity, ...]:
    """Find the fields of a format that can trade text.

    Parameters
    ----------
    plan : Plan
        A compiled format.

    Returns
    -------
    tuple of Ambiguity
        For each field the nearest partner to its right; none for JSON, which escapes.

    Notes
    -----
    Pairs are tried with a few typical values, so a format that only unusual values can mix up may
    go unnoticed. None is known, and the parser marks every ambiguous line in any case.

    Examples
    --------
    >>> from envoylog.format.document import read_document
    >>> from envoylog.format.plan import make_plan
    >>> find_ambiguities(make_plan(read_document("%PROTOCOL% %REQ(USER-AGENT)% %DURATION%")))
    ()
    >>> plan = make_plan(read_document('"%REQ(REFERER)%" "%REQ(USER-AGENT)%"'))
    >>> find_ambiguities(plan)[0].line
    '"a" "a" "a"'
    """
    if plan.encoding is Encoding.JSON:
        return ()
    return tuple(_pairs(plan.members[0]))


def readability(plan: Plan) -> Iterator[str]:
    """Say in sentences what cannot always be read back, everyday trouble first.

    Parameters
    ----------
    plan : Plan
        A compiled format.

    Yields
    ------
    str
        One sentence or two for each pair that honest traffic mixes up, then one for all others.
    """
    found = find_ambiguities(plan)
    yield from (ambiguity.message for ambiguity in found if ambiguity.everyday)
    forged = dict.fromkeys(
        field.command.text
        for ambiguity in found
        if not ambiguity.everyday
        for field in (ambiguity.first, ambiguity.second)
    )
    if forged:
        yield (
            f"TEXT escapes nothing: whoever puts separators into {', '.join(forged)} makes lines "
            "that can be read in several ways; they are marked ambiguous. JSON has no such lines."
        )


def _pairs(member: PlanMember) -> Iterator[Ambiguity]:
    segments = member.segments
    places = [place for place, segment in enumerate(segments) if isinstance(segment, Field)]
    for number, first in enumerate(places):
        for second in places[number + 1 :]:
            if found := _trade(segments, first, second):
                yield found
                break


def _trade(segments: Sequence[Segment], first: int, second: int) -> Ambiguity | None:
    """Try to let two fields trade text: `x b y` and `z`, or `x` and `y b z`."""
    left, right = segments[first], segments[second]
    if not isinstance(left, Field) or not isinstance(right, Field):
        return None
    between = "".join(map(_sample, segments[first + 1 : second]))
    x, z = _sample(left), _sample(right)
    ways = [
        (f"{x}{between}{y}", f"{y}{between}{z}")
        for y in dict.fromkeys((x, z, *_SAMPLES, ""))
        if between or y
    ]
    for longer_left, longer_right in ways:
        if re.fullmatch(left.pattern, longer_left) and re.fullmatch(right.pattern, longer_right):
            before = "".join(map(_sample, segments[:first]))
            after = "".join(map(_sample, segments[second + 1 :]))
            line = f"{before}{longer_left}{between}{z}{after}"
            inside = segments[first + 1 : second]
            everyday = not inside or _everyday(left, segments[first + 1])
            return Ambiguity(left, right, between, line, everyday)
    return None


def _everyday(field: Field, after: Segment) -> bool:
    blank = isinstance(after, Literal) and after.text.startswith(_BLANK)
    return field.text_class is v.HEADER and blank


def _sample(segment: Segment) -> str:
    if isinstance(segment, Literal):
        return segment.text
    if segment.timestamp:
        return write_timestamp(segment.command, _MOMENT)
    return next((text for text in _SAMPLES if re.fullmatch(segment.pattern, text)), "")
