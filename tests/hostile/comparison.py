"""Compares what the parser makes of a log with what Envoy wrote."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import polars as pl

from envoylog.format.document import Encoding
from envoylog.format.plan import Field
from envoylog.logs.blocks import read_blocks
from envoylog.parser.parser import AccessLogParser, Parsed
from envoylog.pipeline.compile import compile_format
from envoylog.spec.values import Absence, ValueType
from tests.hostile.commands import RECORD_TYPE
from tests.hostile.formats import Format, omits
from tests.hostile.truth import Truth

_LOOKS_HIDDEN = re.compile(r"\\x(5c|[89a-f][0-9a-f])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INTEGERS = {ValueType.INTEGER, ValueType.CODE, ValueType.PORT}
_FEW = 5

#: The finest unit that each time format writes, in microseconds; all others write whole seconds.
_UNITS = {
    "": 1000,
    "%Y-%m-%d %H:%M:%S.%6f": 1,
    "%s.%3f": 1000,
    "%FT%T.%fZ": 1,
    "%s.%6f": 1,
    "%Y%m%dT%H%M%E3S": 1000,
}

#: Where times come from: the command whose text tells them to the microsecond or as they are.
_CLOCKS = {
    "START_TIME": "%START_TIME(%Y-%m-%d %H:%M:%S.%6f)%",
    "START_TIME_LOCAL": "%START_TIME(%Y-%m-%d %H:%M:%S.%6f)%",
    "EMIT_TIME": "%EMIT_TIME%",
    "EMIT_TIME_LOCAL": "%EMIT_TIME%",
    "DOWNSTREAM_PEER_CERT_V_START": "%DOWNSTREAM_PEER_CERT_V_START%",
    "DOWNSTREAM_PEER_CERT_V_END": "%DOWNSTREAM_PEER_CERT_V_END%",
    "UPSTREAM_PEER_CERT_V_START": "%UPSTREAM_PEER_CERT_V_START%",
    "UPSTREAM_PEER_CERT_V_END": "%UPSTREAM_PEER_CERT_V_END%",
}


@dataclass
class Outcome:
    """What came of one log."""

    lines: int = 0
    rows: int = 0
    ambiguous: int = 0
    rejects: Counter[str] = field(default_factory=Counter)  # by cause; "" is none that we know
    wrong: list[str] = field(default_factory=list)


def read_log(path: Path, given: Format) -> tuple[AccessLogParser, list[str], Parsed]:
    """Read a log as `envoylog.parse` does."""
    encoding = Encoding.TEXT if isinstance(given, str) else Encoding.JSON
    parser = compile_format(given, encoding, omit_empty_values=omits(path.name))
    with path.open("rb") as stream:
        lines = [line for block in read_blocks(stream) for line in block.lines]
    return parser, lines, parser.parse_lines(lines)


def compare(path: Path, given: Format, truth: Truth) -> Outcome:
    """Compare each value of each line with what Envoy wrote."""
    parser, lines, parsed = read_log(path, given)
    outcome = Outcome(len(lines), len(parsed.rows))
    if len(lines) != truth.records:
        outcome.wrong.append(f"{len(lines)} lines for {truth.records} records")
        return outcome
    refused = pl.concat([parsed.rejects, parsed.skipped])
    for place, reason, column, text in refused.select("line", "reason", "field", "text").rows():
        cause = _cause(truth, parser, place)
        outcome.rejects[cause or "unknown"] += 1
        if not cause:
            outcome.wrong.append(f"line {place + 1} refused: {reason} ({column}): {text:.400}")
    read = sorted(set(range(len(lines))) - set(refused["line"]))
    certain = pl.Series(values=[True] * len(read), dtype=pl.Boolean)
    if "ambiguous" in parsed.rows.columns:
        certain = ~parsed.rows["ambiguous"]
    outcome.ambiguous = len(read) - int(certain.sum())
    places = pl.Series(read, dtype=pl.UInt32).filter(certain)
    rows = parsed.rows.filter(certain)
    for member in parser.plan.members:
        alone = parser.plan.encoding is Encoding.JSON and len(member.segments) == 1
        for one in member.fields:
            wanted = _expected(truth, one, alone=alone, omitting=omits(path.name))
            column = rows[one.column].to_list()
            for place, got in zip(places, column, strict=True):
                if got != wanted[place] and not _tolerated(truth, one, place, got, wanted[place]):
                    outcome.wrong.append(
                        f"{one.command.text}: line {place + 1}: expected {wanted[place]!r:.300}, "
                        f"got {got!r:.300}, of {lines[place]:.400}"
                    )
                    if len(outcome.wrong) > _FEW:
                        return outcome
    return outcome


#: Of an upstream's log, which sees the header before Envoy writes its own.
FORGED_TIME = "forged service time"
_SERVICE_TIME = "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"


def _cause(truth: Truth, parser: AccessLogParser, place: int) -> str | None:
    """Say what justifies the refusal of a line."""
    commands = {one.command.text for one in parser.plan.fields}
    time = truth.texts[_SERVICE_TIME][place]
    forged = _SERVICE_TIME in commands and time != b"-" and not time.isdigit()
    return FORGED_TIME if forged else None


def _expected(truth: Truth, one: Field, *, alone: bool, omitting: bool) -> list[object]:
    # Wherever the command stands.
    command = replace(one.command, start=0, end=0)
    one = replace(one, column="", path=(), command=command)
    return _expected_once(truth, one, alone=alone, omitting=omitting)


@cache
def _expected_once(truth: Truth, one: Field, *, alone: bool, omitting: bool) -> list[object]:
    command = one.command
    if one.timestamp:
        return _moments(truth, command.name, command.argument or "")
    values, texts = truth.values[command.text], truth.texts[command.text]
    if alone:
        return [_typed(one, value) for value in values]
    return [
        _typed(one, b"" if omitting and value is None and text == b"-" else text)
        for value, text in zip(values, texts, strict=True)
    ]


def _typed(one: Field, value: object) -> object:
    """Say what the column of a field must hold for a value of TEXT (bytes) or JSON."""
    if isinstance(value, bytes):
        value = _shown(value.decode("utf-8", "surrogateescape"))
        if one.type in _INTEGERS and value.lstrip("-").isdigit():
            return int(value)
    elif isinstance(value, str):
        value = _shown(value)
        if one.type in _INTEGERS and value.isdigit():
            return int(value)
    if value == "-" or (value == "" and one.absence is Absence.EMPTY):
        return None
    if one.type in _INTEGERS or value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _shown(value: str) -> str:
    r"""Show bytes that are not UTF-8 as `\xNN`."""
    # What only looks so has `\x5c` for its `\`.
    told_apart = _LOOKS_HIDDEN.sub(r"\\x5cx\1", value)
    return told_apart.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _moments(truth: Truth, name: str, argument: str) -> list[object]:
    unit = _UNITS.get(argument, 1_000_000)
    return [
        None if text == b"-" else _floor(_moment(text), unit) for text in truth.texts[_CLOCKS[name]]
    ]


def _moment(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode().removesuffix("Z")).replace(tzinfo=UTC)


def _floor(moment: datetime, unit: int) -> datetime:
    since = (moment - _EPOCH) // timedelta(microseconds=1)
    return _EPOCH + timedelta(microseconds=since // unit * unit)


def _tolerated(truth: Truth, one: Field, place: int, got: object, wanted: object) -> bool:
    """Tell whether two logs of one record may disagree so."""
    name = one.command.name
    midway = truth.texts[RECORD_TYPE][place] in {b"DownstreamStart", b"DownstreamPeriodic"}
    match name, got, wanted:
        case "UNIQUE_ID", str(), str():
            return bool(re.fullmatch("[0-9a-f-]{36}", got))
        case "EMIT_TIME" | "EMIT_TIME_LOCAL", datetime(), datetime():
            return abs(got - wanted) < timedelta(seconds=2)
        case "DURATION", int(), int():
            return midway and abs(got - wanted) < 500  # milliseconds
        case "TYPED_CEL", str(), str() if one.command.argument == "request.duration":
            return midway and got.endswith("s")
    if one.type is ValueType.ANY and isinstance(got, str) and isinstance(wanted, str):
        # Numbers as the log spells them, members in its order.
        return _loaded(got, dict) == _loaded(wanted, _with_shown_bytes) != _NOT_JSON
    return False


_NOT_JSON = object()


def _loaded(text: str, members: Callable[[list[tuple[str, object]]], dict[str, object]]) -> object:
    try:
        # 1e+300 is also written with all its zeros.
        return json.loads(text, parse_int=float, object_pairs_hook=members)
    except ValueError:
        return _NOT_JSON


def _with_shown_bytes(members: list[tuple[str, object]]) -> dict[str, object]:
    return {key: _shown(value) if isinstance(value, str) else value for key, value in members}
