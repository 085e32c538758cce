"""Which commands Envoy accepts: the operator's own rules, after the grammar's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from envoylog.format.lexer import Command
from envoylog.spec.operators import OPERATORS, Operator
from envoylog.spec.values import Argument, ValueType

# Envoy 1.36 and later check header names; a colon may only lead, and not stand alone.
_HEADER_NAME = re.compile(r"(?::?[!#$%&'*+.^_`|~0-9A-Za-z-]+)?")
# What Envoy takes for a newline in a time format; `%E0n` is none to it.
_NEWLINE = re.compile(r"%[-_0^#]*[1-9]*[EO]?n")
_MAX_INT64 = 2**63 - 1


def faults(command: Command) -> Iterator[str]:
    """Yield what Envoy would refuse in a command of a known operator.

    Parameters
    ----------
    command : Command
        A command as the lexer found it. Unknown operators have no faults: a `formatters:`
        extension may add any name.

    Yields
    ------
    str
        One sentence each.

    Examples
    --------
    >>> from envoylog.format.lexer import tokenize
    >>> list(faults(tokenize("%PROTOCOL(x)%")[0]))
    ['%PROTOCOL% takes no argument']
    """
    operator = OPERATORS.get(command.name)
    if operator is None:
        return
    if operator.argument is Argument.NONE and command.argument:
        yield f"%{command.name}% takes no argument"
    if operator.argument is Argument.REQUIRED and not command.argument:
        yield f"%{command.name}(…)% needs an argument"
    if command.length is not None and not operator.truncates:
        yield f"%{command.name}% does not allow a length"
    if command.argument:
        yield from _argument_faults(operator, command.argument)


def _argument_faults(operator: Operator, argument: str) -> Iterator[str]:
    if operator.name in _HEADER_OPERATORS:
        yield from _header_faults(argument)
    elif operator.name in _SHAPES:
        shape, expected = _SHAPES[operator.name]
        if not shape.fullmatch(argument):
            yield f"expected {expected}"
    elif operator.name == "COALESCE":
        yield from _coalesce_faults(argument)
    elif operator.type is ValueType.TIMESTAMP and _NEWLINE.search(argument):
        yield "a time may not hold a newline"


def _header_faults(argument: str) -> Iterator[str]:
    names = argument.split("?")
    if len(names) > 2:  # noqa: PLR2004 - X?Y
        yield "at most one alternative header may follow `?`"
    for name in names:
        if not _HEADER_NAME.fullmatch(name):
            yield f"{name!r} is not a header name"


def _coalesce_faults(argument: str) -> Iterator[str]:
    try:
        value = json.loads(argument)
    except (ValueError, RecursionError):
        yield "the argument is not JSON"
        return
    entries = value.get("operators") if isinstance(value, dict) else None
    if not isinstance(entries, list) or not entries:
        yield 'expected {"operators": […]} with at least one operator'
        return
    for entry in entries:
        if command := _coalesced(entry):
            yield from faults(command)
        else:
            yield 'an operator must be "NAME" or {"command": "NAME", "param": "…", "max_length": 1}'


def _coalesced(entry: object) -> Command | None:
    fields = entry if isinstance(entry, dict) else {"command": entry}
    # A length of 1 stands in for none: `"max_length": null` is a fault.
    name, argument, length = (
        fields.get("command"),
        fields.get("param", ""),
        fields.get("max_length", 1),
    )
    if not (isinstance(name, str) and re.fullmatch(r"[A-Z0-9_]+", name)):
        return None
    if not (isinstance(argument, str) and type(length) is int and 0 < length <= _MAX_INT64):
        return None
    return Command(name, argument or None, length if "max_length" in fields else None, 0, 0)


def _shape(pattern: str, expected: str) -> tuple[re.Pattern[str], str]:
    return re.compile(pattern, re.DOTALL), expected


_HEADER_OPERATORS = (
    "REQ",
    "REQUEST_HEADER",
    "REQ_WITHOUT_QUERY",
    "STREAM_INFO_REQ",
    "RESP",
    "RESPONSE_HEADER",
    "TRAILER",
    "RESPONSE_TRAILER",
)
_FILTER_STATE = _shape(
    r"[^:]+(?:(?::PLAIN|:TYPED)?:*|:FIELD:[^:]+(?::.*)?)",
    "KEY, KEY:PLAIN, KEY:TYPED or KEY:FIELD:NAME",
)
#: What an argument must look like, and the same in words. Envoy ignores what `.*` matches.
_SHAPES: dict[str, tuple[re.Pattern[str], str]] = {
    "FILTER_STATE": _FILTER_STATE,
    "UPSTREAM_FILTER_STATE": _FILTER_STATE,
    "METADATA": _shape(
        r"(?:DYNAMIC|CLUSTER|ROUTE|UPSTREAM_HOST|LISTENER|VIRTUAL_HOST|LISTENER_FILTER_CHAIN)"
        r"(?::.*)?",
        "TYPE:NAMESPACE:KEY, where TYPE is DYNAMIC, CLUSTER, ROUTE, UPSTREAM_HOST, LISTENER, "
        "VIRTUAL_HOST or LISTENER_FILTER_CHAIN",
    ),
    "COMMON_DURATION": _shape(
        r"[^:]*:[^:]*(?::(?:ms|us|ns))?",
        "START:END or START:END:PRECISION, where PRECISION is ms, us or ns",
    ),
    "GRPC_STATUS": _shape(
        r"CAMEL_STRING|SNAKE_STRING|NUMBER", "CAMEL_STRING, SNAKE_STRING or NUMBER"
    ),
    "PATH": _shape(
        r"(?:WQ|NQ)?(?::(?:ORIG|PATH|ORIG_OR_PATH)?(?::.*)?)?",
        "WQ or NQ, then perhaps `:` and ORIG, PATH or ORIG_OR_PATH",
    ),
    "QUERY_PARAMS": _shape(r"ORIG|DECODED", "ORIG or DECODED"),
    "REQUESTED_SERVER_NAME": _shape(
        r"(?:SNI_ONLY|SNI_FIRST|HOST_FIRST)?(?::(?:ORIG|HOST|ORIG_OR_HOST)?(?::.*)?)?",
        "SNI_ONLY, SNI_FIRST or HOST_FIRST, then perhaps `:` and ORIG, HOST or ORIG_OR_HOST",
    ),
    "XFCC_VALUE": _shape(
        r"(?i:by|hash|cert|chain|subject|uri|dns)", "By, Hash, Cert, Chain, Subject, URI or DNS"
    ),
}
