"""What a check asks: a question, or one of the judgements, of one window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from envoylog.errors import EnvoylogError, InputError, QueryError, UnknownNameError
from envoylog.questions.access_log import AccessLog
from envoylog.questions.library import find_question
from envoylog.questions.releases.findings import Findings
from envoylog.reports.checks.config import JUDGEMENTS, Check

_VERDICT: Final = "verdict"

#: From when on, and until when.
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Table:
    """An answer, or what a judgement found.

    Attributes
    ----------
    frame : polars.DataFrame
        The rows.
    units : mapping of str to str
        Of its columns.
    requests : int
        On how many requests it stands.
    """

    frame: pl.DataFrame
    units: Mapping[str, str]
    requests: int


class CannotTellError(EnvoylogError):
    """The log cannot tell; the check is right."""


def ask(log: AccessLog, check: Check, span: Span, zone: ZoneInfo) -> Table:
    """Ask what a check asks.

    Raises
    ------
    CannotTellError
        If the log does not say: its format lacks a column, there are no such requests.
    ConfigurationError
        If the check is at fault.
    """
    options: dict[str, Any] = {**asdict(check.filters), "timezone": zone.key}
    if check.question in JUDGEMENTS:
        return _judgement(log, check, span, options)
    question = find_question(check.question, log.questions)
    if refusal := log.refusal(question):
        raise CannotTellError(refusal)
    parameters = dict(check.parameters)
    since: datetime | None = span[0]
    if "period" in question.parameters and "period" not in parameters:
        # It looks back by itself, further than the window; with none, as far as it likes.
        if since != log.ends[0]:
            parameters["period"] = span[1] - span[0]
        since = None
    try:
        answer = log.ask(
            question, since=since, until=span[1], bucket=check.bucket, limit=0,
            parameters=parameters, **options,
        )  # fmt: skip
    except (QueryError, UnknownNameError) as error:
        raise check.place.fault(str(error)) from None
    if answer.basis and answer.basis.unsaid:
        raise CannotTellError(answer.basis.unsaid)
    return Table(answer.frame, question.units, answer.basis.requests if answer.basis else 0)


def _judgement(log: AccessLog, check: Check, span: Span, options: dict[str, Any]) -> Table:
    parameters: dict[str, Any] = dict(check.parameters)
    if check.question == "slo":
        # As seen from the file of checks.
        path = Path(check.place.source).parent / str(parameters["objectives"])
        parameters |= {"objectives": path, "at": span[1]}
    elif check.question != "before-after":
        options |= {"since": span[0], "until": span[1]}
    verb = getattr(log, check.question.replace("-", "_"))
    try:
        found: Findings = verb(**parameters, **options)
    except (UnknownNameError, InputError, ValueError) as error:
        raise check.place.fault(str(error), "parameters") from None
    except QueryError as error:
        # Objectives are a file, and may be wrong; the others lack requests.
        if check.question == "slo":
            raise check.place.fault(str(error), "parameters") from None
        raise CannotTellError(str(error)) from None
    requests = found.basis.requests if found.basis else 0
    if check.table:
        if check.table not in found.sections:
            known = list(found.sections)
            raise check.place.fault(str(UnknownNameError("table", check.table, known)), "table")
        section = found.sections[check.table]
        return Table(section.frame, section.units, requests)
    if check.column in {"", _VERDICT}:
        return Table(pl.DataFrame({_VERDICT: [found.verdict]}), {}, requests)
    section = next(iter(found.sections.values()))
    return Table(section.frame, section.units, requests)
