r"""Read one JSON line exactly: the second chance of lines that the vectorised ways cannot take.

Such a line has a nested value where a scalar is expected, a duplicate key, keys that the format
does not know, or bytes that were not UTF-8. What the format has no place for is set aside as
`extra`. Its values are those that the decoder would give, so that all ways give the same row.

Where a value was not valid UTF-8, Envoy writes every byte of it from 0x80 up as ``\u00XX``, and it
never escapes valid text so. Those escapes are turned back into bytes, and bytes that are not UTF-8
are shown as ``\xNN``, exactly as in TEXT logs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Union

import polars as pl

from envoylog.format.document import Path


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in every record as it is; worth keeping only where it differs."""

    value: object

    def is_(self, value: object) -> bool:
        """Tell whether a decoded value is this one; all numbers of Envoy go through a double."""
        if isinstance(value, _Number):
            is_number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
            return is_number and float(value) == float(self.value)  # type: ignore[arg-type]
        return type(value) is type(self.value) and value == self.value


#: The keys of a format: None for a value, a mapping for a nested object. _Numbers are places in a
#: list.
Keys = Mapping[str | int, Union["Keys", Constant, None]]

# A whole number of so many digits is spelled in one way only.
_DIGITS: Final = 18

_write = json.JSONEncoder(ensure_ascii=False).encode
# Every escape is taken whole, so that a backslash which is escaped itself begins none.
_ESCAPE = re.compile(r"\\(?:u00([89a-fA-F][0-9a-fA-F])|.)")


class _Number(str):
    """A number as the log spells it."""

    __slots__ = ()


class _Members(list[tuple[str | int, object]]):
    """An object with its members in order, duplicates included."""

    __slots__ = ()


#: What a format's keys hold in one line; in nested objects dictionaries again.
Values = dict[str | int, Union["Values", str, bool, None]]


@dataclass(frozen=True, slots=True)
class Exact:
    """What is in a line.

    Attributes
    ----------
    known : Values
        By the keys of the format, those that are there; None for what stands in every record.
    extra : str or None
        A JSON object with everything else.
    """

    known: Values
    extra: str | None

    def text(self, path: Path) -> str | None:
        """Give one value as text."""
        value: Values | str | bool | None = self.known
        for key in path:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        if isinstance(value, bool):
            return "true" if value else "false"
        return None if isinstance(value, dict) else value


def read_exactly(text: str, keys: Keys) -> Exact | None:
    r"""Read a line and account for all that is in it.

    Parameters
    ----------
    text : str
        One line.
    keys : Keys
        What the format knows.

    Returns
    -------
    Exact or None
        None if the line is not a JSON object.

    Examples
    --------
    >>> read_exactly('{"a":{"b":1},"z":1.50,"a":2}', {"a": None})
    Exact(known={'a': '{"b":1}'}, extra='{"z":1.50,"a":2}')
    """
    # Python's stand-in for a byte that is not UTF-8 is the surrogate U+DCXX.
    marked = text
    if "\\u00" in text:
        marked = _ESCAPE.sub(lambda found: rf"\udc{found[1]}" if found[1] else found[0], text)
    try:
        value = json.loads(
            marked,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse,
            object_pairs_hook=_Members,
        )
        if not isinstance(value, _Members):
            return None
        known, extra = _part(value, keys)
        return Exact(known, _dump(extra) if extra else None)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def _part(members: _Members, keys: Keys) -> tuple[Values, _Members]:
    known: Values = {}
    extra = _Members()
    for key, value in members:
        if key not in keys or key in known:
            extra.append((key, value))
            continue
        nested = keys[key]
        if isinstance(nested, Constant):
            if not nested.is_(value):
                extra.append((key, value))
            known[key] = None
        elif nested is None or value is None:
            known[key] = _scalar(value)
        elif (inner := _inside(value, nested)) is not None:
            known[key], outside = _part(inner, nested)
            if outside:
                extra.append((key, outside))
        else:
            extra.append((key, value))
    return known, extra


def _scalar(value: object) -> str | bool | None:
    """Give a value as the decoder does: what is nested, as JSON."""
    match value:
        case list():
            return _dump(value)
        case _Number():
            return spelled(value)
        case str():
            return _shown(value)
        case bool():
            return value
        case _:
            return None


def spelled(number: str) -> str:
    """Spell a number as the decoder does.

    Parameters
    ----------
    number : str
        As JSON has it.

    Returns
    -------
    str
        Without an exponent, and without zeros that mean nothing.

    Raises
    ------
    ValueError
        If it is greater than the decoder takes.

    Examples
    --------
    >>> spelled("1.50"), spelled("2e3"), spelled("-0")
    ('1.5', '2000', '0')
    """
    if number.isdecimal() and len(number) <= _DIGITS:
        return number
    try:
        decoded = pl.Series([f"[{number}]"]).str.json_decode(pl.List(pl.String))
    except pl.exceptions.ComputeError:
        raise ValueError(number) from None
    return str(decoded.explode()[0])


def _inside(value: object, keys: Keys) -> _Members | None:
    """Give the members of an object or list, if it is of the kind that the format has there."""
    if isinstance(value, _Members):
        return value
    if isinstance(value, list) and any(isinstance(key, int) for key in keys):
        return _Members(enumerate(value))
    return None


def _dump(value: object) -> str:
    match value:
        case _Members():
            return "{" + ",".join(f"{_string(str(key))}:{_dump(item)}" for key, item in value) + "}"
        case list():
            return "[" + ",".join(map(_dump, value)) + "]"
        case _Number():
            return str(value)
        case str():
            return _string(value)
        case _:
            return _write(value)


def _string(text: str) -> str:
    return _write(_shown(text))


def _shown(text: str) -> str:
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        # A lone surrogate: no character at all.
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
