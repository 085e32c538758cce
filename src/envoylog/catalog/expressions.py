"""SQL as DuckDB's own parser reads it: which columns it names, and whether a filter is harmless."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import duckdb

from envoylog.errors import QueryError, UnknownNameError

_Node = Mapping[str, object]

# What a filter is made of: values, columns, and functions of them.
_HARMLESS: Final = frozenset(
    {
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "OPERATOR",
        "TYPE",
    }
)
_REFUSED: Final = {
    "LAMBDA": "a lambda",
    "PARAMETER": "a parameter",
    "STAR": "a star",
    "SUBQUERY": "a query of its own",
    "WINDOW": "a window function",
}

#: The functions that a filter may call: of one row, without side effects.
FUNCTIONS: Final = frozenset(
    """
    + - * / // % ** ^ || @> <@ && ~~ !~~ ~~* !~~* ~~~ ~ !~ like_escape not_like_escape
    ilike_escape not_ilike_escape
    abs ceil ceiling floor round sign greatest least mod power sqrt ln log10 log2
    lower upper trim ltrim rtrim length strlen left right substring substr replace reverse
    concat concat_ws starts_with ends_with suffix prefix contains position instr strpos
    split_part string_split str_split regexp_matches regexp_full_match regexp_extract
    regexp_replace levenshtein jaro_winkler_similarity url_decode
    list_contains list_has list_has_any list_has_all array_contains array_has len list_extract
    array_extract list_value list_position array_length list_slice array_slice
    date_part datepart date_trunc datetrunc date_diff datediff time_bucket epoch epoch_ms
    year month day hour minute second dayofweek isodow dayname weekofyear timezone
    to_seconds to_minutes to_hours to_days to_milliseconds strftime
    coalesce nullif ifnull ip_of row
    """.split()  # noqa: SIM905 - read as words
)

#: Where the log's rows come from; a star over anything else takes what a query itself has named.
SOURCES: Final = frozenset({"access", "base", "records", "requests", "everything", "grouped"})


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that has been read and found harmless.

    Attributes
    ----------
    text : str
        As the user wrote it.
    sql : str
        As DuckDB understood it, in parentheses.
    columns : frozenset of str
        The columns that it names.
    """

    text: str
    sql: str
    columns: frozenset[str]


def named_columns(connection: duckdb.DuckDBPyConnection, sql: str) -> frozenset[str] | None:
    """Find the columns that a select names.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Any connection: nothing is run.
    sql : str
        One select statement.

    Returns
    -------
    frozenset of str, or None
        In lower case; None where it may mean any column, as `select *` does.
    """
    tables: set[str] = set()
    labels: set[str] = set()
    names: set[str] = set()
    alone: set[str] = set()
    for node in _walk(_parse(connection, sql)):
        if _takes_all(node):
            return None
        alias = str(node.get("alias", "")).lower()
        if "table_name" in node:
            tables |= {str(node["table_name"]).lower(), alias}
        else:
            labels.add(alias)
        for key in ("column_names", "using_columns"):
            path = [str(name).lower() for name in _list(node.get(key))]
            names |= set(path)
            alone |= set(path) if len(path) == 1 else set()
    # A table's name where a column's should be is a whole row, unless it is another's label.
    return None if (alone & tables) - labels else frozenset(names)


def _takes_all(node: _Node) -> bool:
    """Tell whether a part of a query may take all columns of the log."""
    if node.get("type") in {"SHOW_REF", "PIVOT"} or node.get("ref_type") == "NATURAL":
        return True
    if _list(node.get("column_name_alias")):
        return True
    if "select_list" not in node:
        return False
    from_log = any(
        str(part.get("table_name")).lower() in SOURCES for part in _walk_own(node.get("from_table"))
    )
    return from_log and any(
        part.get("class") == "STAR" for part in _walk_own(node.get("select_list"))
    )


def read_filter(
    connection: duckdb.DuckDBPyConnection, text: str, columns: Collection[str]
) -> Filter:
    """Read an expression over the view, and refuse whatever else it may be.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Any connection: nothing is run.
    text : str
        An expression such as `response_code >= 500 and path like '/api/%'`.
    columns : collection of str
        The columns of the view.

    Returns
    -------
    Filter

    Raises
    ------
    QueryError
        If it is no single expression, or asks for more than values, columns and harmless functions.
    UnknownNameError
        If it names a column that the view lacks.
    """
    if not text.strip():
        raise QueryError("the filter is empty: write an expression, such as response_code >= 500")
    parsed = _parse(connection, f"select (\n{text}\n)", what=f"the filter {text!r}")
    template = _parse(connection, "select true")
    expression = _only_expression(parsed)
    names: dict[str, None] = {}
    for node in _walk(expression):
        kind = str(node.get("class", "CONSTANT"))
        if kind not in _HARMLESS:
            raise QueryError(
                f"the filter {text!r} holds {_REFUSED.get(kind, kind.lower())}: "
                "write columns, values and functions of them"
            )
        if kind == "FUNCTION":
            _check_function(node, text)
        if kind == "COLUMN_REF":
            path = [str(name).lower() for name in _list(node.get("column_names"))]
            names[path[1] if path[0] == "access" and len(path) > 1 else path[0]] = None
    if expression is None or _frame(parsed) != _frame(template):
        raise QueryError(f"the filter {text!r} is not one expression: write one over the columns")
    known = {column.lower() for column in columns}
    for name in names:
        if name not in known:
            raise UnknownNameError("column", name, sorted(known))
    ((sql,),) = connection.execute(
        "select json_deserialize_sql($json::json)", {"json": json.dumps(parsed)}
    ).fetchall()
    return Filter(text.strip(), f"({str(sql).removeprefix('SELECT ')})", frozenset(names))


def _check_function(node: _Node, text: str) -> None:
    name = str(node.get("function_name", "")).lower()
    if name not in FUNCTIONS:
        raise QueryError(
            f"the filter {text!r} calls {name}, which is not among the functions for filters"
        )
    path = node.get("qualified_name")
    extras = (node.get("schema"), node.get("catalog"), node.get("filter"), node.get("distinct"))
    if any(extras) or (isinstance(path, Mapping) and path.get("path") != [node["function_name"]]):
        raise QueryError(f"the filter {text!r} calls {name} in a way that filters do not know")


def _parse(connection: duckdb.DuckDBPyConnection, sql: str, what: str = "the query") -> _Node:
    try:
        ((text,),) = connection.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchall()
    except duckdb.Error as error:
        raise QueryError(f"{what} failed: {str(error).partition(chr(10))[0]}") from None
    parsed: _Node = json.loads(text)
    if parsed.get("error"):
        message = str(parsed.get("error_message")).partition("\n")[0]
        raise QueryError(f"{what} cannot be read: {message}")
    return parsed


def _walk_own(node: object) -> Iterator[_Node]:
    """Walk the parts of one select, without the selects inside it."""
    return _walk(node, own=True)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _walk(node: object, *, own: bool = False) -> Iterator[_Node]:
    """Walk all parts, each before those inside it; trees are deep, so with no call for each."""
    left = [node]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if own and "select_list" in one:
                continue
            yield one
            left += reversed(one.values())
        elif isinstance(one, list):
            left += reversed(one)


def _only_expression(parsed: _Node) -> _Node | None:
    for node in _walk(parsed):
        if "select_list" in node:
            expressions = _list(node["select_list"])
            only = expressions[0] if len(expressions) == 1 else None
            return only if isinstance(only, Mapping) else None
    return None


def _frame(parsed: _Node) -> list[dict[str, object]]:
    """Everything of a query but its expressions and where they stood."""

    def walk(node: object) -> Iterator[_Node]:
        if isinstance(node, Mapping):
            yield node
            node = [value for key, value in node.items() if key != "select_list"]
        for child in _list(node):
            yield from walk(child)

    return [
        {
            key: value
            for key, value in node.items()
            if not isinstance(value, (dict, list)) and not key.startswith("query_location")
        }
        for node in walk(parsed)
    ]
