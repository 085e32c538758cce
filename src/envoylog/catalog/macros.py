"""SQL that is written from tables, so that both say the same."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from envoylog.enrich.clusters import PARTS, SHAPES, SNI, Shape
from envoylog.spec.grpc import STATUSES

if TYPE_CHECKING:
    import duckdb

_STATEMENT: Final = re.compile(r"(?ms)^\s*create or replace temp macro (\w+)\(.*?;$")
_WORD: Final = re.compile(r"[a-z_]+")
_GROUP: Final = re.compile(r"\(\?P<(\w+)>")


def cluster_macros() -> str:
    """Write the macros that take names of clusters apart.

    DuckDB computes a function of one column once for each entry of a Parquet dictionary, unless it
    is regexp_matches: so all is done with regexp_replace.

    Returns
    -------
    str
        SQL: `kind_of_cluster(name)`, and `port_of_cluster(name)` and so on for every part, as text.
    """
    statements = [_macro("kind_of_cluster", _kind())]
    plain = (Shape("plain", "(?P<service>.*)", "", ""),)
    for part in PARTS:
        shapes = (*SHAPES, *plain) if part == "service" else SHAPES
        statements.append(_macro(f"{part}_of_cluster", _part(shapes, part)))
    statements += [_macro(f"{part}_of_sni", _part((SNI,), part)) for part in ("subset", "service")]
    return "".join(statements)


def grpc_macro() -> str:
    """Write the macro that reads a gRPC status from its number or any spelling of its name.

    Returns
    -------
    str
        SQL: `code_of_grpc(status)`.
    """
    names = ", ".join(f"'{name}'" for name in STATUSES)
    return f"""
        create or replace temp macro code_of_grpc(status) as (
            coalesce(
                try_cast(status as smallint),
                list_position(
                    [{names}], replace(replace(lower(status), '_', ''), 'cancelled', 'canceled')
                ) - 1
            )::smallint
        );
    """


def no_request_macro(logged: Collection[str]) -> str:
    """Write the macro that tells a record of a TCP connection from one of an HTTP request.

    Parameters
    ----------
    logged : collection of str
        The columns that the log has. NULL is no evidence in a column that it lacks.

    Returns
    -------
    str
        SQL: `is_no_request(protocol, method, path, authority)`. It looks at as few of them as it
        can, because each costs time to read.

    Examples
    --------
    >>> no_request_macro({"path", "duration"}).strip().partition(" as ")[2]
    '(path is null);'
    """
    told = [name for name in ("protocol", "method") if name in logged]
    told = told or [name for name in ("path", "authority") if name in logged][:1]
    body = " and ".join(f"{name} is null" for name in told) or "false"
    return (
        "create or replace temp macro is_no_request(protocol, method, path, authority) as "
        f"({body});\n"
    )


class Macros:
    """The macros of the view, each made when a query first needs it: most queries need few.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where they go.
    sql : str
        The statements that make them.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, sql: str) -> None:
        self._connection = connection
        self._unmade = {found[1]: found[0] for found in _STATEMENT.finditer(sql)}

    def make(self, text: str) -> None:
        """Make those that a text names, and those that they are made of."""
        words = set(_WORD.findall(text.lower()))
        for name in words & self._unmade.keys():
            if statement := self._unmade.pop(name, ""):
                self.make(statement)
                self._connection.execute(statement)


def _macro(name: str, body: str) -> str:
    return f"create or replace temp macro {name}(name) as ({body});\n"


def _kind() -> str:
    # A mark at the start tells a kind from a name.
    text = "replace(name, '=', ':')"
    for kind in dict.fromkeys(shape.kind for shape in SHAPES):
        patterns = "|".join(shape.pattern for shape in SHAPES if shape.kind == kind)
        text = f"regexp_replace({text}, '(?s)^(?:{_bare(patterns)})$', '={kind}')"
    return f"ltrim(regexp_replace({text}, '(?s)^([^=].*)?$', '=plain'), '=')"


def _part(shapes: Sequence[Shape], part: str) -> str:
    patterns = [_bare(shape.pattern, part) for shape in shapes]
    holders = sum(_has(shape, part) for shape in shapes)
    found = "".join(rf"\{number}" for number in range(1, holders + 1))
    return f"nullif(regexp_replace(name, '(?s)^(?:{'|'.join(patterns)}|.*)$', '{found}'), '')"


def _has(shape: Shape, part: str) -> bool:
    return f"<{part}>" in shape.pattern


def _bare(pattern: str, part: str | None = None) -> str:
    """Leave one group of a pattern, or none."""
    return _GROUP.sub(lambda match: "(" if match[1] == part else "(?:", pattern)
