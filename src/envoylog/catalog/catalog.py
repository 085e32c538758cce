"""Open Parquet files as one DuckDB catalog with the view `access`."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Self

import duckdb

from envoylog.catalog.columns import CANONICAL
from envoylog.dataset.rejects import SUFFIX, rejects_path
from envoylog.errors import DataError, InputError, QueryError

#: What `envoylog.open` takes.
Data = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_OURS = frozenset(CANONICAL) - {"ambiguous", "extra"}


class Catalog:
    """A DuckDB connection that knows one access log.

    Parameters
    ----------
    data : path or iterable of paths
        Parquet files, folders of them, or glob patterns; files of rejects are left aside.
    trusted_hops : int, optional
        How many proxies in front of Envoy are trusted to extend X-Forwarded-For; see `client_ip`.

    Attributes
    ----------
    paths : list of Path
        The files.
    columns : frozenset of str
        The columns that they have; the others of `access` are NULL.
    """

    def __init__(self, data: Data, *, trusted_hops: int | None = None) -> None:
        self.paths = _find(data)
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'")
        self._connection.execute("set variable trusted_hops = ?::integer", [trusted_hops])
        try:
            records = self._connection.read_parquet(
                [str(p) for p in self.paths], union_by_name=True
            )
            self.columns = frozenset(records.columns)
            self._refuse_foreign()
            names = [*CANONICAL, *(name for name in records.columns if name not in CANONICAL)]
            records.project(", ".join(map(self._column, names))).create_view("records")
            self._connection.execute(files(__package__).joinpath("views/access.sql").read_text())
        except duckdb.Error as error:
            self.close()
            raise DataError(
                f"{self._names()} cannot be read as Parquet: {_first_line(error)}"
            ) from None

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Run SQL over the view `access`.

        Parameters
        ----------
        sql : str
            One select statement of DuckDB's dialect.
        parameters : mapping, optional
            Values for `$name` placeholders.

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
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise QueryError("expected one select statement: the data is only read")
            return self._connection.sql(sql, params=dict(parameters) if parameters else None)
        except duckdb.Error as error:
            raise QueryError(f"the query failed: {_first_line(error)}") from None

    def rejects_paths(self) -> list[Path]:
        """Find the files of rejects beside the data; those that do not exist are left out."""
        return [path for path in map(rejects_path, self.paths) if path.is_file()]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _column(self, name: str) -> str:
        quoted = '"' + name.replace('"', '""') + '"'
        return quoted if name in self.columns else f"null::{CANONICAL[name]} as {quoted}"

    def _refuse_foreign(self) -> None:
        if self.columns & _OURS:
            return
        self.close()
        hint = "no column of it is known here"
        if {"reason", "line_number", "text"} <= self.columns:
            hint = "it holds rejects; see them with `envoylog rejects`"
        raise DataError(f"{self._names()} was not written by envoylog: {hint}")

    def _names(self) -> str:
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return f"{self.paths[0]}{more}"


def _find(data: Data) -> list[Path]:
    given = [data] if isinstance(data, (str, os.PathLike)) else list(data)
    found: dict[Path, None] = {}
    for item in map(Path, given):
        if item.is_file():
            found[item] = None
            continue
        pattern = str(item / "**" / "*.parquet") if item.is_dir() else str(item)
        matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - takes absolute ones
        if not matches:
            what = "no Parquet files in the folder" if item.is_dir() else "no such file:"
            raise InputError(f"{what} {item}")
        found |= {Path(match): None for match in matches if not match.endswith(SUFFIX)}
    if not found:
        raise InputError("no Parquet files given")
    return list(found)


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]
