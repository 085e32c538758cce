"""The table of operators against everything that Envoy wrote."""

from collections.abc import Iterator

import pytest
import regex

from envoylog.format.document import Encoding, read_document
from envoylog.format.plan import Field, make_plan
from envoylog.spec.operators import OPERATORS
from envoylog.spec.values import Absence, ValueType
from tests.hostile.commands import BREAKING, COMMANDS, NOT_LOADED
from tests.hostile.spelling import DIFFERENCES, is_spelled
from tests.hostile.truth import Truth

pytestmark = pytest.mark.envoy

_TYPES = {
    ValueType.STRING: str,
    ValueType.TIMESTAMP: str,
    ValueType.INTEGER: int,
    ValueType.CODE: int,
    ValueType.PORT: int,
    ValueType.ANY: object,
}
#: The one command whose argument changes its type.
_NUMBERS = {"%GRPC_STATUS(NUMBER)%": int}

#: Commands for which nothing here makes Envoy write a value.
NEVER_SET = {
    "%BYTES_RETRANSMITTED%",  # 0: HTTP/3 alone counts them
    "%PACKETS_RETRANSMITTED%",
    "%ROUNDTRIP_DURATION%",
    "%CUSTOM_FLAGS%",  # only extensions set them
    "%LOCAL_REPLY_BODY%",
    "%UPSTREAM_LOCAL_CLOSE_REASON%",
    "%DOWNSTREAM_TLS_SESSION_ID%",
    "%CLUSTER_METADATA(none:x)%",
    "%COMMON_DURATION(DS_TX_END:DS_RX_BEG:ns)%",
    "%ENVIRONMENT(EMPTY)%",
    "%ENVIRONMENT(UNSET)%",
    "%FILTER_STATE(none)%",
    "%REQ(USER-AGENT):0%",
    "%REQ(X-NONE)%",
    "%UPSTREAM_FILTER_STATE(none)%",
    "%UPSTREAM_METADATA(none)%",
}

#: The kernel's estimate rounds to 0 on loopback, unless the machine is busy.
SELDOM_SET = {"%DOWNSTREAM_CX_RTT%"}

#: Differences of a few milliseconds between two logs, which a quick machine may not show.
BY_THE_CLOCK = {"EMIT_TIME", "EMIT_TIME_LOCAL", "%DURATION%"}


def _fields() -> Iterator[Field]:
    for command in COMMANDS:
        (field,) = make_plan(read_document(command, Encoding.TEXT)).fields
        assert field.command.text == command
        yield field


def test_every_operator_is_logged() -> None:
    assert {field.command.name for field in _fields()} | NOT_LOADED == OPERATORS.keys()


def test_every_operator_is_provoked(truth: Truth) -> None:
    nothing = {b"-", b"", b"0"}
    unset = {command for command in COMMANDS if nothing.issuperset(truth.texts[command])}
    assert unset - SELDOM_SET == NEVER_SET


def test_texts_belong_to_their_class(truth: Truth) -> None:
    wrong = {
        (field.command.text, text)
        for field in _fields()
        for text in set(truth.texts[field.command.text])
        if not regex.fullmatch(field.pattern, text.decode("utf-8", "backslashreplace"))
    }
    assert wrong <= {("%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%", b'5" "x')}


def test_values_have_the_type_of_their_row(truth: Truth) -> None:
    wrong = {
        (command, repr(value))
        for field in _fields()
        if (command := field.command.text)
        and (kind := _NUMBERS.get(command, _TYPES[OPERATORS[field.command.name].type]))
        for value in truth.values[command]
        if value is not None and (not isinstance(value, kind) or (kind is int and value is True))
    }
    assert wrong == set()


def test_absence_is_that_of_the_row(truth: Truth) -> None:
    wrong = {
        (command, text, repr(value))
        for field in _fields()
        if (command := field.command.text) not in DIFFERENCES
        for text, value in zip(truth.texts[command], truth.values[command], strict=True)
        if (value is None) != _may_be_absent(field, text, value)
    }
    assert wrong == set()


def _may_be_absent(field: Field, text: bytes, value: object) -> bool:
    match OPERATORS[field.command.name].absence:
        case Absence.NEVER:
            return False
        case Absence.DASH:
            # Whatever can be any text can be a dash.
            return text == b"-" and value != "-"
        case Absence.EMPTY:
            return text in {b"-", b""} and value != ""
        case Absence.LITERAL_DASH:
            return text == b"-" and value != "-"


def test_text_and_json_say_the_same(truth: Truth) -> None:
    wrong = {
        (field.command.text, text, repr(value))
        for field in _fields()
        if not {field.command.text, field.command.name} & DIFFERENCES.keys()
        for text, value in zip(
            truth.texts[field.command.text], truth.values[field.command.text], strict=True
        )
        if not is_spelled(field.command.name, value, text)
    }
    assert wrong == set()


def test_differences_are_real(truth: Truth) -> None:
    different = {
        key
        for field in _fields()
        for key in {field.command.text, field.command.name} & DIFFERENCES.keys()
        for text, value in zip(
            truth.texts[field.command.text], truth.values[field.command.text], strict=True
        )
        if not is_spelled(field.command.name, value, text)
    }
    assert DIFFERENCES.keys() - BY_THE_CLOCK <= different <= DIFFERENCES.keys()


@pytest.mark.parametrize("command", BREAKING)
def test_breaking_values_break_lines(truth: Truth, command: str) -> None:
    assert any(b"\n" in text and b"\x00" in text for text in truth.texts[command])
