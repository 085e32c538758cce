import pytest

from envoylog.format.commands import faults
from envoylog.format.lexer import Command, tokenize
from envoylog.spec.operators import OPERATORS
from envoylog.spec.values import Argument

ACCEPTED = [
    "%PROTOCOL%",
    "%PROTOCOL()%",
    # Headers.
    "%REQ(A)%",
    "%REQ(:path)%",
    "%REQ(A?:B)%",
    "%REQ(?B)%",
    "%REQ(A?)%",
    "%REQ(?)%",
    "%REQ(!#$%&'*+-.^_`|~)%",
    "%REQ(A):0%",
    "%REQ_WITHOUT_QUERY(:path):9%",
    # Times.
    "%START_TIME%",
    "%START_TIME(%t%Q%0f%9f)%",
    "%START_TIME(%10n)%",
    "%START_TIME(%E0n)%",
    "%START_TIME(% n)%",
    # Filter state.
    "%FILTER_STATE(k)%",
    "%FILTER_STATE(k:)%",
    "%FILTER_STATE(k:PLAIN)%",
    "%FILTER_STATE(k:TYPED::)%",
    "%FILTER_STATE(k:FIELD:f)%",
    "%FILTER_STATE(k:FIELD:f:g)%",
    "%FILTER_STATE(k):5%",
    # Metadata.
    "%METADATA(DYNAMIC)%",
    "%METADATA(LISTENER_FILTER_CHAIN:ns:k)%",
    "%METADATA(ROUTE:ns):5%",
    "%DYNAMIC_METADATA(ns:k):5%",
    "%CLUSTER_METADATA(ns:k)%",
    # Durations.
    "%COMMON_DURATION(A:B)%",
    "%COMMON_DURATION(:)%",
    "%COMMON_DURATION(A:B:us)%",
    # Fixed words.
    "%GRPC_STATUS%",
    "%GRPC_STATUS(SNAKE_STRING)%",
    "%PATH%",
    "%PATH(WQ)%",
    "%PATH(:PATH)%",
    "%PATH(NQ:ORIG_OR_PATH:x)%",
    "%QUERY_PARAMS(DECODED)%",
    "%REQUESTED_SERVER_NAME(HOST_FIRST:ORIG_OR_HOST)%",
    "%XFCC_VALUE(uri)%",
    "%XFCC_VALUE(By)%",
    # Never checked by Envoy.
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(-1)%",
    "%RESPONSE_CODE_DETAILS(x)%",
    "%ENVIRONMENT(a b)%",
    # Coalesce.
    '%COALESCE({"operators":["PROTOCOL"]})%',
    '%COALESCE({"operators":["PROTOCOL",{"command":"REQ","param":"a","max_length":3}]}):9%',
    '%COALESCE({"operators":[{"command":"PROTOCOL","param":""}],"x":1})%',
    # Any name may come from an extension.
    "%KUMA_MESH%",
    "%UNHEARD_OF(x):3%",
]

NAME = "is not a header name"
TIME = "a time may not hold a newline"
STATE = "expected KEY, KEY:PLAIN"
ENTRY = 'an operator must be "NAME" or'

REFUSED = [
    ("%PROTOCOL(x)%", ["%PROTOCOL% takes no argument"]),
    ("%PROTOCOL:3%", ["%PROTOCOL% does not allow a length"]),
    ("%PROTOCOL(x):3%", ["%PROTOCOL% takes no argument", "%PROTOCOL% does not allow a length"]),
    ("%REQ%", ["%REQ(…)% needs an argument"]),
    ("%REQ()%", ["%REQ(…)% needs an argument"]),
    ("%REQ:3%", ["%REQ(…)% needs an argument"]),
    ("%START_TIME(%Y):10%", ["%START_TIME% does not allow a length"]),
    ("%GRPC_STATUS(NUMBER):2%", ["%GRPC_STATUS% does not allow a length"]),
    ("%CLUSTER_METADATA(a):2%", ["%CLUSTER_METADATA% does not allow a length"]),
    ("%UPSTREAM_METADATA(a):2%", ["%UPSTREAM_METADATA% does not allow a length"]),
    ("%REQ(A?B?C)%", ["at most one alternative header may follow `?`"]),
    ("%REQ(A ? B)%", [f"'A ' {NAME}", f"' B' {NAME}"]),
    ("%REQ( A )%", [f"' A ' {NAME}"]),
    ("%REQ(é)%", [f"'é' {NAME}"]),
    ('%RESP(")%', [NAME]),
    ("%TRAILER(a:b)%", [f"'a:b' {NAME}"]),
    ("%REQUEST_HEADER(::a)%", [f"'::a' {NAME}"]),
    ("%REQ(:)%", [f"':' {NAME}"]),
    ("%REQ(A% x %REQ(B)%", [f"'A% x %REQ(B' {NAME}"]),
    ("%START_TIME(%n)%", [TIME]),
    ("%START_TIME(%%n)%", [TIME]),
    ("%EMIT_TIME_LOCAL(%Y %-_0^#19En)%", [TIME]),
    ("%DOWNSTREAM_PEER_CERT_V_START(%On)%", [TIME]),
    ("%FILTER_STATE(:PLAIN)%", [STATE]),
    ("%FILTER_STATE(k:FOO)%", [STATE]),
    ("%FILTER_STATE(k:FIELD)%", [STATE]),
    ("%FILTER_STATE(k:FIELD::g)%", [STATE]),
    ("%FILTER_STATE(k:PLAIN:x)%", [STATE]),
    ("%UPSTREAM_FILTER_STATE(k::x)%", [STATE]),
    ("%METADATA(FOO:x)%", ["expected TYPE:NAMESPACE:KEY"]),
    ("%METADATA(:x)%", ["expected TYPE:NAMESPACE:KEY"]),
    ("%COMMON_DURATION(A)%", ["expected START:END"]),
    ("%COMMON_DURATION(A:B:)%", ["expected START:END"]),
    ("%COMMON_DURATION(A:B:s)%", ["expected START:END"]),
    ("%COMMON_DURATION(A:B:ms:x)%", ["expected START:END"]),
    ("%GRPC_STATUS(number)%", ["expected CAMEL_STRING"]),
    ("%PATH(wq)%", ["expected WQ or NQ"]),
    ("%PATH(WQ:FOO)%", ["expected WQ or NQ"]),
    ("%QUERY_PARAMS(RAW)%", ["expected ORIG or DECODED"]),
    ("%REQUESTED_SERVER_NAME(x)%", ["expected SNI_ONLY"]),
    ("%REQUESTED_SERVER_NAME(SNI_ONLY:x)%", ["expected SNI_ONLY"]),
    ("%XFCC_VALUE(email)%", ["expected By"]),
    ("%COALESCE(16)%", ['expected {"operators"']),
    ("%COALESCE([])%", ['expected {"operators"']),
    ("%COALESCE({})%", ['expected {"operators"']),
    ('%COALESCE({"operators":[]})%', ['expected {"operators"']),
    ("%COALESCE(x)%", ["the argument is not JSON"]),
    ("%COALESCE(" + "[" * 100_000 + ")%", ["the argument is not JSON"]),
    ('%COALESCE({"operators":[1]})%', [ENTRY]),
    ('%COALESCE({"operators":["req", {}]})%', [ENTRY, ENTRY]),
    ('%COALESCE({"operators":["%PROTOCOL%"]})%', [ENTRY]),
    ('%COALESCE({"operators":[{"command":"REQ","param":1}]})%', [ENTRY]),
    ('%COALESCE({"operators":[{"command":"REQ","param":"a","max_length":0}]})%', [ENTRY]),
    ('%COALESCE({"operators":[{"command":"REQ","param":"a","max_length":null}]})%', [ENTRY]),
    ('%COALESCE({"operators":[{"command":"REQ","param":"a","max_length":true}]})%', [ENTRY]),
    ('%COALESCE({"operators":["REQ"]})%', ["%REQ(…)% needs an argument"]),
    (
        '%COALESCE({"operators":[{"command":"PROTOCOL","max_length":3}]})%',
        ["%PROTOCOL% does not allow a length"],
    ),
]


def only(text: str) -> Command:
    (token,) = tokenize(text)
    assert isinstance(token, Command)
    return token


@pytest.mark.parametrize("text", ACCEPTED)
def test_accepted(text: str) -> None:
    assert list(faults(only(text))) == []


@pytest.mark.parametrize(("text", "expected"), REFUSED, ids=lambda value: str(value)[:60])
def test_refused(text: str, expected: list[str]) -> None:
    found = list(faults(only(text)))
    assert len(found) == len(expected), found
    assert all(part in fault for part, fault in zip(expected, found, strict=True)), found


@pytest.mark.parametrize("row", OPERATORS.values(), ids=lambda row: row.name)
def test_every_row_is_obeyed(row: object) -> None:
    operator = OPERATORS[getattr(row, "name", "")]
    found = list(faults(Command(operator.name, None, None, 0, 0)))
    assert bool(found) == (operator.argument is Argument.REQUIRED)
    found = list(faults(Command(operator.name, "\x00", 3, 0, 0)))
    assert any("takes no argument" in fault for fault in found) == (
        operator.argument is Argument.NONE
    )
    assert any("a length" in fault for fault in found) == (not operator.truncates)
