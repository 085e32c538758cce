"""What SQL names, and which filters are refused with which words."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.catalog.expressions import named_columns, read_filter
from envoylog.errors import QueryError, UnknownNameError

COLUMNS = ("response_code", "path", "flags", "duration", "start_time", "authority", "error")


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select path from access", {"path"}),
        ("select a.Country, count(*) from access a group by all", {"a", "country"}),
        ("select count(*) from access", set()),
        ("select count(*) as requests from requests order by requests", {"requests"}),
        ("with x as (select path from access) select * from x", {"path"}),
        ("select * from (select path from requests)", {"path"}),
        (
            "select sum(d) filter (where e) over (partition by f order by g) from r",
            set("defg"),
        ),
        ("select 1 from access join other using (country)", {"country"}),
        ("select 1 from access where path in (select p from other)", {"path", "p"}),
        ("select * from access", None),
        ("from access", None),
        ("select a.* from access a", None),
        ("select columns('a.*') from access", None),
        ("select * exclude (path) from requests", None),
        ("with x as (select * from access) select path from x", None),
        ("select access from access", None),
        ("select 1 from access natural join other", None),
        ("select x from access as a(x, y)", None),
        ("summarize access", None),
    ],
)
def test_named_columns(
    connection: duckdb.DuckDBPyConnection, sql: str, names: set[str] | None
) -> None:
    assert named_columns(connection, sql) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("response_code >= 500", {"response_code"}),
        ("response_code between 500 and 599 or not error", {"response_code", "error"}),
        ("path like '/api/%' and path not ilike '%x' -- a comment", {"path"}),
        ("Path in ('/a', '/b''c')", {"path"}),
        ("list_contains(flags, 'UF') or flags @> ['UH']", {"flags"}),
        ("access.path is not null", {"path"}),
        ("duration / 1000.0 > 1.5", {"duration"}),
        ("start_time > timestamptz '2026-11-24 02:00:00+00'", {"start_time"}),
        ("start_time > timestamptz '2026-11-24' + interval '1 hour'", {"start_time"}),
        ("case when path is null then false else regexp_matches(path, '^/[0-9]+$') end", {"path"}),
        ("true", set()),
        ("(1) or (2)", set()),
        ("1) or (2", set()),  # reads as one expression, and is used as one
    ],
)
def test_filters(connection: duckdb.DuckDBPyConnection, text: str, names: set[str]) -> None:
    found = read_filter(connection, text, COLUMNS)
    assert found.columns == names
    again = read_filter(connection, found.sql, COLUMNS)
    assert (again.sql, again.columns) == (found.sql, found.columns)
    assert found.sql.startswith("(")
    assert found.sql.endswith(")")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("1=1; drop table x", "cannot be read"),
        ("true); select (1", "is not one expression"),
        ("true) from access where (true", "is not one expression"),
        ("true), (false", "is not one expression"),
        ("true) union select (true", "is not one expression"),
        ("true) limit (1", "is not one expression"),
        ("true) order by (1", "is not one expression"),
        ("true /*", "cannot be read"),
        ("'", "cannot be read"),
        ("(select true)", "holds a query of its own"),
        ("exists (select 1 from access)", "holds a query of its own"),
        ("path in (select path from access)", "holds a query of its own"),
        ("path = any(flags)", "holds a query of its own"),
        ("$x", "holds a parameter"),
        ("?", "holds a parameter"),
        ("*", "holds a star"),
        ("columns('.*') is null", "holds a star"),
        ("row_number() over () < 3", "holds a window function"),
        ("len(list_filter(flags, lambda f: f = 'UF')) > 0", "calls list_filter"),
        ("len(flags, lambda f: f) > 0", "holds a lambda"),
        ("read_csv('/etc/passwd') is null", "calls read_csv"),
        ("read_text('/etc/passwd') is null", "calls read_text"),
        ("getenv('HOME') is null", "calls getenv"),
        ("getvariable('x') is null", "calls getvariable"),
        ("current_setting('threads') is null", "calls current_setting"),
        ("nextval('s') > 1", "calls nextval"),
        ("random() < 0.5", "calls random"),
        ("count(*) > 1", "calls count_star"),
        ("sum(duration) > 1", "calls sum"),
        ("query('select 1') is null", "calls query"),
        ("main.lower(path) = 'a'", "in a way that filters do not know"),
        ("lower(distinct path) = 'a'", "in a way that filters do not know"),
        ("drop table access", "cannot be read"),
    ],
)
def test_hostile_filters(connection: duckdb.DuckDBPyConnection, text: str, words: str) -> None:
    with pytest.raises(QueryError) as raised:
        read_filter(connection, text, COLUMNS)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value).replace(text, "")


def test_an_unknown_column_has_a_neighbour(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UnknownNameError, match="'responsecode': did you mean 'response_code'"):
        read_filter(connection, "responsecode = 1", COLUMNS)


_WORDS = [
    "path",
    "flags",
    "error",
    "(",
    ")",
    "'a'",
    "1",
    "=",
    "and",
    "or",
    "not",
    "select",
    "from",
    "access",
    ",",
    ";",
    "--",
    "/*",
    "*",
    "$x",
    "lower",
    "read_csv",
    "in",
    "[",
    "]",
    "case",
    "when",
    "then",
    "end",
    "::",
    "integer",
    '"',
    "union",
    "limit",
]


@given(
    st.one_of(
        st.text(max_size=30), st.lists(st.sampled_from([*_WORDS, "\n"]), max_size=8).map(" ".join)
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_is_harmless_or_refused(text: str) -> None:
    with duckdb.connect() as connection:
        try:
            found = read_filter(connection, text, COLUMNS)
        except (QueryError, UnknownNameError):
            return
        # What is taken is one expression, whatever stands around it.
        names = named_columns(connection, f"select 1 from r where {found.sql}")  # noqa: S608
        assert names == found.columns or "access" in (names or ())
