"""Service level objectives, read from TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from envoylog.errors import InputError, QueryError, UnknownNameError
from envoylog.questions.question import KINDS
from envoylog.questions.window import read_span

_KEYS: Final = (
    "name", "kind", "target", "threshold", "authority", "cluster", "route", "where", "include",
)  # fmt: skip
_MONTH: Final = timedelta(days=30)
_MILLISECONDS: Final = {"ms": 1, "s": 1000, "m": 60_000}


class Kind(StrEnum):
    """What an objective promises."""

    AVAILABILITY = "availability"
    LATENCY = "latency"


@dataclass(frozen=True, slots=True)
class Objective:
    """One promise.

    Attributes
    ----------
    name : str
        As people call it.
    kind : Kind
        That requests do not fail, or that they are quick.
    target : float
        The share of requests that must be good, 0.999 say.
    threshold : int or None
        What is still quick, in milliseconds; None for availability.
    authority, cluster, route : tuple of str
        Whose requests; empty for all.
    where : str or None
        An expression over the view.
    include : tuple of str
        What would be left out: `probe`, `stream`, `mirror`.
    """

    name: str
    kind: Kind
    target: float
    threshold: int | None = None
    authority: tuple[str, ...] = ()
    cluster: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    where: str | None = None
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objectives:
    """The promises, and over what time they are held."""

    objectives: tuple[Objective, ...]
    period: timedelta = _MONTH


def read_objectives(path: str | Path) -> Objectives:
    """Read a file of objectives.

    Raises
    ------
    InputError
        If there is no such file.
    QueryError
        If it is not TOML, or not what it should be; the message names the place.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(f"{path} cannot be read: {reason}") from None
    return parse_objectives(text, str(path))


def parse_objectives(text: str, source: str = "objectives") -> Objectives:
    r"""Read objectives from TOML; `source` is for messages.

    Examples
    --------
    >>> text = "[[objective]]\nname = 'shop'\nkind = 'availability'\ntarget = 99.9"
    >>> parse_objectives(text).objectives[0].target
    0.999
    """
    try:
        facts = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise QueryError(f"{source} is not TOML: {error}") from None
    place = _Place(source, text)
    for key in facts:
        if key not in {"objective", "period"}:
            raise place.fault(str(UnknownNameError("key", key, ("objective", "period"))), key)
    period = facts.get("period", "30d")
    try:
        length = read_span(period) if isinstance(period, str) else None
    except QueryError:
        length = None
    if not length:
        raise place.fault(f"period = {period!r}: write a length of time, such as '30d'", "period")
    given = facts.get("objective")
    if not isinstance(given, list) or not given:
        raise place.fault("there is no [[objective]]")
    found = tuple(_objective(one, place.of(n)) for n, one in enumerate(given))
    names = [objective.name for objective in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise place.fault(f"two objectives are called {twice!r}")
    return Objectives(found, length)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the file one objective stands, for messages."""

    source: str
    text: str
    number: int | None = None

    def of(self, number: int) -> _Place:
        return _Place(self.source, self.text, number)

    def fault(self, message: str, key: str | None = None) -> QueryError:
        return QueryError(f"{self.source}, line {self._line(key)}: {message}")

    def _line(self, key: str | None) -> int:
        lines = self.text.splitlines()
        heads = [n for n, line in enumerate(lines, 1) if re.match(r"\s*\[\[\s*objective", line)]
        start, end = 1, (heads[0] if heads else len(lines))
        if self.number is not None and self.number < len(heads):
            start = heads[self.number]
            end = heads[self.number + 1] if self.number + 1 < len(heads) else len(lines) + 1
        if key is not None:
            named = rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]"
            for at in range(start, min(end, len(lines)) + 1):
                if re.match(named, lines[at - 1]):
                    return at
        return start


def _objective(facts: object, place: _Place) -> Objective:
    if not isinstance(facts, Mapping):
        raise place.fault("write [[objective]] with name, kind and target")
    for key in facts:
        if key not in _KEYS:
            raise place.fault(str(UnknownNameError("key", str(key), _KEYS)), str(key))
    for key in ("name", "kind", "target"):
        if key not in facts:
            raise place.fault(f"the objective lacks {key}")
    if not isinstance(facts["name"], str) or not facts["name"].strip():
        raise place.fault("name must be a text", "name")
    kind = _kind(facts["kind"], place)
    threshold = _milliseconds(facts.get("threshold"), place)
    if (kind is Kind.LATENCY) != (threshold is not None):
        wanted = "needs" if kind is Kind.LATENCY else "has no"
        raise place.fault(f"an objective of {kind} {wanted} threshold", "threshold")
    where = facts.get("where")
    if where is not None and not isinstance(where, str):
        raise place.fault("where must be a text, an expression", "where")
    return Objective(
        name=facts["name"],
        kind=kind,
        target=_share(facts["target"], place),
        threshold=threshold,
        authority=_texts(facts, "authority", place),
        cluster=_texts(facts, "cluster", place),
        route=_texts(facts, "route", place),
        where=where,
        include=_kinds(facts, place),
    )


def _kind(value: object, place: _Place) -> Kind:
    if value not in list(Kind):
        raise place.fault("kind must be availability or latency", "kind")
    return Kind(str(value))


def _share(value: object, place: _Place) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 100:  # noqa: PLR2004 - per cent
        raise place.fault("target must be a percentage below 100, such as 99.9", "target")
    return round(value / 100, 12)


def _kinds(facts: Mapping[str, object], place: _Place) -> tuple[str, ...]:
    found = _texts(facts, "include", place)
    for one in found:
        if one not in KINDS:
            raise place.fault(str(UnknownNameError("kind of request", one, KINDS)), "include")
    return found


def _milliseconds(value: object, place: _Place) -> int | None:
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]+)?)\s*(ms|s|m)", str(value).strip())
    if not match or not float(match[1]):
        raise place.fault(f"threshold = {value!r}: write 300ms or 1.5s", "threshold")
    return round(float(match[1]) * _MILLISECONDS[match[2]])


def _texts(facts: Mapping[str, object], key: str, place: _Place) -> tuple[str, ...]:
    value = facts.get(key, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise place.fault(f"{key} must be a text or a list of texts", key)
    return tuple(values)
