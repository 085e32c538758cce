"""The configured weights: out of a VirtualService or an HTTPRoute, matches and mirrors included."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from envoylog.errors import InputError, QueryError
from envoylog.questions.releases.matches import Match, gateway_match, istio_match

_Node = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a route: which requests, and how they are split.

    Attributes
    ----------
    name : str
        Its name, or its number.
    matches : tuple of Match
        Any of these; empty for all requests.
    weights : mapping of str to float
        By subset, else by host; empty for a rule that goes elsewhere (a redirect).
    mirrors : mapping of str to float
        Where copies go, and what share of the requests is copied.
    """

    name: str
    matches: tuple[Match, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    mirrors: Mapping[str, float] = field(default_factory=dict)


def parse_weights(text: str) -> dict[str, float]:
    """Read weights as they are typed.

    Raises
    ------
    QueryError
        If they are not of the form `v1=90,v2=10`.

    Examples
    --------
    >>> parse_weights("v1=90, v2=10")
    {'v1': 90.0, 'v2': 10.0}
    """
    found: dict[str, float] = {}
    for part in text.split(","):
        name, equals, number = part.strip().rpartition("=")
        if not (name and equals and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", number.strip())):
            raise QueryError(f"weights {text!r}: write v1=90,v2=10")
        found[name.strip()] = float(number)
    if not sum(found.values()):
        raise QueryError(f"weights {text!r}: one of them must be more than 0")
    return found


def read_weights(path: str | Path, columns: Collection[str]) -> list[Rule]:
    """Read the rules of a VirtualService or an HTTPRoute.

    Parameters
    ----------
    path : path
        A YAML file with one of them; other objects in it are passed over.
    columns : collection of str
        Those that the log has: a match on anything else cannot be seen in it.

    Returns
    -------
    list of Rule
        In the order in which the proxy tries them.

    Raises
    ------
    InputError
        If there is no such file.
    QueryError
        If it is not YAML, or has no such object, or several.
    """
    import yaml

    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(f"{path} cannot be read: {reason}") from None
    try:
        documents = [node for node in yaml.safe_load_all(text) if isinstance(node, Mapping)]
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" at line {place.line + 1}, column {place.column + 1}" if place else ""
        raise QueryError(f"{path} is not YAML{where}") from None
    documents = [part for node in documents for part in (_list(node.get("items")) or [node])]
    found = [node for node in documents if node.get("kind") in {"VirtualService", "HTTPRoute"}]
    if len(found) != 1:
        names = [str(_map(node.get("metadata")).get("name", "?")) for node in found]
        held = f"several: {', '.join(names)}; keep one" if found else "none"
        raise QueryError(f"{path}: expected one VirtualService or HTTPRoute, found {held}")
    spec = _map(found[0].get("spec"))
    try:
        if found[0]["kind"] == "HTTPRoute":
            rules = list(_gateway(spec, columns))
        else:
            rules = list(_istio(spec, columns))
    except (TypeError, ValueError) as error:
        raise QueryError(f"{path}: {error}") from None
    if not any(rule.weights for rule in rules):
        raise QueryError(f"{path}: no rule of it has a destination")
    return rules


def _istio(spec: _Node, columns: Collection[str]) -> Iterator[Rule]:
    for number, http in enumerate(_list(spec.get("http")), 1):
        name = str(http.get("name") or f"http[{number}]")
        destinations = _list(http.get("route"))
        percentage = _map(http.get("mirrorPercentage")).get("value", http.get("mirrorPercent", 100))
        mirrors = {_subset(_map(http["mirror"])): _number(percentage)} if http.get("mirror") else {}
        for mirror in _list(http.get("mirrors")):
            share = _number(_map(mirror.get("percentage")).get("value", 100))
            mirrors[_subset(_map(mirror.get("destination")))] = share
        yield Rule(
            name,
            tuple(istio_match(match, columns, name) for match in _list(http.get("match"))),
            _weights(
                [(_subset(_map(to.get("destination"))), to.get("weight")) for to in destinations],
                alone=100,
            ),
            mirrors,
        )


def _gateway(spec: _Node, columns: Collection[str]) -> Iterator[Rule]:
    flat: list[tuple[tuple[int, ...], Rule]] = []
    for number, rule in enumerate(_list(spec.get("rules")), 1):
        name = str(rule.get("name") or f"rules[{number}]")
        weights = _weights(
            [(str(to.get("name")), to.get("weight", 1)) for to in _list(rule.get("backendRefs"))]
        )
        mirrors = {}
        for part in _list(rule.get("filters")):
            if part.get("type") == "RequestMirror":
                mirror = _map(part.get("requestMirror"))
                backend = str(_map(mirror.get("backendRef")).get("name"))
                mirrors[backend] = _number(mirror.get("percent", 100))
        for match in _list(rule.get("matches")) or [{}]:
            rank, seen = gateway_match(match, columns, name)
            flat.append((rank, Rule(name, (seen,), weights, mirrors)))
    # The most specific match wins, wherever it stands.
    yield from (rule for _rank, rule in sorted(flat, key=lambda pair: pair[0], reverse=True))


def _weights(given: Sequence[tuple[str, object]], alone: float | None = None) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, weight in given:
        if alone is not None and len(given) == 1 and weight is None:
            weight = alone  # noqa: PLW2901 - the only destination gets all
        found[name] = found.get(name, 0.0) + _number(weight or 0)
    return found


def _subset(destination: _Node) -> str:
    return str(destination.get("subset") or destination.get("host"))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"{value!r} is no weight: write a number, 0 or more")
    return float(value)


def _list(value: object) -> list[_Node]:
    parts = value if isinstance(value, list) else []
    return [part for part in parts if isinstance(part, Mapping)]


def _map(value: object) -> _Node:
    return value if isinstance(value, Mapping) else {}
