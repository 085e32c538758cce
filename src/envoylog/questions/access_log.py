"""The catalog that answers: `envoylog.open(path).ask(question)`."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, cast

import polars as pl

from envoylog.catalog.catalog import Catalog
from envoylog.catalog.census import census_sql
from envoylog.catalog.datasets import Data
from envoylog.catalog.expressions import named_columns
from envoylog.enrich.companion import Settings
from envoylog.errors import QueryError
from envoylog.questions.answer import Answer
from envoylog.questions.asked import Asked, NothingToSayError
from envoylog.questions.census import dimensions, take_stock
from envoylog.questions.library import Folders, find_question, with_folders
from envoylog.questions.parameters import read_parameters
from envoylog.questions.question import Question
from envoylog.questions.rejects import Rejects
from envoylog.questions.scope import (
    Scope,
    choose_bucket,
    choose_window,
    read_kinds,
    read_vantage,
    read_zone,
)
from envoylog.questions.story import Story, tell
from envoylog.questions.window import read_moment, read_span

if TYPE_CHECKING:
    from envoylog.questions.releases.findings import Findings
    from envoylog.questions.releases.objectives import Objectives
    from envoylog.questions.releases.source import BeforeAfterOptions, CanaryOptions, Common
    from envoylog.reports.build import ReportWindow
    from envoylog.reports.checks.check import CheckWindow
    from envoylog.reports.checks.checked import Checked
    from envoylog.reports.checks.config import Checks
    from envoylog.reports.config import Config
    from envoylog.reports.report import Report

_EVERYTHING = 2**62

Names = str | Sequence[str]


class AccessLog(Catalog):
    """An access log in Parquet, ready for questions. Make one with `envoylog.open`."""

    def __init__(
        self, data: Data, *, settings: Settings | None = None, questions: Folders = ()
    ) -> None:
        self._own = with_folders(questions) if questions else None
        super().__init__(data, settings=settings)
        self._censuses: dict[str, pl.DataFrame] = {}

    @property
    def questions(self) -> dict[str, Question]:
        """The questions that it can be asked, by name, those of its own folders among them."""
        return with_folders(()) if self._own is None else self._own

    def ask(
        self,
        question: str | Question,
        *,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        bucket: str | timedelta | None = None,
        where: str | None = None,
        authority: Names = (),
        cluster: Names = (),
        route: Names = (),
        limit: int | None = None,
        timezone: str = "UTC",
        include: Collection[str] = (),
        vantage: str | None = None,
        parameters: Mapping[str, object] | None = None,
    ) -> Answer:
        """Ask a question by its name.

        Parameters
        ----------
        question : str or Question
            One of `envoylog ask --list`, or one of your own making.
        since, until : str or datetime, optional
            The window by start time, `since` included and `until` not: ISO 8601 (UTC), or `90m`,
            `24h`, `7d` back from the newest request.
        bucket : str or timedelta, optional
            The length of each step of a time line: `30s`, `5m`, `1h`. By default the window is cut
            into at most sixty.
        where : str, optional
            An expression over the view `access`, such as `response_code >= 500`.
        authority, cluster, route : str or sequence of str
            Only requests of one of these; `*` stands for any text. A cluster may be named by its
            service.
        limit : int, optional
            How many rows at most; 0 for all.
        timezone : str
            In which days and hours are cut and shown, such as `Europe/Zurich`.
        include : collection of str
            What the question would leave out and is to keep: `probe`, `stream`, `mirror`.
        vantage : str, optional
            `gateway`, `inbound`, `outbound` or `all`: whose lines count. By default those of
            gateways, or of the first of these that the data has.
        parameters : mapping, optional
            The question's own, such as `{"threshold": 500}`.

        Returns
        -------
        Answer

        Raises
        ------
        UnknownNameError
            If there is no such question, parameter, column or time zone.
        QueryError
            If the log's format lacks what the question needs, the window is no window, or the
            filter is more than an expression.
        """
        found = question if isinstance(question, Question) else find_question(question, self._own)
        if refusal := self.refusal(found):
            raise QueryError(f"{found.id} cannot be answered: {refusal}")
        first, newest = self.ends
        zone = read_zone(timezone)
        scope = Scope(
            since=None if since is None else read_moment(since, newest),
            until=None if until is None else read_moment(until, newest),
            where=None if where is None else self.read_filter(where),
            authority=_names(authority),
            cluster=_names(cluster),
            route=_names(route),
            include=read_kinds([include] if isinstance(include, str) else include),
            vantage=read_vantage(vantage),
        )
        own = read_parameters(found.parameters, parameters or {}, newest)
        census = self._census(scope, dimensions(found, scope))
        basis, relations = take_stock(found, scope, census, (first, newest), zone)
        length = bucket if isinstance(bucket, timedelta) else bucket and read_span(bucket)
        window = choose_window(scope, basis)
        values = scope.parameters() | {
            "vantage": basis.vantage,
            "limit": (found.limit if limit is None else limit) or _EVERYTHING,
            "bucket": length or found.bucket or choose_bucket(*window),
            "timezone": zone.key,
            **own,
        }
        values["since"], values["until"] = window
        sql = relations.before(found.sql)
        # Of two selects, the first alone is asked of the log.
        asked_of_log = self._connection.extract_statements(found.sql)[0].query
        columns = named_columns(self._connection, asked_of_log)
        if columns is not None:
            columns |= scope.columns() | relations.columns
        asked = Asked(self, found, sql, values, columns, relations, basis.requests)
        unsaid = ""
        try:
            frame = _load(found.python)(asked) if found.python else asked.frame()
        except NothingToSayError as reason:
            frame, unsaid = reason.frame, str(reason)
        remarks = tuple(_load(found.remarks)(asked)) if found.remarks else ()
        return Answer(frame, sql, values, found, replace(basis, remarks=remarks, unsaid=unsaid))

    def canary(self, **options: Unpack[CanaryOptions]) -> Findings:
        """Judge two versions that serve at once; see `questions.releases.canary.canary`."""
        from envoylog.questions.releases.canary import canary

        return canary(self, **options)

    def before_after(self, at: str | datetime, **options: Unpack[BeforeAfterOptions]) -> Findings:
        """Judge a deploy; see `questions.releases.before_after.before_after`."""
        from envoylog.questions.releases.before_after import before_after

        return before_after(self, at, **options)

    def mirror(self, shadow: str = "", **common: Unpack[Common]) -> Findings:
        """Pair requests with their copies; see `questions.releases.mirror.mirror`."""
        from envoylog.questions.releases.mirror import mirror

        return mirror(self, shadow=shadow, **common)

    def slo(
        self,
        objectives: Objectives | str | Path,
        at: str | datetime | None = None,
        **common: Unpack[Common],
    ) -> Findings:
        """Hold objectives against the log; see `questions.releases.slo.slo`."""
        from envoylog.questions.releases.slo import slo

        return slo(self, objectives, at=at, **common)

    def report(
        self, config: Config | str | Path | None = None, **window: Unpack[ReportWindow]
    ) -> Report:
        """Make a page for the morning; see `reports.build.report`."""
        # Reports stand above: the verb is looked up when it is asked for.
        verb = importlib.import_module("envoylog.reports.build").report
        made: Report = verb(self, config=config, **window)
        return made

    def check(self, config: Checks | str | Path, **window: Unpack[CheckWindow]) -> Checked:
        """Judge what must hold; see `reports.checks.check.check`."""
        # Reports are a room above this one, which nothing here may know but by name.
        verb = importlib.import_module("envoylog.reports.checks.check").check
        checked: Checked = verb(self, config, **window)
        return checked

    def sql(self, sql: str, parameters: Mapping[str, object] | None = None) -> Answer:
        """Run free SQL over the view `access`.

        Parameters
        ----------
        sql : str
            One select statement of DuckDB's dialect.
        parameters : mapping, optional
            Values for its `$name` placeholders.

        Returns
        -------
        Answer

        Raises
        ------
        QueryError
            With DuckDB's own words.
        """
        return Answer(self.frame(sql, parameters), sql, parameters or {})

    def why(self, request_id: str) -> Story:
        """Tell what became of a request, across gateways, sidecars and attempts.

        Parameters
        ----------
        request_id : str
            Its x-request-id, or the beginning of it if no other begins so.

        Returns
        -------
        Story

        Raises
        ------
        QueryError
            If the format logs no request ids, or there is none such.
        """
        return tell(self, request_id)

    def rejects(self, examples: int = 3) -> Rejects:
        """Group the lines that could not be read by reason and field.

        Parameters
        ----------
        examples : int
            How many examples of each.

        Returns
        -------
        Rejects
            To explore in a notebook; `.pl()` has `count`, `reason`, `field`, `examples`.
        """
        return Rejects.of(self.rejects_paths(), examples, self.paths)

    def __repr__(self) -> str:
        from envoylog.questions.overview import facts

        try:
            headline, sentences = facts(self)
        except QueryError:  # it is closed
            return f"AccessLog({self.paths})"
        return "\n".join([headline, *sentences])

    def _repr_html_(self) -> str:
        from envoylog.questions.overview import overview

        return overview(self)

    _nothing_succeeded: bool | None = None

    def _census(self, scope: Scope, needed: frozenset[str]) -> pl.DataFrame:
        """Count the lines within the filters by what the question must know of them."""
        conditions, values = scope.conditions(), scope.parameters()
        if self.kept and not conditions:
            return self.kept.counts
        window = Scope(since=scope.since, until=scope.until)
        within = window.conditions(), window.parameters()
        differ = sorted(name for name in needed if self.may_differ(name, *within))
        key = repr((conditions, values, differ))
        if key not in self._censuses:
            values["first"], values["last"] = self.ends
            self._censuses[key] = self.frame(census_sql(conditions, differ), values)
        return self._censuses[key]

    def refusal(self, question: Question) -> str | None:
        """Tell why a question cannot be answered from this log; None if it can."""
        missing = self.missing(question.needs)
        if missing:
            logged = [one for one in missing if one.startswith(("%", "the column"))]
            said = [f"it needs {one}" for one in missing if one not in logged]
            if logged:
                said.append(
                    f"this log's format lacks {', '.join(logged)}; "
                    "add it to the format, or ask another question (envoylog ask --list)"
                )
            return "; ".join(said)
        if question.rates and self._only_failures():
            return (
                "it speaks of shares, and not one request of "
                "this log succeeded (1xx to 3xx), so Envoy's logger seems to have a filter that "
                "keeps failures alone; questions that count are still right (envoylog ask --list)"
            )
        return None

    def _only_failures(self) -> bool:
        if self._nothing_succeeded is None:
            some = "select 1 from records limit 1"
            success = (
                "select 1 from access where response_code between 100 and 399 and not error limit 1"
            )
            self._nothing_succeeded = (
                "response_code" in self.logged
                and len(self.frame(some)) == 1
                and len(self.frame(success)) == 0
            )
        return self._nothing_succeeded


def open(  # noqa: A001 - the verb
    data: Data,
    *,
    trusted_hops: int | None = None,
    trusted_cidrs: Names = (),
    geo: Folders = (),
    routes: Folders = (),
    questions: Folders = (),
) -> AccessLog:
    """Open Parquet written by `parse`.

    Parameters
    ----------
    data : path or iterable of paths
        Files, folders, glob patterns; rejects are left aside.
    trusted_hops : int, optional
        How many proxies in front of Envoy are trusted: `client_ip` is then the address that many
        places left of the last in X-Forwarded-For. By default it is what Envoy itself decided,
        the downstream remote address.
    trusted_cidrs : str or sequence of str
        Or the networks in which such proxies are: `client_ip` is then the first address from the
        right of X-Forwarded-For that lies in none of them.
    geo : path or iterable of paths
        Databases of countries and networks, `.mmdb` files; by default those that the environment
        names in `ENVOYLOG_GEO`.
    routes : path or iterable of paths
        Files that declare routes: path templates, VirtualService, HTTPRoute, OpenAPI. The
        templates of other paths are learned, and kept beside the data.
    questions : path or iterable of paths
        Folders with questions of your own.

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
    QueryError
        If the trusted proxies are given in two ways, or are no networks.
    """
    settings = Settings(
        trusted_hops=trusted_hops,
        trusted_cidrs=_names(trusted_cidrs),
        geo=_paths(geo),
        routes=_paths(routes),
    )
    return AccessLog(data, settings=settings, questions=questions)


def _load(name: str) -> Callable[[Asked], Any]:
    module, _, function = name.partition(":")
    return cast("Callable[[Asked], Any]", getattr(importlib.import_module(module), function))


def _paths(given: Folders) -> tuple[str, ...]:
    return tuple(map(str, [given] if isinstance(given, (str, os.PathLike)) else given))


def _names(given: Names) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
