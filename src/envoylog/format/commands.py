"""Which commands Envoy accepts: the operator's own rules, after the grammar's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from envoylog.format.lexer import Command
from envoylog.spec.operators import OPERATORS
from envoylog.spec.values import Argument

# Envoy 1.36 and later check header names; a colon may only lead.
_HEADER_NAME = re.compile(r":?[!#$%&'*+.^_`|~0-9A-Za-z-]*")
_METADATA_TYPES = (
    "DYNAMIC",
    "CLUSTER",
    "ROUTE",
    "UPSTREAM_HOST",
    "LISTENER",
    "VIRTUAL_HOST",
    "LISTENER_FILTER_CHAIN",
)
_FILTER_STATE_FORMS = ("PLAIN", "TYPED", "FIELD")
_PRECISIONS = ("ms", "us", "ns")


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
    if command.argument and (check := _ARGUMENT_FAULTS.get(command.name)):
        yield from check(command.argument)


def _header_faults(argument: str) -> Iterator[str]:
    names = argument.split("?")
    if len(names) > 2:  # noqa: PLR2004 - X?Y
        yield "at most one alternative header may follow `?`"
    for name in names:
        if not _HEADER_NAME.fullmatch(name):
            yield f"{name!r} is not a header name"


def _filter_state_faults(argument: str) -> Iterator[str]:
    _key, *form = argument.split(":")
    if form and form[0] not in _FILTER_STATE_FORMS:
        yield f"{form[0]!r} is not one of {', '.join(_FILTER_STATE_FORMS)}"


def _metadata_faults(argument: str) -> Iterator[str]:
    if argument.partition(":")[0] not in _METADATA_TYPES:
        yield f"the first part must be one of {', '.join(_METADATA_TYPES)}"


def _duration_faults(argument: str) -> Iterator[str]:
    _start, *rest = argument.split(":")
    if len(rest) not in (1, 2):
        yield "expected START:END or START:END:PRECISION"
    elif rest[1:] and rest[1] not in _PRECISIONS:
        yield f"the precision {rest[1]!r} is not one of {', '.join(_PRECISIONS)}"


def _coalesce_faults(argument: str) -> Iterator[str]:
    try:
        value = json.loads(argument)
    except ValueError:
        yield "the argument is not JSON"
        return
    if not isinstance(value, dict) or not isinstance(value.get("operators"), list):
        yield 'expected {"operators": […]}'


#: The rules of arguments, by operator.
_ARGUMENT_FAULTS: dict[str, Callable[[str], Iterator[str]]] = {
    "REQ": _header_faults,
    "REQUEST_HEADER": _header_faults,
    "REQ_WITHOUT_QUERY": _header_faults,
    "STREAM_INFO_REQ": _header_faults,
    "RESP": _header_faults,
    "RESPONSE_HEADER": _header_faults,
    "TRAILER": _header_faults,
    "RESPONSE_TRAILER": _header_faults,
    "FILTER_STATE": _filter_state_faults,
    "UPSTREAM_FILTER_STATE": _filter_state_faults,
    "METADATA": _metadata_faults,
    "COMMON_DURATION": _duration_faults,
    "COALESCE": _coalesce_faults,
}
