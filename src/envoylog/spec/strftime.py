"""The specifiers of `%START_TIME(…)%`: how Envoy writes each one and how polars reads it.

Envoy passes the argument to its own formatter: strftime, plus `%f` and `%1f` to `%9f` (fractions
of a second), `%s` (epoch seconds) and the `%E…` forms of Abseil. What it does not know it writes
as it stands. Fractions and the epoch are read by arithmetic (`parser/columns.py`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Specifier:
    """One `%x`: the text it writes, as a regular expression, and its spelling in polars.

    polars is given the parts of `%T` and its like: it checks formats, and misreads those.
    """

    pattern: str
    polars: str


_TWO = r"[0-9]{2}"
_PADDED = r"[ 0-9][0-9]"
_WORD = r"[A-Za-z]+"
_DATE, _TIME = rf"[0-9]{{4}}-{_TWO}-{_TWO}", rf"{_TWO}:{_TWO}:{_TWO}"

# fmt: off
SPECIFIERS: dict[str, Specifier] = {
    "Y": Specifier(r"[0-9]{4}", "%Y"),
    "y": Specifier(_TWO, "%y"),
    "m": Specifier(_TWO, "%m"),
    "d": Specifier(_TWO, "%d"),
    "e": Specifier(_PADDED, "%e"),
    "j": Specifier(r"[0-9]{3}", "%j"),
    "H": Specifier(_TWO, "%H"),
    "k": Specifier(_PADDED, "%k"),
    "I": Specifier(_TWO, "%I"),
    "l": Specifier(_PADDED, "%l"),
    "M": Specifier(_TWO, "%M"),
    "S": Specifier(_TWO, "%S"),
    "p": Specifier(r"[AP]M", "%p"),
    "P": Specifier(r"[ap]m", "%P"),
    "b": Specifier(_WORD, "%b"),
    "h": Specifier(_WORD, "%b"),
    "B": Specifier(_WORD, "%B"),
    "a": Specifier(_WORD, "%a"),
    "A": Specifier(_WORD, "%A"),
    "F": Specifier(_DATE, "%Y-%m-%d"),
    "T": Specifier(_TIME, "%H:%M:%S"),
    "X": Specifier(_TIME, "%H:%M:%S"),
    "R": Specifier(rf"{_TWO}:{_TWO}", "%H:%M"),
    "r": Specifier(rf"{_TIME} [AP]M", "%I:%M:%S %p"),
    "D": Specifier(rf"{_TWO}/{_TWO}/{_TWO}", "%m/%d/%y"),
    "x": Specifier(rf"{_TWO}/{_TWO}/{_TWO}", "%m/%d/%y"),
    "c": Specifier(rf"{_WORD} {_WORD} {_PADDED} {_TIME} [0-9]{{4}}", "%a %b %e %H:%M:%S %Y"),
    "z": Specifier(r"[+-][0-9]{4}", "%z"),
    "Ez": Specifier(rf"[+-]{_TWO}:{_TWO}", "%:z"),
    "t": Specifier(r"\t", "\t"),
    "%": Specifier(r"%", "%%"),
}
# fmt: on

#: Specifiers that give the date, the time of day, and the offset from UTC.
DATES = (
    *map(frozenset, ("F", "D", "x", "c", "Yj")),
    *(frozenset((year, month, day)) for year in "Yy" for month in "mbhB" for day in "de"),
)
TIMES = tuple(map(frozenset, ("T", "X", "R", "r", "c", "HM", "kM", "IMp", "IMP", "lMp", "lMP")))
OFFSETS = frozenset({"z", "Ez"})

#: What the operators write without an argument.
DEFAULT_UTC = "%Y-%m-%dT%H:%M:%S.%3fZ"
DEFAULT_LOCAL = "%Y-%m-%dT%H:%M:%S.%3f%z"
