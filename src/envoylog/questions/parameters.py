"""The parameters of questions: types, defaults, and values out of what people write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from envoylog.errors import QueryError, UnknownNameError
from envoylog.questions.window import read_moment, read_span

#: What every question knows already.
COMMON: Final = ("limit", "since", "until", "bucket", "timezone", "vantage")

#: What is bound to a `$name`.
Value = int | float | str | timedelta | datetime | None


class Kind(StrEnum):
    """The type of a parameter."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    INTERVAL = "interval"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of one question.

    Attributes
    ----------
    name : str
        `$name` in the SQL.
    kind : Kind
        Its type.
    help : str
        What it means, in one sentence.
    default : int, float, str or None
        As it is written; None, NULL in the SQL, where it may be left out.
    choices : tuple of str
        What a text may be; empty for any.
    """

    name: str
    kind: Kind
    help: str
    default: int | float | str | None = None
    choices: tuple[str, ...] = ()

    def value(self, given: object, newest: datetime | None = None) -> Value:
        """Read a value.

        Parameters
        ----------
        given : object
            A text, or a value of the right type.
        newest : datetime, optional
            The start of the newest request, from which `2h` counts back.

        Returns
        -------
        int, float, str, timedelta, datetime or None

        Raises
        ------
        QueryError
            If it is not of the parameter's type.

        Examples
        --------
        >>> Parameter("threshold", Kind.INTEGER, "What counts as slow.").value("500")
        500
        """
        if given is None:
            return None
        text = str(given).strip()
        if self.kind is Kind.MOMENT:
            return read_moment(given if isinstance(given, datetime) else text, newest)
        if self.kind is Kind.INTERVAL:
            return given if isinstance(given, timedelta) else read_span(text)
        if self.kind is Kind.INTEGER and re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            return int(text)
        if self.kind is Kind.NUMBER and re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", text):
            return float(text)
        if self.kind is Kind.TEXT and (not self.choices or text in self.choices):
            return str(given)
        wanted = f"one of {', '.join(self.choices)}" if self.choices else f"of type {self.kind}"
        raise QueryError(f"{self.name}={text!r}: the value must be {wanted}")


def read_parameter(place: str, name: str, facts: object) -> Parameter:
    """Read one `[parameters.name]` of a header; `place` is for messages."""
    if not isinstance(facts, Mapping):
        raise QueryError(f"{place}: write [parameters.{name}] with type and help")
    allowed = ("type", "default", "help", "choices")
    for key in facts:
        if key not in allowed:
            raise QueryError(f"{place}: parameters.{name}: {UnknownNameError('key', key, allowed)}")
    if name in COMMON:
        raise QueryError(f"{place}: every question has {name} already: take another name")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise QueryError(f"{place}: name the parameter {name!r} in small letters, digits and _")
    kinds = [kind.value for kind in Kind]
    if facts.get("type") not in kinds:
        raise QueryError(f"{place}: the type of {name} must be one of {', '.join(kinds)}")
    if not isinstance(facts.get("help"), str):
        raise QueryError(f"{place}: the parameter {name} lacks help, one sentence of text")
    choices = facts.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        raise QueryError(f"{place}: the choices of {name} must be a list of texts")
    parameter = Parameter(
        name, Kind(facts["type"]), facts["help"], facts.get("default"), tuple(choices)
    )
    try:
        parameter.value(parameter.default, datetime.min)  # noqa: DTZ901 - any moment will do
    except (QueryError, OverflowError) as error:
        raise QueryError(f"{place}: the default of {name}: {error}") from None
    return parameter


def read_parameters(
    known: Mapping[str, Parameter], given: Mapping[str, object], newest: datetime | None
) -> dict[str, Value]:
    """Take the values given and the defaults of the others.

    Raises
    ------
    UnknownNameError
        If a name is no parameter of the question.
    QueryError
        If a value is not of its type.
    """
    for name in given:
        if name not in known:
            hint = "" if known else "this question has no parameters of its own; "
            raise UnknownNameError("parameter", name, list(known), hint)
    return {
        name: parameter.value(given.get(name, parameter.default), newest)
        for name, parameter in known.items()
    }
