"""Compile the argument of `%START_TIME(…)%` into what the parser needs to read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from envoylog.format.lexer import Command
from envoylog.spec.strftime import (
    DATES,
    DEFAULT_LOCAL,
    DEFAULT_UTC,
    OFFSETS,
    SPECIFIERS,
    TIMES,
)

# `%E*S` and `%E3S` are seconds with a fraction; `%3f` is the fraction alone.
_SPECIFIER = re.compile(r"%(E(?:[0-9]+|\*)S|E?[A-Za-z]|[1-9]f|%)")
_FRACTION = re.compile(r"(?P<places>[1-9]?)f")
_SECONDS = re.compile(r"E(?P<places>[0-9]+|\*)S")


# What stands before the seconds, if each part has one width: `%b` is three letters everywhere.
_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "e": 2, "j": 3, "H": 2, "k": 2, "M": 2, "b": 3, "a": 3}
_TO_THE_MINUTE = re.compile(
    r"(?P<head>(?:%[YymdejHkMba]|%%|[^%])*)%S(?:%\.(?P<places>[369])f)?(?P<after>(?:%%|[^%])*)"
)


@dataclass(frozen=True, slots=True)
class Minute:
    """The text of a timestamp up to its seconds, where that has one width.

    A block of a log spans few minutes, so that few texts need to be read as dates.

    Attributes
    ----------
    pattern : str
        The regular expression of that text.
    polars : str
        The format of `str.to_datetime` for it.
    width : int
        Its characters, all of them ASCII.
    places : int
        Digits of the fraction that follows two digits of seconds and a dot; 0 for no fraction.
    after : str
        The text after that.
    """

    pattern: str
    polars: str
    width: int
    places: int
    after: str


@dataclass(frozen=True, slots=True)
class Timestamp:
    """How one timestamp is written.

    Attributes
    ----------
    before, after : str
        Regular expressions of the text around a fraction of a second that polars cannot read by
        itself; all of it is in `before` where there is none.
    fraction : str
        The regular expression of that fraction, with one group around its digits; or empty.
    polars : str
        The format of `str.to_datetime` for what is around the fraction. Empty where that is
        seconds since 1970.
    zoned : bool
        Whether the text carries its own offset.
    zone : str
        The zone of a text without an offset.
    """

    before: str
    fraction: str
    after: str
    polars: str
    zoned: bool
    zone: str = "UTC"

    @property
    def pattern(self) -> str:
        """The regular expression of the whole text, without groups."""
        return f"{self.before}{self.fraction.replace('([', '(?:[')}{self.after}"

    @property
    def minute(self) -> Minute | None:
        """The part up to the seconds; None where it varies in width or is not in UTC."""
        match = _TO_THE_MINUTE.fullmatch(self.polars)
        if self.fraction or self.zone != "UTC" or not (match and self.polars.isascii()):
            return None
        pattern, width = "", 0
        for name, literal in re.findall(r"%([A-Za-z])|(%%|[^%])", match["head"]):
            pattern += SPECIFIERS[name].pattern if name else re.escape(literal[-1])
            width += _WIDTHS[name] if name else 1
        after = match["after"].replace("%%", "%")
        return Minute(pattern, match["head"], width, int(match["places"] or 0), after)


def read_timestamp(command: Command, zone: str | None = None) -> Timestamp | None:
    """Compile the time format of a command.

    Parameters
    ----------
    command : Command
        An operator of type timestamp.
    zone : str, optional
        The IANA zone of the machine that wrote the log, for local times without an offset.

    Returns
    -------
    Timestamp or None
        None where the text does not tell one moment: no date or no time of day in it, a specifier
        without a row in `spec/strftime.py`, or a local time without offset and zone.

    Examples
    --------
    >>> read_timestamp(Command("START_TIME", None, None, 0, 12)).polars
    '%Y-%m-%dT%H:%M:%S%.3fZ'
    """
    local = command.name.endswith("_LOCAL")
    literals, names = _pieces(command)
    if "s" in names:
        return _read_epoch(literals, names)
    shape = _Shape()
    shape.add_text(literals[0])
    for name, literal in zip(names, literals[1:], strict=True):
        if not shape.add(name, local=local):
            return None
        shape.add_text(literal)
    known = {"S" if _SECONDS.fullmatch(name) else name for name in names}
    zoned = bool(known & OFFSETS)
    if local and not zoned and zone is None:
        return None
    if not (any(date <= known for date in DATES) and any(time <= known for time in TIMES)):
        return None
    if not _polars_reads(shape):
        return None
    zone = zone if local and zone else "UTC"
    return Timestamp(shape.before, shape.fraction, shape.after, shape.polars, zoned, zone)


def write_timestamp(command: Command, moment: datetime) -> str:
    """Write a moment as the command would.

    Parameters
    ----------
    command : Command
        An operator of type timestamp.
    moment : datetime
        With its zone; the operators that do not end in `_LOCAL` write UTC.

    Returns
    -------
    str

    Examples
    --------
    >>> command = Command("START_TIME", "%s.%3f", None, 0, 0)
    >>> write_timestamp(command, datetime(2026, 11, 24, 12, 0, 0, 250000, tzinfo=UTC))
    '1795521600.250'
    """
    if not command.name.endswith("_LOCAL"):
        moment = moment.astimezone(UTC)
    literals, names = _pieces(command)
    written = (
        _write(name, moment) + literal for name, literal in zip(names, literals[1:], strict=True)
    )
    return literals[0] + "".join(written)


def _write(name: str, moment: datetime) -> str:
    nanos = f"{moment.microsecond:06d}000"
    if name == "s":
        return str(int(moment.timestamp()))
    if match := _FRACTION.fullmatch(name):
        return nanos[: int(match["places"] or 9)]
    if match := _SECONDS.fullmatch(name):
        places = match["places"]
        fraction = nanos.rstrip("0") if places == "*" else nanos[: int(places)]
        return f"{moment:%S}" + (f".{fraction}" if fraction else "")
    if name == "Ez":
        return f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:]
    return moment.strftime(f"%{name}")


def _pieces(command: Command) -> tuple[list[str], list[str]]:
    """Split a time format into literals and the names of specifiers between them."""
    local = command.name.endswith("_LOCAL")
    pieces = _SPECIFIER.split(command.argument or (DEFAULT_LOCAL if local else DEFAULT_UTC))
    return pieces[0::2], pieces[1::2]


class _Shape:
    """Builds patterns and polars format side by side."""

    def __init__(self) -> None:
        self.before, self.fraction, self.after, self.polars = "", "", "", ""

    def add_text(self, text: str) -> None:
        self._add(re.escape(text), text.replace("%", "%%"))

    def add(self, name: str, *, local: bool) -> bool:
        if name == "Z" and not local:
            self.add_text("UTC")
        elif row := SPECIFIERS.get(name):
            self._add(row.pattern, row.polars)
        elif match := _SECONDS.fullmatch(name):
            self._add(SPECIFIERS["S"].pattern, SPECIFIERS["S"].polars)
            if match["places"] == "*":
                return self._add_apart(r"(?:\.([0-9]{1,9}))?")
            if int(match["places"]):
                self.add_text(".")
                return self._add_fraction(int(match["places"]))
        elif match := _FRACTION.fullmatch(name):
            return self._add_fraction(int(match["places"] or 9))
        else:
            return False
        return True

    def _add(self, pattern: str, polars: str) -> None:
        if self.fraction:
            self.after += pattern
        else:
            self.before += pattern
        self.polars += polars

    def _add_fraction(self, places: int) -> bool:
        # polars reads three, six and nine places after a dot by itself, which is faster.
        if places in (3, 6, 9) and self.polars.endswith("."):
            self.polars = self.polars[:-1]
            self._add(f"[0-9]{{{places}}}", f"%.{places}f")
            return True
        return self._add_apart(f"([0-9]{{{places}}})")

    def _add_apart(self, pattern: str) -> bool:
        if self.fraction:
            return False
        self.fraction = pattern
        return True


def _polars_reads(shape: _Shape) -> bool:
    # An hour only with its minute, 12 hours only with AM or PM, one fraction with its second.
    given = re.findall(r"%[.0-9]*([A-Za-z])", shape.polars.replace("%%", ""))
    hour, half = not {"H", "k", "I", "l"}.isdisjoint(given), not {"I", "l"}.isdisjoint(given)
    fractions = given.count("f") + bool(shape.fraction)
    return (
        hour == ("M" in given)
        and half == ("p" in given or "P" in given)
        and fractions <= ("S" in given)
    )


def _read_epoch(literals: list[str], names: list[str]) -> Timestamp | None:
    fraction = _FRACTION.fullmatch(names[1]) if len(names) > 1 else None
    if names[0] != "s" or len(names) > 1 + bool(fraction):
        return None
    before = f"{re.escape(literals[0])}[0-9]{{1,11}}{re.escape(literals[1])}"
    digits = f"([0-9]{{{fraction['places'] or 9}}})" if fraction else ""
    return Timestamp(before, digits, re.escape(literals[2]) if fraction else "", "", zoned=False)
