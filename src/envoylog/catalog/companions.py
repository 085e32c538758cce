"""The companions of the log, and the tables that they become."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import duckdb
import polars as pl

from envoylog.catalog import routes
from envoylog.catalog.columns import BEYOND_FORMATS, DERIVED
from envoylog.enrich import agents, geo, probes, probing, verdicts
from envoylog.enrich.chains import CLIENTS, SUSPECTS
from envoylog.enrich.companion import Companion, Settings

#: In an order in which keys come before those who need them.
COMPANIONS: Final[tuple[Companion, ...]] = (
    CLIENTS,
    SUSPECTS,
    geo.COUNTRIES,
    geo.NETWORKS,
    routes.COMPANION,
    agents.AGENTS_COMPANION,
    agents.SYSTEMS_COMPANION,
    probes.COMPANION,
    verdicts.COMPANION,
    probing.COMPANION,
)

#: A table of reduced keys has at most so many keys for each result.
_MOST_KEYS: Final = 4


def wanted(columns: frozenset[str] | None, known: Sequence[Companion]) -> list[Companion]:
    """Choose the companions that give some of these columns, and those that they build on.

    Parameters
    ----------
    columns : frozenset of str, or None
        Names in lower case; None means all.
    known : sequence of Companion
        In their order.

    Returns
    -------
    list of Companion
        In the same order.
    """
    found = []
    names = columns
    for companion in reversed(known):
        if names is None or names & companion.columns.keys():
            found.append(companion)
            if names is not None:
                names = names | set(companion.keys)
    return found[::-1]


def needs_of(column: str) -> tuple[str, ...]:
    """Tell which columns of the log a column of the view cannot do without."""
    for companion in COMPANIONS:
        if column in companion.columns:
            return companion.needs
    derived = DERIVED.get(column)
    return derived.needs if derived else (column,)


def logged_needs(needs: Iterable[str]) -> tuple[str, ...]:
    """Put needs in terms of what a log holds.

    Examples
    --------
    >>> logged_needs(["route", "error|flags"])
    ('path', 'response_code|response_flags')
    """
    found: dict[str, None] = {}
    for need in needs:
        if "|" in need:
            either = [one for column in need.split("|") for one in needs_of(column)]
            found["|".join(either)] = None
        else:
            found |= dict.fromkeys(needs_of(need))
    return tuple(found)


def format_needs(needs: Iterable[str]) -> tuple[str, ...]:
    """Put needs in terms of what a format can give: no operator names a pod.

    Examples
    --------
    >>> format_needs(["route", "pod"])
    ('path',)
    """
    return tuple(
        need for need in logged_needs(needs) if not BEYOND_FORMATS.issuperset(need.split("|"))
    )


def alike(companions: Iterable[Companion]) -> list[list[Companion]]:
    """Put companions of the same keys together: they share a look at the log, and a join."""
    groups: dict[tuple[object, ...], list[Companion]] = {}
    for companion in companions:
        alike_in = (companion.keys, companion.distinct, companion.reduced)
        groups.setdefault(alike_in, []).append(companion)
    return list(groups.values())


def create_tables(
    connection: duckdb.DuckDBPyConnection,
    companions: Sequence[Companion],
    source: str,
    settings: Settings,
) -> None:
    """Enrich the distinct keys and keep what comes out as tables.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the tables go.
    companions : sequence of Companion
        What to make; all have the same keys.
    source : str
        The view or table that has the keys.
    settings : Settings
        What the user says about the surroundings.
    """
    if not companions:
        return
    first = companions[0]
    keys = ", ".join(map(quote, first.keys))
    grouped = "select {keys}, count(*) as requests from {source} group by {keys}"
    find = (first.distinct or grouped).format(keys=keys, source=source)
    if first.reduced:
        # What follows from a key is dear, and there are fewer keys than rows.
        connection.execute(
            f"create or replace temp table reduced as "  # noqa: S608 - our own names
            f"select *, {first.reduced}({keys}) as reduced from ({find})"
        )
        find = (
            f"select reduced as {keys}, sum(requests)::bigint as requests from reduced group by all"  # noqa: S608 - our own names
        )
    # A column of nothing but NULL may have no type of its own.
    distinct = connection.sql(find).pl().cast({pl.Null: pl.String})
    found = _spread(connection, first, len(distinct)) if first.reduced else "enriched"
    for companion in companions:
        create_table(connection, companion, companion.enrich(distinct, settings), found)
    connection.execute("drop table if exists reduced")


def create_table(
    connection: duckdb.DuckDBPyConnection,
    companion: Companion,
    frame: pl.DataFrame,
    found: str = "enriched",
) -> None:
    """Keep what is known of keys as the table of a companion.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the table goes.
    companion : Companion
        Whose it is.
    frame : polars.DataFrame
        The keys and the columns.
    found : str
        SQL that makes the rows of the table of `enriched`, which is the frame.
    """
    keys = ", ".join(map(quote, companion.keys))
    typed = ", ".join(
        f"{quote(name)}::{type_} as {quote(name)}" for name, type_ in companion.columns.items()
    )
    connection.register("enriched", frame.select(*companion.keys, *companion.columns))
    select = f"select {keys}, {typed} from {found}"  # noqa: S608 - our own names
    connection.execute(f"create or replace temp table {table_of(companion)} as {select}")
    connection.unregister("enriched")


def _spread(connection: duckdb.DuckDBPyConnection, first: Companion, results: int) -> str:
    """Tell whence companions take their rows, and by what their tables are joined.

    A column as it is takes half as long to join as what follows from it. So tables have a row for
    each key, unless there are many more keys than results.
    """
    key = quote(first.keys[0])
    ((keys,),) = connection.execute("select count(*) from reduced").fetchall()
    spread = keys <= _MOST_KEYS * results
    by = "value" if spread else f"{first.reduced}(value)"
    connection.execute(f"create or replace temp macro {_key_of(first)}(value) as ({by})")
    if not spread:
        return "enriched"
    return (
        f"(select reduced.{key}, enriched.* exclude ({key}) from reduced "  # noqa: S608 - our own names
        f"join enriched on reduced.reduced is not distinct from enriched.{key})"
    )


def join(companions: Sequence[Companion], source: str) -> str:
    """Write the select that adds the columns of companions to a source, missing keys included.

    The companions have the same keys: their small tables are joined first, and the log once.
    """
    first, *others = companions
    joined = table_of(first)
    for other in others:
        joined += (
            f" left join {table_of(other)} on {_same(first, table_of(first), table_of(other))}"
        )
    given = ", ".join(
        f"{table_of(one)}.{quote(name)}" for one in companions for name in one.columns
    )
    keys = ", ".join(f"{table_of(first)}.{quote(key)}" for key in first.keys)
    columns = "".join(f", {_added(one, name)}" for one in companions for name in one.columns)
    added = f"(select {keys}, {given} from {joined})"  # noqa: S608 - our own names
    return (
        f"(select log.*{columns} from {source} as log "  # noqa: S608 - our own names
        f"left join {added} as added on {_same(first, 'log', 'added', first.reduced)})"
    )


def _added(companion: Companion, name: str) -> str:
    column = f"added.{quote(name)}"
    if companion.otherwise is None:
        return column
    return f"coalesce({column}, {companion.otherwise}) as {quote(name)}"


def _same(companion: Companion, one: str, other: str, reduced: str | None = None) -> str:
    function = _key_of(companion) if reduced else ""
    return " and ".join(
        f"{function}({one}.{quote(key)}) is not distinct from {other}.{quote(key)}"
        for key in companion.keys
    )


def _key_of(companion: Companion) -> str:
    """Name the macro that makes of a key what the table of a companion is joined by."""
    return quote(f"key_of_{companion.name}")


def table_of(companion: Companion) -> str:
    """Name the table of a companion."""
    return quote(f"companion_{companion.name}")


def quote(name: str) -> str:
    """Write a name so that SQL takes it for one, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
