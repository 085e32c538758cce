"""The view `base`, with the derived columns that a query names and no others.

DuckDB plans a view whole before it drops what nobody asked for, and the expressions of `access.sql`
take longer to plan than most questions take to run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Self

import duckdb

_Node = dict[str, Any]
_NULL: Final = "OPERATOR_IS_NULL"
_NOT_NULL: Final = "OPERATOR_IS_NOT_NULL"


@dataclass(frozen=True, slots=True)
class DerivedColumns:
    """The select of `views/access.sql`, as DuckDB's parser reads it.

    Attributes
    ----------
    tree : str
        JSON.
    """

    tree: str

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, absent: Collection[str] = ()) -> Self:
        """Read the select; any connection does, as nothing is run.

        Parameters
        ----------
        connection : duckdb.DuckDBPyConnection
            Any connection.
        absent : collection of str
            Conditions that no line meets: where the select has them, false is in their place.
        """
        sql = files(__package__).joinpath("views/access.sql").read_text()
        tree = _parse(connection, sql)
        if absent:
            looked_for = _parse(connection, f"select {', '.join(absent)}")
            conditions = looked_for["statements"][0]["node"]["select_list"]
            _deny(tree, [_bare(condition) for condition in conditions])
        return cls(json.dumps(tree))

    def select(
        self,
        connection: duckdb.DuckDBPyConnection,
        names: frozenset[str],
        *,
        filled: Callable[[], Collection[str]] = tuple,
        source: str = "records",
        given: Collection[str] = (),
    ) -> str:
        """Write the select with some of the columns, and those that they are made from.

        Parameters
        ----------
        connection : duckdb.DuckDBPyConnection
            Any connection: nothing is run.
        names : frozenset of str
            Columns in lower case, whatever else among them.
        filled : callable
            Names the columns of the log in which no value is missing; it may have to look, so it is
            called only if the select asks whether one is.
        source : str
            The relation that has the columns of the log.
        given : collection of str
            Columns that it has already, though the select would make them.

        Returns
        -------
        str
            SQL. The columns of the log are always there: they cost nothing.
        """
        tree = json.loads(self.tree)
        outer = tree["statements"][0]["node"]
        inner = [entry["value"]["query_node"] for entry in outer["cte_map"]["map"]]
        inner[0]["from_table"]["qualified_name"] = {"path": [source]}
        wanted = set(names)
        for node in (outer, *reversed(inner)):
            node["select_list"] = _wanted(node["select_list"], wanted, given)
        if tests := list(_null_tests(tree)):
            _decide(tests, filled())
        ((sql,),) = connection.execute(
            "select json_deserialize_sql($tree::json)", {"tree": json.dumps(tree)}
        ).fetchall()
        return str(sql)


def _parse(connection: duckdb.DuckDBPyConnection, sql: str) -> _Node:
    ((tree,),) = connection.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchall()
    parsed: _Node = json.loads(tree)
    return parsed


def _deny(node: object, conditions: Collection[object]) -> None:
    """Put false in the place of conditions that nothing meets; NULL among them is false too."""
    if isinstance(node, dict):
        if _bare(node) in conditions:
            kept = {key: node[key] for key in ("alias", "query_location", "query_location_length")}
            node.clear()
            node |= kept | _constant("false")
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            _deny(child, conditions)


def _bare(node: object) -> object:
    """Leave out where a node stood in its text, and what it is called."""
    if isinstance(node, list):
        return [_bare(child) for child in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _bare(value)
        for key, value in node.items()
        if not key.startswith("query_location") and key != "alias"
    }


def _constant(text: str) -> _Node:
    literal = {"kind": "BOOLEAN", "text": text}
    return {"class": "CONSTANT", "type": "VALUE_CONSTANT", "literal": literal}


def _wanted(expressions: list[_Node], names: set[str], given: Collection[str]) -> list[_Node]:
    """Keep what is named, and let `names` have what that is made from: it all stands above it."""
    kept = []
    for expression in reversed(expressions):
        alias = expression["alias"]
        if expression["class"] == "STAR" or (alias in names and alias not in given):
            names |= set(_columns(expression))
            kept.append(expression)
    return kept[::-1]


def _decide(tests: Iterable[_Node], filled: Collection[str]) -> None:
    """Put in what is known already: what depends on it alone is then not even read."""
    for test in tests:
        if set(_columns(test)) <= set(filled):
            test.update(_constant(str(test["type"] == _NOT_NULL).lower()))
            del test["children"]


def _null_tests(node: object) -> Iterator[_Node]:
    """Find where it is asked whether one column is NULL."""
    if isinstance(node, dict):
        if node.get("type") in {_NULL, _NOT_NULL}:
            (child,) = node["children"]
            if child["class"] == "COLUMN_REF":
                yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _null_tests(child)


def _columns(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][-1]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _columns(child)
