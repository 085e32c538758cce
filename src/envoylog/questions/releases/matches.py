"""The matches of routes as conditions over the log: what the log can see of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

_Node = Mapping[str, object]

_PATH = "string_split(path, '?')[1]"
_HEADERS = {
    "user-agent": "user_agent",
    "x-forwarded-for": "x_forwarded_for",
    "x-request-id": "request_id",
    ":authority": "authority",
    ":method": "method",
    "host": "authority",
}


@dataclass(frozen=True, slots=True)
class Match:
    """One match of a rule.

    Attributes
    ----------
    conditions : tuple of (str, str)
        SQL with `{}` where the value's `$name` goes, and the value; all of them must hold.
    unseen : tuple of str
        What is matched on and does not stand in the log.
    route : str
        The name of the rule, by which the log may tell what it cannot see.
    """

    conditions: tuple[tuple[str, str], ...] = ()
    unseen: tuple[str, ...] = ()
    route: str = ""


def istio_match(match: _Node, columns: Collection[str], rule: str) -> Match:
    """Read a match of a VirtualService: all parts of it must hold.

    Examples
    --------
    >>> istio_match({"uri": {"prefix": "/api"}}, ["path"], "api").conditions
    (("starts_with(string_split(path, '?')[1], {})", '/api'),)
    """
    found: list[tuple[str, str]] = []
    unseen: list[str] = []
    for key, value in match.items():
        if key in {"name", "statPrefix"}:
            continue
        if key in {"uri", "method", "authority"} and isinstance(value, Mapping):
            column = {"uri": _PATH, "method": "method", "authority": "authority"}[key]
            found += _texts(column, value, folded=bool(match.get("ignoreUriCase")) and key == "uri")
        elif key in {"headers", "queryParams"} and isinstance(value, Mapping):
            for name, text in value.items():
                where = _query(str(name)) if key == "queryParams" else _header(str(name), columns)
                if where is None or not isinstance(text, Mapping):
                    unseen.append(f"header {name}")
                else:
                    found += _texts(where, text) or [(f"{where} is not null and {{}} = ''", "")]
        elif key != "ignoreUriCase":
            unseen.append(str(key))
    return Match(tuple(found), tuple(unseen), rule)


def gateway_match(
    match: _Node, columns: Collection[str], rule: str
) -> tuple[tuple[int, ...], Match]:
    """Read a match of an HTTPRoute, and how specific it is: of several the highest wins."""
    path = match.get("path")
    path = path if isinstance(path, Mapping) else {}
    kind, value = str(path.get("type", "PathPrefix")), str(path.get("value", "/"))
    found: list[tuple[str, str]] = []
    if kind == "Exact":
        found.append((f"{_PATH} = {{}}", value))
    elif kind == "RegularExpression":
        found.append((f"regexp_full_match({_PATH}, {{}})", value))
    elif value.rstrip("/"):  # whole elements of the path, unlike Istio's prefix
        found.append((f"starts_with({_PATH} || '/', {{}})", f"{value.rstrip('/')}/"))
    unseen: list[str] = []
    if match.get("method"):
        found.append(("method = {}", str(match["method"])))
    parts = {"headers": 0, "queryParams": 0}
    for key in parts:
        given = match.get(key)
        for item in given if isinstance(given, list) else []:
            parts[key] += 1
            name, text = str(item.get("name")), str(item.get("value"))
            where = _query(name) if key == "queryParams" else _header(name, columns)
            if where is None:
                unseen.append(f"header {name}")
            elif item.get("type") == "RegularExpression":
                found.append((f"regexp_full_match({where}, {{}})", text))
            else:
                found.append((f"{where} = {{}}", text))
    rank = (int(kind == "Exact"), len(value), int("method" in match), *parts.values())
    return rank, Match(tuple(found), tuple(unseen), rule)


def _texts(column: str, value: _Node, *, folded: bool = False) -> Iterator[tuple[str, str]]:
    fold: Callable[[str], str] = (lambda sql: f"lower({sql})") if folded else str
    shapes = {
        "exact": f"{fold(column)} = {fold('{}')}",
        "prefix": f"starts_with({fold(column)}, {fold('{}')})",
        "regex": f"regexp_full_match({column}, {{}})",
    }
    return ((shapes[kind], str(text)) for kind, text in value.items() if kind in shapes)


def _header(name: str, columns: Collection[str]) -> str | None:
    column = _HEADERS.get(name.lower()) or "req_" + re.sub(r"[^a-z0-9]+", "_", name.lower())
    return f'"{column}"' if column in columns else None


def _query(name: str) -> str:
    safe = re.sub(r"[^A-Za-z0-9_.~-]", ".", name).replace(".", "\\.")
    return f"nullif(regexp_extract(path, '[?&]{safe}=([^&#]*)', 1), '')"
