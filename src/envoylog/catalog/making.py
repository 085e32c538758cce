"""Make the views that queries name: of the log, or of groups of its lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import polars as pl

from envoylog.catalog.columns import CANONICAL, DERIVED
from envoylog.catalog.companions import (
    alike,
    create_table,
    create_tables,
    join,
    quote,
    wanted,
)
from envoylog.catalog.derived import DerivedColumns
from envoylog.catalog.macros import Macros
from envoylog.enrich.companion import Companion, Settings


@dataclass
class Views:
    """The views `access` and `grouped`, with the columns that the next query names and no others.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        Where they are; it has the relation `records`, the log with every canonical column.
    macros : Macros
        What their SQL may name.
    companions : sequence of Companion
        The enrichments that may be joined.
    settings : Settings
        What the user says about the surroundings.
    logged : frozenset of str
        The columns of the log.
    filled : callable
        Names the columns of the log in which no value is missing.
    fixed : mapping of str to str
        The columns that have one value in all lines, in SQL.
    absent : frozenset of str
        Conditions that no line meets.
    told : mapping of str to polars.DataFrame
        By the name of a companion, what is known of its keys already; the others are as its
        `otherwise` says.
    """

    connection: duckdb.DuckDBPyConnection
    macros: Macros
    companions: Sequence[Companion]
    settings: Settings
    logged: frozenset[str]
    filled: Callable[[], Collection[str]]
    fixed: Mapping[str, str]
    absent: frozenset[str]
    told: Mapping[str, pl.DataFrame]
    _made: set[str] = field(default_factory=set)
    _viewed: tuple[frozenset[str], list[str]] | None = None

    def __post_init__(self) -> None:
        self._derived = DerivedColumns.read(self.connection, self.absent)
        self._known = [
            one for one in self.companions if not one.columns.keys() <= self.fixed.keys()
        ]

    def access(self, columns: frozenset[str] | None) -> None:
        """Let `access` have these columns; None means all."""
        derived, companions = self._choose(columns)
        viewed = derived, [companion.name for companion in companions]
        if viewed != self._viewed:
            sql = self._derived.select(self.connection, derived, filled=self.filled)
            self._make("access", "base", sql, companions)
            self._viewed = viewed

    def grouped(
        self, sql: str, values: Mapping[str, object] | None, columns: frozenset[str] | None
    ) -> None:
        """Make groups of lines, and of them `grouped`, which has these columns like a log.

        Parameters
        ----------
        sql : str
            A select over `access`, which has the columns for it.
        values : mapping, optional
            The values of its placeholders.
        columns : frozenset of str, or None
            What is wanted of the groups beside their own columns.
        """
        self.connection.execute(f"create or replace temp table groups as {sql}", values)
        own = frozenset(self.connection.table("groups").columns)
        # What the log has and the groups have not is no NULL, but missing.
        lacking = CANONICAL.keys() - self.logged - own
        nulls = "".join(f", null::{CANONICAL[name]} as {quote(name)}" for name in lacking)
        self.connection.execute(
            f"create or replace temp view group_records as select *{nulls} from groups"  # noqa: S608
        )
        derived, companions = self._choose(columns, own)
        select = self._derived.select(
            self.connection, derived, source="group_records", given=own | self.fixed.keys()
        )
        # Tables of companions that know these groups alone are of no use to others.
        self._made -= {companion.name for companion in companions}
        self._make("grouped", "group_base", select, companions)
        self._made -= {companion.name for companion in companions}
        self._viewed = None

    def _choose(
        self, columns: frozenset[str] | None, own: frozenset[str] = frozenset()
    ) -> tuple[frozenset[str], list[Companion]]:
        """Choose the derived columns and the companions that give what is not there anyway."""
        companions = wanted(None if columns is None else columns - own, self._known)
        keys = {key for companion in companions for key in companion.keys}
        given = {name for companion in companions for name in companion.columns}
        derived = DERIVED.keys() if columns is None else (columns | keys) & DERIVED.keys()
        return frozenset(derived - given - own - self.fixed.keys()), companions

    def _make(self, name: str, base: str, sql: str, companions: Sequence[Companion]) -> None:
        self.macros.make(sql)
        fixed = "".join(f", {value} as {column}" for column, value in self.fixed.items())
        self.connection.execute(
            f"create or replace temp view {base} as select *{fixed} from ({sql})"  # noqa: S608
        )
        source = base
        joined: set[str] = set()
        for group in alike(companions):
            # Joins are not free: keys are looked for behind them only if they come from there.
            keys_from = source if joined & set(group[0].keys) else base
            new = [companion for companion in group if companion.name not in self._made]
            self.macros.make(f"{group[0].distinct} {group[0].reduced}")
            for companion in new:
                if companion.name in self.told:
                    create_table(self.connection, companion, self.told[companion.name])
            unknown = [companion for companion in new if companion.name not in self.told]
            create_tables(self.connection, unknown, keys_from, self.settings)
            self._made |= {companion.name for companion in new}
            source = join(group, source)
            joined |= {column for companion in group for column in companion.columns}
        self.connection.execute(
            f"create or replace temp view {name} as select * from {source}"  # noqa: S608 - our own names
        )
