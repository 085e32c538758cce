"""`checks.toml`, read strictly: every fault with its line, all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from envoylog.errors import EnvoylogError, UnknownNameError
from envoylog.questions.library import find_question
from envoylog.questions.question import Question
from envoylog.questions.scope import read_zone
from envoylog.questions.settings_file import SettingsTable, read_settings
from envoylog.reports.checks.faults import Faults
from envoylog.reports.checks.limits import Bound, Limit
from envoylog.reports.config import read_filters
from envoylog.reports.sections import Filters
from envoylog.reports.windows import Length

#: What is judged beside questions, and with which parameters.
JUDGEMENTS: Final = {
    "slo": ("objectives",),
    "canary": ("by", "baseline", "candidate", "latency", "weights"),
    "before-after": ("at", "window", "latency"),
    "mirror": ("shadow",),
}
#: What may become of a check that cannot be judged.
FAIL, PASS = "fail", "pass"

_FILTERS: Final = tuple(Filters.__dataclass_fields__)
_TOP: Final = (
    "since", "until", "window", "timezone", "max_age", "unjudged", "check", *_FILTERS,
)  # fmt: skip
_BOUNDS: Final = tuple(bound.value for bound in Bound)
_CHECK: Final = (
    "name", "question", "column", *_BOUNDS, "is", "is_not", "sum", "baseline", "key", "rows",
    "min_requests", "since", "bucket", "table", "unjudged", "parameters", *_FILTERS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold.

    Attributes
    ----------
    name : str
        As people call it.
    question : str
        Whose answer is judged: a question, or one of `JUDGEMENTS`.
    place : SettingsTable
        Where it stands in the file, for messages.
    column : str
        Which column; empty to count the rows.
    limits : tuple of Limit
        What numbers may be.
    allowed, refused : tuple of str
        What texts must be, and must not.
    sum : bool
        Whether the sum over all rows is judged, and not each.
    baseline : timedelta or None
        How much earlier the window lies against which rises and falls are measured.
    key : tuple of str
        The columns that tell rows apart; empty for the texts that the answer begins with.
    rows : mapping of str to object
        Only rows with these values.
    min_requests : int
        On how few requests nothing is judged.
    since : str or None
        The beginning of the window, where it is not that of the file.
    bucket : timedelta or None
        The length of each step of a time line.
    table : str
        Which table of a judgement; empty for its verdict.
    unjudged : str
        `fail` or `pass`: what it counts as where it cannot be judged.
    filters : Filters
        Which requests count.
    parameters : mapping of str to object
        The question's own.
    """

    name: str
    question: str
    place: SettingsTable = field(repr=False, compare=False)
    column: str = ""
    limits: tuple[Limit, ...] = ()
    allowed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    sum: bool = False
    baseline: timedelta | None = None
    key: tuple[str, ...] = ()
    rows: Mapping[str, object] = field(default_factory=dict)
    min_requests: int = 0
    since: str | None = None
    bucket: timedelta | None = None
    table: str = ""
    unjudged: str = FAIL
    filters: Filters = field(default_factory=Filters)
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checks:
    """What must hold, and of which window.

    Attributes
    ----------
    checks : tuple of Check
        In order; names are unique.
    since, until : str or None
        The window, as in `AccessLog.ask`.
    window : Length or None
        Or the last complete one.
    timezone : str
        By whose clocks.
    max_age : timedelta or None
        How long ago the newest request may be: else the log, or its collection, is silent.
    """

    checks: tuple[Check, ...]
    since: str | None = None
    until: str | None = None
    window: Length | None = None
    timezone: str = "UTC"
    max_age: timedelta | None = None


def read_checks(path: str | Path, questions: Mapping[str, Question] | None = None) -> Checks:
    """Read a `checks.toml`.

    Parameters
    ----------
    path : path
        The file.
    questions : mapping of str to Question, optional
        Those that there are; by default those of envoylog.

    Raises
    ------
    InputError
        If there is no such file.
    ConfigurationError
        If it is not what it should be, with every fault and its line.
    """
    return parse_checks(read_settings(path), questions)


def parse_checks(table: SettingsTable, questions: Mapping[str, Question] | None = None) -> Checks:
    r"""Understand settings.

    Examples
    --------
    >>> from envoylog.questions.settings_file import parse_settings
    >>> text = "[[check]]\nname = 'errors'\nquestion = 'errors-by-authority'\nmax = 10"
    >>> parse_checks(parse_settings(text, "checks.toml")).checks[0].limits
    (Limit(bound=<Bound.MAX: 'max'>, number=10.0, suffix=''),)
    """
    faults = Faults()
    # What can be read is, so that each table has its say.
    with faults.kept():
        table.only(*_TOP)
    common, unjudged = Filters(), FAIL
    with faults.kept():
        common = read_filters(table)
    with faults.kept():
        unjudged = _choice(table, "unjudged", (FAIL, PASS)) or FAIL
    tables: tuple[SettingsTable, ...] = ()
    with faults.kept():
        tables = table.tables("check")
        if not tables:
            raise table.fault("there is no [[check]]")
    found: list[Check] = []
    for one in tables:
        for part in (_keys, _limited):
            with faults.kept():
                part(one)
        with faults.kept():
            found.append(_check(one, common, unjudged, questions))
    names = [check.name for check in found]
    for check in {check.name: check for check in found if names.count(check.name) > 1}.values():
        faults.append(str(check.place.fault(f"two checks are called {check.name!r}", "name")))
    read = Checks(tuple(found))
    with faults.kept():
        read = _windowed(read, table)
    faults.tell()
    return read


def _windowed(checks: Checks, table: SettingsTable) -> Checks:
    window = _choice(table, "window", tuple(Length))
    since, until = table.string("since"), table.string("until")
    if window and since:
        raise table.fault("write window or since, not both", "window")
    timezone = table.string("timezone") or checks.timezone
    try:
        read_zone(timezone)
    except EnvoylogError as error:
        raise table.fault(str(error), "timezone") from None
    length = Length(window) if window else None
    return Checks(checks.checks, since, until, length, timezone, table.span("max_age"))


def _keys(table: SettingsTable) -> None:
    table.only(*_CHECK)
    for key in ("name", "question"):
        if not table.string(key):
            raise table.fault(f"the check lacks {key}")


def _limited(table: SettingsTable) -> None:
    limits = _limits(table)
    texts = table.strings("is") + table.strings("is_not")
    if not limits and not texts:
        raise table.fault(f"the check has no limit: one of {', '.join((*_BOUNDS, 'is', 'is_not'))}")
    if texts and not table.string("column"):
        raise table.fault("is and is_not need a column", "is")
    if table.flag("sum", default=False) and not (limits and table.string("column")):
        raise table.fault("sum needs a column of numbers, and a limit", "sum")
    moving = [one.bound for one in limits if one.bound in {Bound.MAX_RISE, Bound.MAX_FALL}]
    if moving and table.span("baseline") is None:
        raise table.fault(f"{moving[0]} needs a baseline, such as '7d'", moving[0])
    if not moving and table.span("baseline") is not None:
        raise table.fault("a baseline needs max_rise or max_fall", "baseline")


def _limits(table: SettingsTable) -> tuple[Limit, ...]:
    found = []
    for bound in Bound:
        if bound in table.facts:
            try:
                found.append(Limit.read(bound, table.facts[bound]))
            except EnvoylogError as error:
                raise table.fault(str(error), bound) from None
    return tuple(found)


def _check(
    table: SettingsTable,
    common: Filters,
    unjudged: str,
    questions: Mapping[str, Question] | None,
) -> Check:
    asked = table.string("question") or ""
    own = table.table("parameters")
    parameters = own.facts
    if asked in JUDGEMENTS:
        known = JUDGEMENTS[asked]
        for name in parameters:
            if name not in known:
                raise own.fault(str(UnknownNameError("parameter", name, known)), name)
        if table.string("baseline"):
            raise table.fault(f"{asked} compares by itself: no baseline", "baseline")
        if asked == "slo" and not isinstance(parameters.get("objectives"), str):
            raise table.fault("slo needs parameters.objectives, a file of objectives", "parameters")
    elif asked:
        _known_question(table, asked, questions)
        if table.string("table"):
            raise table.fault(f"table is for {', '.join(JUDGEMENTS)}", "table")
    return Check(
        name=table.string("name") or "",
        question=asked,
        place=table,
        column=table.string("column") or "",
        limits=_limits(table),
        allowed=table.strings("is"),
        refused=table.strings("is_not"),
        sum=table.flag("sum", default=False),
        baseline=table.span("baseline"),
        key=table.strings("key"),
        rows=table.table("rows").facts,
        min_requests=table.whole("min_requests") or 0,
        since=table.string("since"),
        bucket=table.span("bucket"),
        table=table.string("table") or "",
        unjudged=_choice(table, "unjudged", (FAIL, PASS)) or unjudged,
        filters=read_filters(table).within(common),
        parameters=parameters,
    )


def _known_question(
    table: SettingsTable, name: str, questions: Mapping[str, Question] | None
) -> None:
    try:
        find_question(name, None if questions is None else dict(questions))
    except UnknownNameError as error:
        known = (*error.known, *JUDGEMENTS)
        raise table.fault(str(UnknownNameError("question", name, known)), "question") from None


def _choice(table: SettingsTable, key: str, known: tuple[str, ...]) -> str | None:
    value = table.string(key)
    if value is not None and value not in known:
        raise table.fault(f"{key} = {value!r}: {key} must be {' or '.join(known)}", key)
    return value
