"""Open Parquet files as one DuckDB catalog with the view `access`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from typing import Self

import duckdb
import polars as pl

from envoylog.catalog import kept
from envoylog.catalog.census import DIMENSIONS, SIGNS, census_sql, sign_sql
from envoylog.catalog.columns import CANONICAL, DERIVED, LOGGED, operator_of
from envoylog.catalog.companions import COMPANIONS, quote
from envoylog.catalog.datasets import Data, find_files
from envoylog.catalog.expressions import Filter, named_columns, read_filter
from envoylog.catalog.kept import Census
from envoylog.catalog.macros import Macros, cluster_macros, grpc_macro, no_request_macro
from envoylog.catalog.making import Views
from envoylog.catalog.routes import place_of_learned
from envoylog.catalog.statistics import filled, span
from envoylog.enrich.companion import Companion, Settings
from envoylog.enrich.probes import COMPANION as PROBES
from envoylog.errors import DataError, QueryError


class Catalog:
    """A DuckDB connection that knows one access log, and reads nothing else.

    Parameters
    ----------
    data : path or iterable of paths
        Parquet files, folders of them, datasets, or glob patterns, also `s3://`; rejects are left
        aside.
    settings : Settings, optional
        What the user says about the surroundings of the log.
    companions : sequence of Companion
        The enrichments that `access` offers.

    Attributes
    ----------
    paths : list of str
        The files; of a dataset those that count now.
    logged : frozenset of str
        The columns that they have; the others of `access` follow from them, or are NULL.
    columns : tuple of str
        The columns of `access`.
    """

    def __init__(
        self,
        data: Data,
        *,
        settings: Settings | None = None,
        companions: Sequence[Companion] = COMPANIONS,
    ) -> None:
        self._files = find_files(data)
        self.paths = list(self._files.paths)
        self.settings = settings or Settings()
        if self.settings.learned_routes is None and (place := place_of_learned(data)):
            self.settings = replace(self.settings, learned_routes=str(place))
        self._companions = {
            companion.name: companion
            for companion in companions
            if companion.applies(self.settings)
        }
        self._signs: dict[str, bool] = {}
        self._connection = duckdb.connect()
        try:
            self._connection.execute("set TimeZone = 'UTC'")
            if self._files.store:
                self._connection.register_filesystem(self._files.store)
            self._lock()
            records = self._connection.read_parquet(
                self.paths, union_by_name=True, hive_partitioning=self._files.partitioned
            )
            self.logged = frozenset(records.columns)
            self._refuse_foreign()
            names = [*CANONICAL, *(name for name in records.columns if name not in CANONICAL)]
            records.project(", ".join(map(self._column, names))).create_view("records")
            macros = files(__package__).joinpath("views/macros.sql").read_text()
            written = (cluster_macros(), grpc_macro(), no_request_macro(self.logged), macros)
            self._macros = Macros(self._connection, "".join(written))
            probes = self.kept.probes if self.kept else None
            self._views = Views(
                self._connection,
                self._macros,
                [*self._companions.values()],
                self.settings,
                self.logged,
                lambda: self.filled,
                self.kept.fixed if self.kept else {},
                self.kept.absent if self.kept else frozenset(),
                {} if probes is None else {PROBES.name: probes.with_columns(is_probe=True)},
            )
            made = self._made_here()
            logged = (f"{name}_logged" if name in made else name for name in names)
            self.columns = tuple(dict.fromkeys([*logged, *made]))
        except duckdb.Error as error:
            self.close()
            raise DataError(
                f"{self._first_name()} cannot be read as Parquet: {_first_line(error)}"
            ) from None

    def query(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        columns: frozenset[str] | None = None,
    ) -> duckdb.DuckDBPyRelation:
        """Plan SQL over the view `access`; take what it gives before the next query.

        Parameters
        ----------
        sql : str
            One select statement of DuckDB's dialect. Of two, the first makes the relation `grouped`
            of lines that are alike, and the second is asked of it, as of a log: what is derived
            or looked up is so for each group, and there are fewer groups than lines.
        parameters : mapping, optional
            Values for `$name` placeholders; those that do not occur are left out.
        columns : frozenset of str, optional
            The columns that it needs of `access`, where they are known already; by default those
            that it names.

        Returns
        -------
        duckdb.DuckDBPyRelation

        Raises
        ------
        QueryError
            With DuckDB's own words.
        """
        try:
            statements = self._connection.extract_statements(sql)
            if {statement.type for statement in statements} != {duckdb.StatementType.SELECT}:
                raise QueryError("expected one select statement: the data is only read")
            *before, last = statements
            if before and (len(before) > 1 or "grouped" not in last.query):
                raise QueryError("expected one select statement, or two: the first makes `grouped`")
            first = statements[0].query
            named = named_columns(self._connection, first) if columns is None else columns
            self._views.access(named)
            if before:
                self._macros.make(first)
                values = _used(before[0], parameters or {})
                self._views.grouped(first, values, named_columns(self._connection, last.query))
            self._macros.make(last.query)
            return self._connection.sql(last.query, params=_used(last, parameters or {}))
        except duckdb.Error as error:
            raise QueryError(f"the query failed: {_first_line(error)}") from None

    def frame(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        columns: frozenset[str] | None = None,
    ) -> pl.DataFrame:
        """Run SQL over the view `access`, as `query` does, and give what comes out."""
        relation = self.query(sql, parameters, columns)
        try:
            return _to_polars(relation)
        except duckdb.Error as error:
            raise QueryError(f"the query failed: {_first_line(error)}") from None
        except pl.exceptions.PolarsError as error:
            what = str(error).partition("\n")[0]
            raise QueryError(f"the answer has a column to cast to another type: {what}") from None

    def read_filter(self, text: str) -> Filter:
        """Read an expression over the view, and refuse whatever else it may be.

        Parameters
        ----------
        text : str
            Such as `response_code >= 500 and path like '/api/%'`.

        Returns
        -------
        Filter

        Raises
        ------
        QueryError
            If it is no single expression of columns, values and harmless functions.
        UnknownNameError
            If it names a column that the view lacks.
        """
        return read_filter(self._connection, text, self.columns)

    def missing(self, needs: Iterable[str]) -> list[str]:
        """Tell what the log's format lacks.

        Parameters
        ----------
        needs : iterable of str
            Columns of the view; `a|b` means either.

        Returns
        -------
        list of str
            The operators to add to the format, or why an enrichment knows nothing.
        """
        found: dict[str, None] = {}
        for need in needs:
            reasons = [self._missing(column) for column in need.split("|")]
            if all(reasons):
                found |= dict.fromkeys(reasons[0])
        return list(found)

    @cached_property
    def ends(self) -> tuple[datetime | None, datetime | None]:
        """The start of the first and of the last request of the data."""
        if self.kept:
            return self.kept.ends
        told = span(self._connection, self.paths, "start_time")
        if told is None:
            ends = "select min(start_time), max(start_time) from records"
            ((first, last),) = self.frame(ends, columns=frozenset()).rows()
            return first, last
        return told

    @cached_property
    def filled(self) -> frozenset[str]:
        """The columns of the log in which every row has a value, as far as that is known."""
        names = self.kept.filled if self.kept else filled(self._connection, self.paths)
        return names.difference(self._made_here())

    @cached_property
    def kept(self) -> Census | None:
        """The census of the files, where it was kept when they were written."""
        return kept.read(self._files.paths)

    def may_differ(
        self, dimension: str, window: Sequence[str] = (), values: Mapping[str, object] | None = None
    ) -> bool:
        """Tell whether some lines may not be as most are.

        Parameters
        ----------
        dimension : str
            One of `catalog.census.DIMENSIONS`.
        window : sequence of str
            Conditions on `start_time`.
        values : mapping, optional
            Their values.
        """
        if self.kept and not self.kept.differs(dimension):
            return False
        key = repr((dimension, window, values))
        if key not in self._signs:
            sign = self.frame(sign_sql(dimension, window), values)
            self._signs[key] = not sign.is_empty()
        return self._signs[key]

    def count(self) -> Census:
        """Take the census of all lines."""
        differ = [name for name in DIMENSIONS if self.may_differ(name)]
        first, last = self.ends
        counts = self.frame(census_sql((), differ), {"first": first, "last": last})
        looks = [
            (sign, f"select 1 from records where {sign} limit 1")  # noqa: S608 - our own words
            for name in differ
            for sign in SIGNS[name][1]
            if SIGNS[name][0] == "records"
        ]
        absent = frozenset(sign for sign, look in looks if self.frame(look).is_empty())
        probes = self.frame("select user_agent, health_path from companion_probes where is_probe")
        return Census(counts, filled(self._connection, self.paths), absent, probes)

    def _missing(self, column: str) -> list[str]:
        if column in self.logged:
            return []
        for companion in self._companions.values():
            if column in companion.columns:
                reason = companion.unavailable(self.settings)
                return [reason] if reason else self.missing(companion.needs)
        derived = DERIVED.get(column)
        return self.missing(derived.needs) if derived else [operator_of(column)]

    def _lock(self) -> None:
        """Let SQL read these files and no others, whatever anybody writes into a query."""
        self._connection.execute("set allowed_paths = ?", [self.paths])
        self._connection.execute(
            "set temp_directory = ?",
            [os.path.join(tempfile.gettempdir(), f"envoylog-{os.getpid()}")],  # noqa: PTH118
        )
        self._connection.execute("set parquet_metadata_cache = true")
        self._connection.execute("set enable_external_access = false")
        self._connection.execute("set python_enable_replacements = false")
        self._connection.execute("set lock_configuration = true")

    @property
    def names(self) -> tuple[str, ...]:
        """What was given as data."""
        return tuple(self._files.names)

    @property
    def in_order(self) -> bool:
        """Whether rows stand in the order of the lines; those of a dataset are sorted."""
        return not any(self._files.paths.values())

    def rejects_paths(self) -> list[str]:
        """Find the files of rejects of the data; those that do not exist are left out."""
        return self._files.rejects()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _column(self, name: str) -> str:
        if name not in self.logged:
            return f"null::{CANONICAL[name]} as {quote(name)}"
        logged = f" as {quote(f'{name}_logged')}" if name in self._made_here() else ""
        return f"{quote(name)}{logged}"

    def _made_here(self) -> tuple[str, ...]:
        """Name the columns that the view makes itself; those of the log step aside."""
        return (*DERIVED, *(name for one in self._companions.values() for name in one.columns))

    def _refuse_foreign(self) -> None:
        if self.logged & LOGGED:
            return
        self.close()
        hint = "no column of it is known here"
        if {"reason", "line_number", "text"} <= self.logged:
            hint = "it holds rejects; see them with `envoylog rejects`"
        raise DataError(f"{self._first_name()} was not written by envoylog: {hint}")

    def _first_name(self) -> str:
        names = self._files.names
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        return f"{names[0]}{more}"


def _to_polars(relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Take what a query gives; polars knows lengths of time, but not months and days."""
    names = relation.columns
    types = dict(zip(names, map(str, relation.types), strict=True))
    lengths = [name for name, type_ in types.items() if type_ == "INTERVAL"]
    if lengths and len(types) == len(names):
        cells = {name: quote(name) for name in names}
        cells |= {name: f"(epoch({quote(name)}) * 1e6)::bigint" for name in lengths}
        relation = relation.project(
            ", ".join(f"{sql} as {quote(name)}" for name, sql in cells.items())
        )
    frame: pl.DataFrame = relation.pl()
    return frame.with_columns(pl.col(lengths).cast(pl.Duration("us"))) if lengths else frame


def _used(statement: duckdb.Statement, values: Mapping[str, object]) -> dict[str, object] | None:
    """Choose the values of the placeholders that occur."""
    return {name: values[name] for name in statement.named_parameters if name in values} or None


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]
