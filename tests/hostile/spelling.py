"""How a value of JSON is spelled in TEXT, and where the two disagree."""

import json
import re

from envoylog.spec.operators import OPERATORS
from envoylog.spec.values import Absence

#: Operators, or commands, whose TEXT is not the JSON value written out, and why.
DIFFERENCES = {
    "UNIQUE_ID": "fresh in each log",
    "EMIT_TIME": "later in each log",
    "EMIT_TIME_LOCAL": "later in each log",
    "%DURATION%": "the time so far, in records written in mid-stream",
    '%TYPED_CEL([1, "a b"])%': "`CelList value`",
    '%TYPED_CEL({"method": request.method})%': "`CelMap value`",
    "%TYPED_CEL(request.time)%": "`+00:00` for `Z`, and no zeros at its end",
    "%TYPED_CEL(request.duration)%": "`1.5ms` for `0.0015s`",
    "%TYPED_CEL(9007199254740993)%": "JSON has no more digits than a double",
    "%FILTER_STATE(text)%": "in quotes and escaped; null in JSON where it is not UTF-8",
    "%FILTER_STATE(text:TYPED)%": "in quotes and escaped; null in JSON where it is not UTF-8",
}

_ESCAPE = re.compile(rb"\\(?:u00([89a-f][0-9a-f])|.)", re.IGNORECASE | re.DOTALL)


def load(text: bytes) -> object:
    r"""Load JSON of Envoy, which escapes bytes that are not UTF-8 as `\u00XX`."""
    return json.loads(_ESCAPE.sub(_surrogate, text))


def _surrogate(escape: re.Match[bytes]) -> bytes:
    return b"\\udc" + escape[1] if escape[1] else escape[0]


def is_spelled(name: str, value: object, text: bytes) -> bool:
    """Tell whether TEXT is what the operator must write for a value."""
    row = OPERATORS[name]
    match value:
        case None:
            return text == b"-" or (row.absence is Absence.EMPTY and text == b"")
        case str():
            return value.encode("utf-8", "surrogateescape") == text
    try:
        return load(text) == value  # objects, lists, numbers and truths are JSON in TEXT as well
    except ValueError:
        return False
