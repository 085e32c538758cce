"""Count what there is before a question is answered, and decide what it is answered from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from envoylog.questions.question import Question
from envoylog.questions.scope import Basis, Scope, choose_vantage


def dimensions(question: Question, scope: Scope) -> frozenset[str]:
    """Name what a question must know of each line to tell whether it counts."""
    found = set(question.without) - scope.include
    if not question.every_line:
        found.add("record")
    if scope.vantage != "all" and (scope.vantage or not question.every_line):
        found.add("vantage")
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Relations:
    """The conditions of the relations that a question may name; only those that hold a row back.

    Attributes
    ----------
    everything : tuple of str
        On `access`.
    requests : tuple of str
        On `everything`.
    """

    everything: tuple[str, ...]
    requests: tuple[str, ...]

    @property
    def columns(self) -> frozenset[str]:
        """The columns that they need beside those of the filters: of `is_stream is not true`."""
        conditions = (*self.everything, *self.requests)
        return frozenset(condition.partition(" ")[0] for condition in conditions)

    def before(self, sql: str) -> str:
        """Put both relations before a select.

        Examples
        --------
        >>> print(Relations((), ("is_stream is not true",)).before("select 1"))
        with everything as not materialized (
            select * from access
        ),
        requests as not materialized (
            select * from everything
            where is_stream is not true
        )
        select 1
        """
        relations = ",\n".join(
            [
                _relation("everything", "access", self.everything),
                _relation("requests", "everything", self.requests),
            ]
        )
        # A question may have a `with` of its own: then these come first in it.
        own = re.match(r"(?:\s|--[^\n]*\n)*with\s+(recursive\s+)?", sql, re.IGNORECASE)
        if own is None:
            return f"with {relations}\n{sql}"
        return f"with {own[1] or ''}{relations},\n{sql[own.end() :]}"


def take_stock(
    question: Question,
    scope: Scope,
    census: pl.DataFrame,
    ends: tuple[datetime | None, datetime | None],
    zone: ZoneInfo,
) -> tuple[Basis, Relations]:
    """Decide which lines count.

    Parameters
    ----------
    question : Question
        What is asked.
    scope : Scope
        Of which requests.
    census : polars.DataFrame
        What `census_sql` gave.
    ends : tuple of datetime
        The start of the first and of the last request of the data.
    zone : ZoneInfo
        In which times are shown.

    Returns
    -------
    Basis
        What the answer stands on.
    Relations
        What it is answered from.
    """
    left_out: dict[str, int] = {}

    def drop(lines: pl.DataFrame, gone: pl.Expr, kind: str) -> pl.DataFrame:
        if count := int(lines.filter(gone)["requests"].sum()):
            left_out[kind] = count
        return lines.filter(~gone)

    everything, requests = scope.conditions(), []
    lines = census
    if not question.every_line:
        lines = drop(lines, pl.col("record") == "attempt", "attempt")
        lines = drop(lines, pl.col("record") == "progress", "progress")
    if left_out:
        everything.append("record = 'end'")
    counts = dict(lines.group_by("vantage").agg(pl.col("requests").sum()).iter_rows())
    vantage = choose_vantage(scope.vantage or ("all" if question.every_line else None), counts)
    others = sorted(set(counts) - {vantage}) if vantage else []
    if others:
        everything.append("vantage = $vantage")
    for other in others:
        lines = drop(lines, pl.col("vantage") == other, other)
    for kind in question.without:
        if kind not in scope.include and lines[kind].any():
            lines = drop(lines, pl.col(kind), kind)
            requests.append(f"is_{kind} is not true")
    basis = Basis(
        since=lines["since"].min(),  # type: ignore[arg-type]
        until=lines["until"].max(),  # type: ignore[arg-type]
        requests=int(lines["requests"].sum()),
        filters=tuple(scope.words(zone)),
        vantage=vantage if others else None if scope.vantage == "all" else scope.vantage,
        left_out=left_out,
        data_since=ends[0],
        data_until=ends[1],
        timezone=zone,
    )
    return basis, Relations(tuple(everything), tuple(requests))


def _relation(name: str, source: str, conditions: tuple[str, ...]) -> str:
    where = f"\n    where {' and '.join(conditions)}" if conditions else ""
    return f"{name} as not materialized (\n    select * from {source}{where}\n)"  # noqa: S608 - values are bound
