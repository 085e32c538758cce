import pytest
import regex

from envoylog.format.document import Encoding, JsonFormat, read_document
from envoylog.format.plan import Field, Plan, make_plan
from envoylog.spec import values as v
from envoylog.spec.operators import OPERATORS
from envoylog.spec.values import Absence, ValueType
from tests.spec.arguments import right_command


def plan_of(source: str | JsonFormat, encoding: Encoding | None = None) -> Plan:
    return make_plan(read_document(source, encoding))


def field_of(command: str) -> Field:
    (field,) = plan_of(command).fields
    return field


COLUMNS = [
    ("%PROTOCOL%", "protocol"),
    ("%REQ(:METHOD)%", "method"),
    ("%REQ(:path)%", "path"),
    ("%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%", "path"),
    ("%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%", "path"),
    ("%REQ_WITHOUT_QUERY(referer)%", "req_without_query_referer"),
    ("%PATH%", "path"),
    ("%REQ(:AUTHORITY)%", "authority"),
    ("%REQ(Host)%", "authority"),
    ("%REQ(USER-AGENT)%", "user_agent"),
    ("%REQ(X-Forwarded-For)%", "x_forwarded_for"),
    ("%REQUEST_HEADER(X-Request-Id)%", "request_id"),
    ("%RESP(X-Envoy-Upstream-Service-Time)%", "upstream_service_time"),
    ("%RESPONSE_HEADER(Content-Type)%", "resp_content_type"),
    ("%RESPONSE_TRAILER(grpc-status)%", "trailer_grpc_status"),
    ("%REQ(X-Tenant)%", "req_x_tenant"),
    ("%REQ(A?B)%", "req_a"),
    ("%REQ(?B)%", "req_b"),
    ("%REQ(?)%", "req_value"),
    ("%RESP(:status)%", "resp_status"),
    ("%REQ(X-Tenant):7%", "req_x_tenant"),
    ("%UPSTREAM_CLUSTER_RAW%", "upstream_cluster"),
    ("%GRPC_STATUS(NUMBER)%", "grpc_status"),
    ("%START_TIME(%s)%", "start_time"),
    ("%DYNAMIC_METADATA(istio.mixer:status)%", "dynamic_metadata_istio_mixer_status"),
    ("%ENVIRONMENT(POD_NAME)%", "environment_pod_name"),
    ("%KUMA_MESH%", "kuma_mesh"),
    ("%X(a b)%", "x_a_b"),
]


@pytest.mark.parametrize(("command", "column"), COLUMNS)
def test_column(command: str, column: str) -> None:
    assert field_of(command).column == column


TYPES = [
    ("%RESPONSE_CODE%", ValueType.CODE, v.UNSIGNED, None),
    ("%DURATION%", ValueType.INTEGER, v.SIGNED, "ms"),
    ("%BYTES_SENT%", ValueType.INTEGER, v.UNSIGNED, "By"),
    ("%COMMON_DURATION(A:B)%", ValueType.INTEGER, v.SIGNED, "ms"),
    ("%COMMON_DURATION(A:B:ms)%", ValueType.INTEGER, v.SIGNED, "ms"),
    ("%COMMON_DURATION(A:us:us)%", ValueType.INTEGER, v.SIGNED, "us"),
    ("%COMMON_DURATION(us:ns)%", ValueType.INTEGER, v.SIGNED, "ms"),
    ("%DOWNSTREAM_REMOTE_PORT%", ValueType.PORT, v.UNSIGNED, None),
    ("%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%", ValueType.INTEGER, v.UNSIGNED, "ms"),
    ("%REQ(:PATH)%", ValueType.STRING, v.PATH, None),
    # A length may cut the value anywhere.
    ("%REQ(:PATH):9%", ValueType.STRING, v.HEADER, None),
    ("%PATH(NQ):9%", ValueType.STRING, v.FREE, None),
    ("%TYPED_CEL(1)%", ValueType.ANY, v.FREE, None),
    # Not one moment.
    ("%START_TIME(%T)%", ValueType.STRING, v.FREE, None),
    ("%UNHEARD_OF%", ValueType.STRING, v.FREE, None),
]


@pytest.mark.parametrize(("command", "type_", "text_class", "unit"), TYPES)
def test_type(command: str, type_: ValueType, text_class: object, unit: str | None) -> None:
    field = field_of(command)
    assert (field.type, field.text_class, field.unit) == (type_, text_class, unit)


@pytest.mark.parametrize(
    ("command", "texts", "others"),
    [
        ("%BYTES_SENT%", ["0"], ["-", ""]),
        ("%DURATION%", ["-5", "-"], [""]),
        ("%CUSTOM_FLAGS%", ["A,B", "", "-"], ["a b"]),
        ("%RESPONSE_FLAGS%", ["UF,URX", "-"], ["", "0"]),
        ("%DOWNSTREAM_REMOTE_PORT%", ["80", "", "-"], ["x"]),
        ("%START_TIME%", ["2026-11-24T00:33:15.832Z"], ["2026-11-24 00:33:15.832Z", ""]),
        ("%DOWNSTREAM_PEER_CERT_V_END%", ["2026-11-24T00:33:15.000Z", "-"], ["", "x"]),
        ("%START_TIME(%s.%3f)%", ["1795480395.832"], ["1795480395,832"]),
        ("%START_TIME([%F] %T)%", ["[2026-11-24] 00:33:15"], ["2026-11-24 00:33:15"]),
        ("%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%", ["12", "-"], ["", "a"]),
    ],
)
def test_pattern(command: str, texts: list[str], others: list[str]) -> None:
    pattern = field_of(command).pattern
    assert all(regex.fullmatch(pattern, text) for text in texts)
    assert not any(regex.fullmatch(pattern, text) for text in others)


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_gives_a_column(name: str) -> None:
    field = field_of(right_command(OPERATORS[name]))
    assert regex.fullmatch(r"[a-z][a-z0-9_]*", field.column)
    assert field.known
    assert (field.absence is Absence.NEVER) or regex.fullmatch(field.pattern, "-")


@pytest.mark.parametrize(
    ("source", "columns"),
    [
        ("%REQ(A)% %REQ(a)% %REQ(A)%", ["req_a", "req_a_2", "req_a_3"]),
        ("%PROTOCOL%%PROTOCOL%", ["protocol", "protocol_2"]),
        ("%UPSTREAM_CLUSTER% %UPSTREAM_CLUSTER_RAW%", ["upstream_cluster", "upstream_cluster_2"]),
        ({"b": "%REQ(A)%", "a": {"b": "%REQ(A)%"}}, ["req_a", "req_a_2"]),
    ],
)
def test_columns_are_told_apart(source: str | JsonFormat, columns: list[str]) -> None:
    assert [field.column for field in plan_of(source).fields] == columns


def test_json_fields_know_their_keys() -> None:
    plan = plan_of({"a": {"b": "%PROTOCOL% %DURATION%"}, "c": "%RESPONSE_CODE%"})
    assert [field.path for field in plan.fields] == [("a", "b"), ("a", "b"), ("c",)]
    assert [member.path for member in plan.members] == [("a", "b"), ("c",)]


NOTES: list[tuple[str | JsonFormat, Encoding | None, list[str]]] = [
    ('[%START_TIME%] "%REQ(A)%"', None, []),
    ("%PROTOCOL%\\n", None, ["the backslash-n at the end"]),
    ("%KUMA_MESH%", None, ["%KUMA_MESH% is not an operator of Envoy 1.40"]),
    ("%START_TIME(%T)%", None, ["%START_TIME(%T)% does not tell one moment"]),
    # What can be read back is told by `format/ambiguity.py`.
    ("%PROTOCOL%%DURATION%", None, []),
    ("%REQ(A)% x", None, []),
    ('{"a": "%PROTOCOL%"}', Encoding.TEXT, ["this looks like JSON but is read as TEXT"]),
    ("%PROTOCOL%\n%DURATION%\n", None, ["one record takes 2 lines of the log"]),
    ("%START_TIME_LOCAL(%F %T)%", None, ["%START_TIME_LOCAL(%F %T)% does not tell one moment"]),
    ({"a": "%REQ(A)% x", "b": ["c"]}, None, []),
]


@pytest.mark.parametrize(("source", "encoding", "notes"), NOTES)
def test_notes(source: str | JsonFormat, encoding: Encoding | None, notes: list[str]) -> None:
    found = plan_of(source, encoding).notes
    assert len(found) == len(notes), found
    assert all(note.startswith(start) for note, start in zip(found, notes, strict=True)), found
