"""Compile the argument of `%START_TIME(…)%` into what the parser needs to read it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from envoylog.format.lexer import Command
from envoylog.spec.strftime import DEFAULT_LOCAL, DEFAULT_UTC, SPECIFIERS

_SPECIFIER = re.compile(r"%(E?[0-9*]*[A-Za-z%])")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """How one timestamp is written.

    Attributes
    ----------
    pattern : str
        The regular expression of its text.
    polars : str
        The format for `str.to_datetime`.
    zoned : bool
        Whether the text carries its own offset; without one it is UTC.
    epoch : bool
        Whether the text is seconds since 1970, perhaps with a fraction.
    """

    pattern: str
    polars: str
    zoned: bool
    epoch: bool = False


def read_timestamp(command: Command) -> Timestamp | None:
    """Compile the time format of a command.

    Parameters
    ----------
    command : Command
        An operator of type timestamp.

    Returns
    -------
    Timestamp or None
        None where the text does not tell one moment: a specifier without a row in
        `spec/strftime.py`, no date, or a local time without its offset. Such a column stays text.

    Examples
    --------
    >>> read_timestamp(Command("START_TIME", None, None, 0, 12)).polars
    '%Y-%m-%dT%H:%M:%S%.3fZ'
    """
    local = command.name.endswith("_LOCAL")
    text = command.argument or (DEFAULT_LOCAL if local else DEFAULT_UTC)
    pieces = _SPECIFIER.split(text)
    literals, names = pieces[0::2], pieces[1::2]
    if any("%" in literal for literal in literals) or any(name not in SPECIFIERS for name in names):
        return None
    if "s" in names:
        plain = re.fullmatch(r"%s(?:\.%[0-9]?f)?", text)
        return Timestamp(r"[0-9]+(?:\.[0-9]+)?", "", zoned=False, epoch=True) if plain else None
    zoned = bool({"z", "Ez"} & set(names))
    if not _has_date_and_time(names) or (local and not zoned):
        return None
    pattern, polars = re.escape(literals[0]), literals[0]
    for name, literal in zip(names, literals[1:], strict=True):
        pattern += SPECIFIERS[name].pattern + re.escape(literal)
        # polars writes a fraction after a dot as `%.3f`: the dot moves into the specifier.
        if name[-1] == "f" and polars.endswith("."):
            polars = polars[:-1] + SPECIFIERS[name].polars.replace("%", "%.", 1)
        else:
            polars += SPECIFIERS[name].polars
        polars += literal
    return Timestamp(pattern, polars, zoned)


def _has_date_and_time(names: list[str]) -> bool:
    given = set(names)
    date = bool(given & {"F", "D"}) or (
        bool(given & {"Y", "y"})
        and (("j" in given) or bool(given & {"m", "b", "h", "B"} and given & {"d", "e"}))
    )
    # polars takes an hour only with its minute, 12 hours only with AM or PM, and one fraction,
    # only with its second.
    time = bool(given & {"T", "R"}) or ("M" in given and bool(given & {"H", "I"}))
    halves = ("I" in given) == ("p" in given)
    fractions = [name for name in names if name[-1] == "f" or name in {"E3S", "E6S"}]
    seconds = bool(given & {"T", "S", "E3S", "E6S"})
    return date and time and halves and (not fractions or (len(fractions) == 1 and seconds))
