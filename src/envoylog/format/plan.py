"""The plan: which column each command becomes, of which type, with which text between them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from envoylog.format.document import Document, Encoding, Path
from envoylog.format.lexer import Command, Literal
from envoylog.format.timestamps import Timestamp, read_timestamp
from envoylog.spec import values as v
from envoylog.spec.headers import HEADERS, PATHS, Header
from envoylog.spec.operators import OPERATORS, RETIRED, SYNONYMS, Operator
from envoylog.spec.values import Absence, Argument, TextClass, ValueType

# Names from configuration may hold anything; quotes are where a forged header would put them.
_USUAL_NAME = r"[^\n\"]*"
#: Columns that every log may have beside its fields.
RESERVED = ("ambiguous", "extra")

_PREFIXES = {"REQ": "req_", "RESP": "resp_", "TRAILER": "trailer_"}


@dataclass(frozen=True, slots=True)
class Field:
    """One command as a column.

    Attributes
    ----------
    column : str
        The column's name: Istio's JSON key of the operator, or the operator in lower case.
    command : Command
        Where it stands in the format.
    type : ValueType
        The type of the column.
    text_class : TextClass
        What its text can be.
    absence : Absence
        How a missing value looks.
    unit, otel : str or None
        UCUM unit and OpenTelemetry attribute.
    usual : str or None
        What it holds in honest traffic, as a regular expression; used only to choose the
        preferred reading among several.
    timestamp : Timestamp or None
        How to read it, for columns of type timestamp.
    known : bool
        Whether the operator has a row in `spec/operators.py`.
    path : Path
        The JSON keys that lead to its value; empty in TEXT.
    """

    column: str
    command: Command
    type: ValueType
    text_class: TextClass
    absence: Absence
    unit: str | None = None
    otel: str | None = None
    usual: str | None = None
    timestamp: Timestamp | None = None
    known: bool = True
    path: Path = ()

    @property
    def pattern(self) -> str:
        """The regular expression of its text in a record, absence included."""
        match self.absence:
            case Absence.NEVER:
                return self.text_class.pattern
            case Absence.EMPTY:
                return f"(?:{self.text_class.or_dash})?"
            case _:
                return self.text_class.or_dash


Segment = Literal | Field


@dataclass(frozen=True, slots=True)
class PlanMember:
    """The segments of one format string, and where its text stands in a record."""

    path: Path
    segments: tuple[Segment, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields among the segments."""
        return tuple(segment for segment in self.segments if isinstance(segment, Field))


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled format: everything that the parser room needs to know.

    Attributes
    ----------
    document : Document
        The format it was made from.
    members : tuple of PlanMember
        One for TEXT, one per format string for JSON.
    notes : tuple of str
        What its author should know, in sentences.
    """

    document: Document
    members: tuple[PlanMember, ...]
    notes: tuple[str, ...]

    @property
    def encoding(self) -> Encoding:
        """TEXT or JSON."""
        return self.document.encoding

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, in the order of the format."""
        return tuple(field for member in self.members for field in member.fields)


def make_plan(
    document: Document, *, timezone: str | None = None, omit_empty_values: bool = False
) -> Plan:
    """Give every command its column.

    Parameters
    ----------
    document : Document
        A lexed and checked format.
    timezone : str, optional
        The IANA zone of the machines that wrote the log, for local times without an offset.
    omit_empty_values : bool
        Whether Envoy was told to write nothing, instead of `-`, for what is missing.

    Returns
    -------
    Plan

    Examples
    --------
    >>> from envoylog.format.document import read_document
    >>> plan = make_plan(read_document("%REQ(:METHOD)% %UPSTREAM_CLUSTER_RAW% %REQ(X-Tenant)%"))
    >>> [field.column for field in plan.fields]
    ['method', 'upstream_cluster', 'req_x_tenant']
    """
    taken = set(RESERVED)
    members = []
    for member in document.members:
        segments: list[Segment] = []
        for token in member.tokens:
            if isinstance(token, Literal):
                segments.append(token)
                continue
            field = replace(_field(token, timezone), path=member.path)
            if omit_empty_values and field.absence is Absence.DASH:
                field = replace(field, absence=Absence.EMPTY)
            field = replace(field, column=_free_name(field.column, taken))
            taken.add(field.column)
            segments.append(field)
        members.append(PlanMember(member.path, tuple(segments)))
    plan = Plan(document, tuple(members), ())
    return replace(plan, notes=(*document.notes, *_notes(plan)))


def _free_name(column: str, taken: Collection[str]) -> str:
    """Add a number to a name that is taken: by the same operator, or one that means the same."""
    names = itertools.chain([column], (f"{column}_{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _field(command: Command, timezone: str | None) -> Field:
    operator = OPERATORS.get(command.name) or RETIRED.get(command.name)
    if operator is None:
        column = _identifier(command.name, command.argument)
        return Field(column, command, ValueType.STRING, v.FREE, Absence.DASH, known=False)
    family = SYNONYMS.get(command.name, command.name)
    argument = (command.argument or "").lower()
    if command.name == "REQ_WITHOUT_QUERY" and argument in PATHS:
        family = "REQ"
    if family in _PREFIXES:
        return _header_field(command, operator, family, argument)
    column = family.lower()
    if operator.argument is Argument.REQUIRED:
        column = _identifier(family, command.argument)
    timestamp = read_timestamp(command, timezone) if operator.type is ValueType.TIMESTAMP else None
    text_class, type_ = operator.text_class, operator.type
    if command.argument and operator.argued:
        text_class = operator.argued
    if timestamp:
        text_class = TextClass(timestamp.pattern, "a timestamp", f"(?:{timestamp.pattern})|-")
    elif type_ is ValueType.TIMESTAMP:
        type_ = ValueType.STRING
    return Field(
        column,
        command,
        type_,
        text_class if command.length is None else v.FREE,
        operator.absence,
        _unit(command, operator),
        operator.otel,
        usual=_USUAL_NAME if text_class is v.FREE else None,
        timestamp=timestamp,
    )


def _unit(command: Command, operator: Operator) -> str | None:
    if command.name == "COMMON_DURATION":
        return ":".join((command.argument or "").split(":")[2:]) or operator.unit
    return operator.unit


def _header_field(command: Command, operator: Operator, family: str, argument: str) -> Field:
    header = HEADERS.get((family, argument), Header())
    first_name = argument.partition("?")[0] or argument.removeprefix("?")
    kind = {"REQ": "request", "RESP": "response"}.get(family)
    generic_otel = f"http.{kind}.header.{first_name.lstrip(':')}" if kind else None
    return Field(
        header.column or _PREFIXES[family] + _identifier(first_name),
        command,
        header.type,
        # A length may cut the value anywhere, so its shape is lost.
        header.text_class if command.length is None else v.HEADER,
        operator.absence,
        header.unit,
        header.otel or generic_otel,
        header.usual,
    )


def _identifier(*parts: str | None) -> str:
    words = re.findall(r"[a-z0-9]+", "_".join(part for part in parts if part).lower())
    return "_".join(words) or "value"


def _notes(plan: Plan) -> Iterator[str]:
    for field in plan.fields:
        if not field.known:
            yield f"{field.command.text} is not an operator of Envoy 1.40: read as free text"
        elif row := RETIRED.get(field.command.name):
            yield f"{field.command.text} is retired, and Envoy 1.40 refuses it. {row.note}"
        elif OPERATORS[field.command.name].type is ValueType.TIMESTAMP and not field.timestamp:
            hint = _zone_hint(field)
            yield f"{field.command.text} does not tell one moment in time: kept as text{hint}"
    if plan.encoding is Encoding.TEXT:
        if plan.document.lines > 1:
            yield f"one record takes {plan.document.lines} lines of the log"
        if plan.document.text.lstrip().startswith("{"):
            yield "this looks like JSON but is read as TEXT: Envoy escapes nothing in it"


def _zone_hint(field: Field) -> str:
    needs_zone = read_timestamp(field.command, "UTC") is not None
    return "; it is local time without an offset, so say --timezone" if needs_zone else ""
