"""A question: an SQL file whose first comment is a TOML header, read and checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Final

from envoylog.charts.chart import CHARTS, Chart
from envoylog.errors import QueryError, UnknownNameError
from envoylog.questions.parameters import Parameter, read_parameter
from envoylog.questions.window import read_span

GROUPS: Final = (
    "overview",
    "routes",
    "latency",
    "errors",
    "upstreams",
    "clients",
    "abuse",
    "data quality",
    "releases",
)
#: What a question may leave out of `requests`.
KINDS: Final = ("probe", "stream", "mirror")
#: What people type to ask one.
NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

_MUST: Final = {"title": str, "group": str, "needs": list, "reading": str}
_MAY: Final = {
    "without": list,
    "limit": int,
    "bucket": str,
    "every_line": bool,
    "example": str,
    "rates": bool,
    "python": str,
    "remarks": str,
    "chart": dict,
    "units": dict,
    "parameters": dict,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes
    ----------
    id : str
        The file's name: what users type.
    title : str
        In plain words.
    group : str
        What it is about.
    needs : tuple of str
        Columns that it cannot do without; `a|b` means either.
    reading : str
        How to read the answer.
    sql : str
        A select over `requests`, the part of `access` within the window, or `everything`, which
        leaves nothing out. Or two selects: the first makes the relation `grouped`, of which the
        second is asked as of a log.
    without : tuple of str
        What `requests` leaves out unless told otherwise: `probe`, `stream`, `mirror`.
    limit : int
        How many rows it gives unless told otherwise.
    bucket : timedelta or None
        The length of each step of its time line unless told otherwise; None to fit the window.
    every_line : bool
        Whether it is about lines, not requests: those of every vantage, of attempts and of progress
        stay in.
    example : str
        What an example adds to `envoylog ask QUESTION DATA`.
    rates : bool
        Whether it speaks of shares of errors, which a log of errors alone cannot tell.
    python : str
        `module:function` that answers, from an `Asked`; empty where SQL is enough.
    remarks : str
        `module:function` that says what else one must know, from an `Asked`.
    chart : Chart
        How the answer is drawn.
    units : mapping of str to str
        UCUM units of its columns; `ratio` is a share of 1.
    parameters : mapping of str to Parameter
        Its own parameters.
    """

    id: str
    title: str
    group: str
    needs: tuple[str, ...]
    reading: str
    sql: str
    without: tuple[str, ...] = ()
    limit: int = 20
    bucket: timedelta | None = None
    every_line: bool = False
    example: str = ""
    rates: bool = False
    python: str = ""
    remarks: str = ""
    chart: Chart = field(default_factory=Chart)
    units: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def read_question(name: str, text: str, where: str | None = None) -> Question:
    r"""Read one file.

    Parameters
    ----------
    name : str
        Its name without `.sql`.
    text : str
        Its content: lines that start with `--` are the header, the rest is the select.
    where : str, optional
        Its path, for messages.

    Returns
    -------
    Question

    Raises
    ------
    QueryError
        If the header is not what it should be.

    Examples
    --------
    >>> header = ["title = 'How many?'", "group = 'overview'", "needs = []", "reading = 'So.'"]
    >>> lines = [*(f"-- {line}" for line in header), "select count(*) from requests"]
    >>> read_question("count", "\n".join(lines)).title
    'How many?'
    """
    place = where or f"{name}.sql"
    header, sql = _split(text)
    try:
        facts = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        raise QueryError(f"{place}: the header is not TOML: {error}") from None
    _check_keys(place, facts)
    if not sql:
        raise QueryError(f"{place}: there is a header and no select after it")
    if not NAME.fullmatch(name):
        raise QueryError(
            f"{place}: name it in small letters, digits and hyphens: it is what people type"
        )
    return Question(
        id=name,
        title=facts["title"],
        group=facts["group"],
        needs=_texts(place, "needs", facts["needs"]),
        reading=" ".join(facts["reading"].split()),
        sql=sql,
        without=tuple(
            _known(place, "without", kind, KINDS)
            for kind in _texts(place, "without", facts.get("without", []))
        ),
        limit=facts.get("limit", 20),
        bucket=_read_bucket(place, facts.get("bucket")),
        every_line=facts.get("every_line", False),
        example=facts.get("example", ""),
        rates=facts.get("rates", False),
        python=facts.get("python", ""),
        remarks=facts.get("remarks", ""),
        chart=_read_chart(place, facts.get("chart", {})),
        units=dict(
            zip(
                facts.get("units", {}),
                _texts(place, "units", [*facts.get("units", {}).values()]),
                strict=True,
            )
        ),
        parameters={
            key: read_parameter(place, key, value)
            for key, value in facts.get("parameters", {}).items()
        },
    )


def _split(text: str) -> tuple[str, str]:
    lines = text.splitlines()
    size = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    header = "\n".join(line[2:].removeprefix(" ") for line in lines[:size])
    return header, "\n".join(lines[size:]).strip().removesuffix(";")


def _check_keys(place: str, facts: Mapping[str, object]) -> None:
    known = _MUST | _MAY
    for key, value in facts.items():
        _known(place, "the header", key, tuple(known))
        if not isinstance(value, known[key]) or (known[key] is int and isinstance(value, bool)):
            kinds = {str: "a text", list: "a list", int: "a whole number", bool: "true or false"}
            raise QueryError(f"{place}: {key} must be {kinds.get(known[key], 'a table')}")
    missing = [key for key in _MUST if key not in facts]
    if missing:
        raise QueryError(f"{place}: the header lacks {', '.join(missing)}")


def _read_bucket(place: str, text: str | None) -> timedelta | None:
    try:
        return None if text is None else read_span(text)
    except QueryError as error:
        raise QueryError(f"{place}: bucket: {error}") from None


def _read_chart(place: str, facts: Mapping[str, object]) -> Chart:
    read: dict[str, Any] = {}
    for key, value in facts.items():
        _known(place, "chart", key, tuple(one.name for one in fields(Chart)))
        if key == "y":
            read[key] = _texts(place, "chart.y", value if isinstance(value, list) else [value])
        elif key == "limits":
            read[key] = _read_limits(place, value)
        else:
            (read[key],) = _texts(place, f"chart.{key}", [value])
    chart = Chart(**read)
    _known(place, "chart.kind", chart.kind, tuple(CHARTS))
    if chart.kind == "none":
        return chart
    if not (chart.x and chart.y):
        raise QueryError(f"{place}: a chart needs x and y, columns of the answer")
    least, most = CHARTS[chart.kind]
    if not least <= len(chart.y) <= most:
        wanted = f"{least} to {most} columns" if least < most else f"{least} column"
        raise QueryError(f"{place}: chart.y: a {chart.kind} takes {wanted}")
    if chart.kind == "heatmap" and not chart.value:
        raise QueryError(f"{place}: a heatmap needs value, the column that its colour shows")
    return chart


def _read_limits(place: str, value: object) -> dict[str, float]:
    if not isinstance(value, dict) or not all(isinstance(v, (int, float)) for v in value.values()):
        raise QueryError(f"{place}: chart.limits must be a table of numbers")
    return {name: float(limit) for name, limit in value.items()}


def _texts(place: str, key: str, values: Collection[object]) -> tuple[str, ...]:
    for value in values:
        if not isinstance(value, str):
            raise QueryError(f"{place}: {key} holds {value!r}, which is no text")
    return tuple(map(str, values))


def _known(place: str, key: str, name: str, known: tuple[str, ...]) -> str:
    if name not in known:
        kind = "key" if key == "the header" else "value"
        raise QueryError(f"{place}: {key}: {UnknownNameError(kind, name, known)}")
    return name
