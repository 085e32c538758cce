"""An open log at a glance: what there is, what it tells, and what it can be asked."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from envoylog.catalog.companions import COMPANIONS
from envoylog.display import html

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog

_PATHS = 3


def facts(log: AccessLog) -> tuple[str, list[str]]:
    """Say in a line what there is, and in sentences what is missing."""
    rows = log.frame("select count(*) as n from records", columns=frozenset()).item()
    first, newest = log.ends
    window = f", {first:%Y-%m-%d %H:%M:%S} to {newest:%Y-%m-%d %H:%M:%S} UTC" if newest else ""
    unasked = [name for name, question in log.questions.items() if log.missing(question.needs)]
    asked = len(log.questions) - len(unasked)
    files = ", ".join(log.paths[:_PATHS])
    more = f" and {len(log.paths) - _PATHS} more files" if len(log.paths) > _PATHS else ""
    return f"{rows:,} rows{window}", [
        f"from {files}{more}",
        f"{len(log.logged)} columns in the log, {len(log.columns)} in the view `access`",
        f"{asked} questions can be asked"
        + (f", {len(unasked)} lack what the log's format does not give" if unasked else ""),
    ]


def overview(log: AccessLog) -> str:
    """Write it as HTML, with columns and questions to open on a click."""
    headline, sentences = facts(log)
    made = {name for companion in COMPANIONS for name in companion.columns}
    columns = [
        (name, "the log" if name in log.logged else _source(log, name, made))
        for name in log.columns
    ]
    questions = [
        html.details(
            f"{group}: {len(own)}",
            html.table(
                ("question", "title", "lacks"),
                [(q.id, q.title, ", ".join(log.missing(q.needs))) for q in own],
            ),
        )
        for group, members in groupby(log.questions.values(), key=lambda question: question.group)
        for own in [list(members)]
    ]
    return html.block(
        html.paragraph(headline, strong=True),
        html.items(sentences),
        html.details("Columns", html.table(("column", "from"), columns)),
        html.group("Questions", questions),
    )


def _source(log: AccessLog, name: str, made: set[str]) -> str:
    if log.missing([name]):
        return f"NULL: needs {', '.join(log.missing([name]))}"
    return "an enrichment" if name in made else "other columns"
