r"""Read one JSON line exactly: the second chance of lines that the vectorised decoder cannot take.

Such a line has a nested value where a scalar is expected, a duplicate key, keys that the format
does not know, or bytes that were not UTF-8. It is rewritten into one that the decoder reads, and
what the format has no place for is set aside as `extra`, so that both ways give the same row.

Where a value was not valid UTF-8, Envoy writes every byte of it from 0x80 up as ``\u00XX``, and it
never escapes valid text so. Those escapes are turned back into bytes, and bytes that are not UTF-8
are shown as ``\xNN``, exactly as in TEXT logs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union


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


#: The keys of a format: None for a value, a mapping for a nested object. Numbers are places in a
#: list; the rewritten line has an object in its place, with the numbers as keys.
Keys = Mapping[str | int, Union["Keys", Constant, None]]

_write = json.JSONEncoder(ensure_ascii=False).encode
_ESCAPED_BYTE = re.compile(r"((?:^|[^\\])(?:\\\\)*)\\u00([89a-fA-F][0-9a-fA-F])")


class _Number(str):
    """A number as the log spells it."""

    __slots__ = ()


class _Members(list[tuple[str | int, object]]):
    """An object with its members in order, duplicates included."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A line that the vectorised decoder reads.

    Attributes
    ----------
    text : str
        A JSON object with known keys only, each once, each value a scalar.
    extra : str or None
        A JSON object with everything else.
    """

    text: str
    extra: str | None


def rewrite(text: str, keys: Keys) -> Rewritten | None:
    r"""Rewrite a line for the vectorised decoder.

    Parameters
    ----------
    text : str
        One line.
    keys : Keys
        What the format knows.

    Returns
    -------
    Rewritten or None
        None if the line is not a JSON object.

    Examples
    --------
    >>> rewrite('{"a":{"b":1},"z":1.50,"a":2}', {"a": None})
    Rewritten(text='{"a":"{\\"b\\":1}"}', extra='{"z":1.50,"a":2}')
    """
    # Python's stand-in for a byte that is not UTF-8 is the surrogate U+DCXX.
    marked = text
    if "\\u00" in text:
        marked = _ESCAPED_BYTE.sub(r"\1\\udc\2", _ESCAPED_BYTE.sub(r"\1\\udc\2", text))
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
        return Rewritten(_dump(known), _dump(extra) if extra else None)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def _part(members: _Members, keys: Keys) -> tuple[_Members, _Members]:
    known, extra = _Members(), _Members()
    seen: set[str | int] = set()
    for key, value in members:
        if key not in keys or key in seen:
            extra.append((key, value))
            continue
        nested = keys[key]
        if isinstance(nested, Constant):
            if not nested.is_(value):
                extra.append((key, value))
        elif nested is None or value is None:
            known.append((key, _dump(value) if isinstance(value, list) else value))
        elif (inner := _inside(value, nested)) is not None:
            inside, outside = _part(inner, nested)
            known.append((key, inside))
            if outside:
                extra.append((key, outside))
        else:
            extra.append((key, value))
            continue
        seen.add(key)
    return known, extra


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
    if text.isascii():
        return _write(text)
    try:
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        # A lone surrogate: no character at all.
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return _write(text)
