"""The catalog that answers: `envoylog.open(path).ask(question)`."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from envoylog.catalog.catalog import Catalog, Data
from envoylog.catalog.columns import OPERATOR_OF
from envoylog.dataset.rejects import group_rejects
from envoylog.errors import QueryError
from envoylog.questions.answer import Answer, Window
from envoylog.questions.question import Question, find_question
from envoylog.questions.window import read_moment

_WINDOW = "select min(start_time), max(start_time), count(*) from requests"


class AccessLog(Catalog):
    """An access log in Parquet, ready for questions. Make one with `envoylog.open`."""

    def ask(
        self,
        question: str,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        limit: int | None = None,
    ) -> Answer:
        """Ask a question by its name.

        Parameters
        ----------
        question : str
            One of `envoylog ask --list`.
        since, until : str or datetime, optional
            The window by start time, `since` included and `until` not: ISO 8601 (UTC), or `90m`,
            `24h`, `7d` back from the newest request.
        limit : int, optional
            How many rows at most; 0 for all.

        Returns
        -------
        Answer

        Raises
        ------
        UnknownNameError
            If there is no such question.
        QueryError
            If the log's format lacks what the question needs, or the window is no window.
        """
        found = find_question(question)
        self._require(found)
        parameters: dict[str, object] = {}
        conditions = []
        for name, text, sign in (("since", since, ">="), ("until", until, "<")):
            if text is not None:
                parameters[name] = read_moment(text, self._newest())
                conditions.append(f"start_time {sign} ${name}")
        where = f" where {' and '.join(conditions)}" if conditions else ""
        requests = f"with requests as (select * from access{where})\n"  # noqa: S608 - values are bound
        counts = self.query(requests + _WINDOW, parameters).pl()
        sql = requests + found.sql
        parameters["limit"] = (found.limit if limit is None else limit) or 2**62
        frame = self.query(sql, parameters).pl()
        return Answer(frame, sql, parameters, found, Window(*counts.row(0)))

    def sql(self, sql: str) -> Answer:
        """Run free SQL over the view `access`.

        Parameters
        ----------
        sql : str
            One select statement of DuckDB's dialect.

        Returns
        -------
        Answer

        Raises
        ------
        QueryError
            With DuckDB's own words.
        """
        return Answer(self.query(sql).pl(), sql)

    def rejects(self, examples: int = 1) -> pl.DataFrame:
        """Group the lines that could not be read by reason and field.

        Parameters
        ----------
        examples : int
            How many examples of each.

        Returns
        -------
        polars.DataFrame
            `count`, `reason`, `field`, `examples`.
        """
        return group_rejects(self.rejects_paths(), examples)

    def _newest(self) -> datetime | None:
        newest: datetime | None = self.query("select max(start_time) from access").pl().item()
        return newest

    def _require(self, question: Question) -> None:
        missing = [need for need in question.needs if not self.columns & set(need.split("|"))]
        if missing:
            operators = ", ".join(OPERATOR_OF[need.split("|")[0]] for need in missing)
            raise QueryError(
                f"{question.id} cannot be answered: this log's format lacks {operators}; "
                "add it to the format, or ask another question (envoylog ask --list)"
            )


def open(data: Data, *, trusted_hops: int | None = None) -> AccessLog:  # noqa: A001 - the verb
    """Open Parquet written by `parse`.

    Parameters
    ----------
    data : path or iterable of paths
        Files, folders, glob patterns; rejects are left aside.
    trusted_hops : int, optional
        How many proxies in front of Envoy are trusted: `client_ip` is then the address that many
        places left of the last in X-Forwarded-For. By default it is what Envoy itself decided,
        the downstream remote address.

    Returns
    -------
    AccessLog
        With the DuckDB view `access`.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        If it is not Parquet, or not an access log.
    """
    return AccessLog(data, trusted_hops=trusted_hops)
