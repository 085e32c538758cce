"""What a value may be: `max = "1%"`, `max = "250ms"`, `max_rise = "50%"`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from envoylog.display.shown import shown
from envoylog.errors import QueryError

#: What may stand behind a number, as a UCUM unit and how many of it.
_SUFFIXES: Final = {
    "": ("", 1.0),
    "%": ("%", 0.01),
    "us": ("s", 1e-6), "ms": ("s", 1e-3), "s": ("s", 1.0), "m": ("s", 60.0), "h": ("s", 3600.0),
    "B": ("By", 1.0), "kB": ("By", 1e3), "MB": ("By", 1e6), "GB": ("By", 1e9),
}  # fmt: skip
#: The units of columns, as base units of Prometheus: what kind, and how many of it.
BASE_UNITS: Final = {"ratio": ("ratio", 1.0), "ms": ("s", 1e-3), "s": ("s", 1.0), "By": ("By", 1.0)}


class Bound(StrEnum):
    """What is limited."""

    MAX = "max"
    MIN = "min"
    MAX_RISE = "max_rise"
    MAX_FALL = "max_fall"


_WORDS: Final = {
    Bound.MAX: "at most {}",
    Bound.MIN: "at least {}",
    Bound.MAX_RISE: "may rise by {}",
    Bound.MAX_FALL: "may fall by {}",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, as it was written.

    Attributes
    ----------
    bound : Bound
        Of what.
    number : float
        How much.
    suffix : str
        `%`, `ms`, `s`, `MB`…; empty for the column's own unit.
    """

    bound: Bound
    number: float
    suffix: str = ""

    @classmethod
    def read(cls, bound: Bound, given: object) -> Limit:
        """Read a number, or a text of a number and a unit.

        Raises
        ------
        QueryError
            If it is neither.

        Examples
        --------
        >>> Limit.read(Bound.MAX, "250ms")
        Limit(bound=<Bound.MAX: 'max'>, number=250.0, suffix='ms')
        """
        if isinstance(given, (int, float)) and not isinstance(given, bool):
            return cls(bound, float(given))
        match = re.fullmatch(
            r"([+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([A-Za-z%]*)", str(given).strip()
        )
        if not isinstance(given, str) or not match or match[2] not in _SUFFIXES:
            listed = ", ".join(suffix for suffix in _SUFFIXES if suffix)
            raise QueryError(f'{bound} = {given!r}: write a number, or "1%", "250ms": {listed}')
        return cls(bound, float(match[1]), match[2])

    @property
    def is_relative(self) -> bool:
        """Whether it is a share of the baseline."""
        return self.suffix == "%" and self.bound in {Bound.MAX_RISE, Bound.MAX_FALL}

    @property
    def words(self) -> str:
        """Say it."""
        return _WORDS[self.bound].format(
            f"{self.number:g}{self.suffix and f' {self.suffix}'}".replace(" %", "%")
        )

    def within(self, unit: str) -> float:
        """Give the number in the unit of a column; a share for what is relative.

        Raises
        ------
        QueryError
            If a column of that unit has no such values.

        Examples
        --------
        >>> Limit(Bound.MAX, 1.5, "s").within("ms")
        1500.0
        """
        kind, size = _SUFFIXES[self.suffix]
        if not self.suffix or self.is_relative:
            return self.number * size
        own, scale = BASE_UNITS.get(unit, (unit, 1.0))
        if kind == "%" and own == "ratio":
            return self.number * size
        if kind != own:
            measured = f"is in {unit}" if unit else "has no unit"
            raise QueryError(
                f"{self.bound} = '{self.number:g}{self.suffix}': the column {measured}"
            )
        return round(self.number * size / scale, 12)

    def holds(self, value: float, before: float | None, unit: str) -> bool | None:
        """Tell whether a value is within the limit; None where that cannot be told."""
        limit = self.within(unit)
        if self.bound is Bound.MAX:
            return value <= limit
        if self.bound is Bound.MIN:
            return value >= limit
        # Any rise from nothing is infinitely large.
        rising = self.bound is Bound.MAX_RISE and self.is_relative
        if before is None or (rising and before == 0 < value):
            return None
        room = limit * abs(before) if self.is_relative else limit
        change = value - before
        return change <= room if self.bound is Bound.MAX_RISE else -change <= room


def in_words(value: object, unit: str = "") -> str:
    """Write a value with its unit.

    Examples
    --------
    >>> in_words(0.2924, "ratio"), in_words(1200, "ms"), in_words("worse")
    ('29.24%', '1,200 ms', 'worse')
    """
    text = shown(value, unit).text
    return text if unit in {"", "ratio"} or value is None else f"{text} {unit}"
