"""The specifiers of `%START_TIME(…)%`: how Envoy writes each one and how polars reads it.

Envoy passes the argument to its own formatter: strftime, plus `%f` and `%1f` to `%9f` (fractions
of a second), `%s` (epoch seconds) and the `%E…` forms of Abseil. Fractions that polars has no
specifier for, and the epoch, are read by arithmetic (`parser/columns.py`), not by this table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Specifier:
    """One `%x`: the text it writes, as a regular expression, and its spelling in polars."""

    pattern: str
    polars: str


_TWO = r"[0-9]{2}"
_WORDS = r"[A-Za-z]+"

# fmt: off
SPECIFIERS: dict[str, Specifier] = {
    "Y": Specifier(r"[0-9]{4}", "%Y"),
    "y": Specifier(_TWO, "%y"),
    "m": Specifier(_TWO, "%m"),
    "d": Specifier(_TWO, "%d"),
    "e": Specifier(r"[ 0-9][0-9]", "%e"),
    "H": Specifier(_TWO, "%H"),
    "I": Specifier(_TWO, "%I"),
    "M": Specifier(_TWO, "%M"),
    "S": Specifier(_TWO, "%S"),
    "p": Specifier(r"[AP]M", "%p"),
    "j": Specifier(r"[0-9]{3}", "%j"),
    "b": Specifier(_WORDS, "%b"),
    "h": Specifier(_WORDS, "%b"),
    "B": Specifier(_WORDS, "%B"),
    "a": Specifier(_WORDS, "%a"),
    "A": Specifier(_WORDS, "%A"),
    "F": Specifier(rf"[0-9]{{4}}-{_TWO}-{_TWO}", "%Y-%m-%d"),
    "T": Specifier(rf"{_TWO}:{_TWO}:{_TWO}", "%H:%M:%S"),
    "R": Specifier(rf"{_TWO}:{_TWO}", "%H:%M"),
    "D": Specifier(rf"{_TWO}/{_TWO}/{_TWO}", "%m/%d/%y"),
    "z": Specifier(r"[+-][0-9]{4}", "%z"),
    "Ez": Specifier(rf"[+-]{_TWO}:{_TWO}", "%:z"),
    "s": Specifier(r"[0-9]+", "%s"),
    "3f": Specifier(r"[0-9]{3}", "%3f"),
    "6f": Specifier(r"[0-9]{6}", "%6f"),
    # The clock has microseconds: the last three of nine digits are zeros.
    "9f": Specifier(r"[0-9]{9}", "%9f"),
    "f": Specifier(r"[0-9]{9}", "%9f"),
    "E3S": Specifier(rf"{_TWO}\.[0-9]{{3}}", "%S%.3f"),
    "E6S": Specifier(rf"{_TWO}\.[0-9]{{6}}", "%S%.6f"),
    "t": Specifier(r"\t", "\t"),
    "%": Specifier(r"%", "%%"),
}
# fmt: on

#: What the operators write without an argument.
DEFAULT_UTC = "%Y-%m-%dT%H:%M:%S.%3fZ"
DEFAULT_LOCAL = "%Y-%m-%dT%H:%M:%S.%3f%z"
