"""What a format cannot tell, and the better one: Envoy takes it, products hand it on as it is."""

from __future__ import annotations

import json

import pytest
import yaml

from envoylog.catalog.companions import format_needs
from envoylog.format.advise import Advice, advise
from envoylog.format.carriers import find_formats
from envoylog.format.document import Encoding, JsonFormat, read_document
from envoylog.format.plan import Plan, make_plan
from envoylog.questions.library import questions
from envoylog.spec.formats import NAMED_FORMATS
from envoylog.spec.recommended import RECOMMENDED
from tests.format import real_envoy

NEEDS = {question.id: format_needs(question.needs) for question in questions().values()}
STARTS: list[str | JsonFormat] = [
    "%DURATION%",
    "%START_TIME% %RESPONSE_CODE%\n",
    '[%START_TIME(%F %T)%] "%REQ(USER-AGENT):20%" 100%% %REQ(X-A?B)%\n',
    "two %PROTOCOL%\nlines %DURATION%\n",
    "%PROTOCOL%\\n",
    "é %PROTOCOL% %PROTOCOL%\n",
    {"took": "%DURATION%"},
    # A key that stands for something else, text between commands, nested values, and constants.
    {"duration": "%BYTES_SENT%", "a": {"b": "<%PROTOCOL%> 5%% %DURATION%"}},
    {"logger": "100%% edge", "list": ["%REQ(A)%", 5, "x"], "é😀": "%REQ(B)%"},
    *(row.document for row in NAMED_FORMATS.values() if "mixer" not in str(row.document)),
]


def plan_of(source: str | JsonFormat) -> Plan:
    return make_plan(read_document(source))


def advice_on(source: str | JsonFormat) -> Advice:
    return advise(plan_of(source), NEEDS)


@pytest.mark.parametrize(
    ("source", "answered", "unanswered"),
    [
        ("%DURATION% %UPSTREAM_HOST%", ["b"], {"a": ("response_code",), "c": ("path", "x|y")}),
        ("%RESPONSE_CODE% %REQ(:PATH)% %REQ(X)%", ["a"], {"b": ("duration",), "c": ("x|y",)}),
        ({"p": "%REQ(:PATH)% %X%", "d": "%DURATION%"}, ["b", "c"], {"a": ("response_code",)}),
    ],
)
def test_what_is_answered(
    source: str | JsonFormat, answered: list[str], unanswered: dict[str, tuple[str, ...]]
) -> None:
    needs = {"a": ["response_code"], "b": ["duration"], "c": ["path", "x|y"]}
    advice = advise(plan_of(source), needs)
    assert advice.answered == tuple(answered)
    assert advice.unanswered == unanswered


def test_what_named_formats_answer() -> None:
    grpc = {"grpc": ("grpc_status|grpc_status_number|trailer_grpc_status|resp_grpc_status",)}
    assert advice_on(NAMED_FORMATS["istio-1.23"].document).unanswered == grpc
    cluster = ("services", "latency-by-upstream-cluster", "circuit-breaker", "load-balance")
    assert advice_on(NAMED_FORMATS["envoy"].document).unanswered == {
        **grpc,
        **dict.fromkeys(cluster, ("upstream_cluster",)),
        "tls-mistakes": ("response_code_details|downstream_transport_failure_reason",),
        "upstream-tls": ("upstream_transport_failure_reason|response_code_details",),
    }


def test_what_is_missing() -> None:
    advice = advice_on("%DURATION% %REQ(:METHOD)%")
    missing = [column for column, _, _ in advice.missing]
    assert missing == [row[0] for row in RECOMMENDED if row[0] not in {"duration", "method"}]
    assert advice.text.startswith('%DURATION% %REQ(:METHOD)% "%START_TIME%" "%RESPONSE_CODE%" ')
    assert advice.json["duration"] == "%DURATION%"


def test_recommended_columns_are_those_of_their_commands() -> None:
    for column, command, _purpose in RECOMMENDED:
        assert plan_of(command).fields[0].column == column


@pytest.mark.parametrize("source", STARTS, ids=range(len(STARTS)))
def test_the_better_format_has_everything(source: str | JsonFormat) -> None:
    advice = advice_on(source)
    old = plan_of(source)
    wanted = {field.command.text for field in old.fields} | {row[1] for row in advice.missing}
    text = make_plan(read_document(advice.text, Encoding.TEXT))
    assert advice.text.endswith("\n")
    assert {field.command.text for field in text.fields} == wanted
    as_json = plan_of(advice.json)
    assert {field.command.text for field in as_json.fields} == wanted
    assert len(as_json.fields) == len(text.fields) == len(old.fields) + len(advice.missing)
    if old.encoding is Encoding.TEXT:
        assert advice.text.startswith(old.document.text)
    else:
        constants = {
            str(value).replace("%", "%%") for _, value in old.document.literals if value != 5
        }
        assert constants <= {*advice.json.values()}
    # There is nothing to add to it.
    for better in (text, as_json):
        again = advise(better, NEEDS)
        assert (again.missing, again.unanswered) == ((), {})


@pytest.mark.parametrize("source", STARTS, ids=range(len(STARTS)))
def test_products_hand_on_the_same_format(source: str | JsonFormat) -> None:
    advice = advice_on(source)
    for snippet, product in (
        (advice.mesh_config, "Istio MeshConfig"),
        (advice.telemetry, "Istio MeshConfig"),
        (advice.envoy_proxy, "Envoy Gateway"),
    ):
        assert all(isinstance(document, dict) for document in yaml.safe_load_all(snippet))
        (carried,) = find_formats(snippet)
        assert (carried.source, carried.encoding) == (advice.json, Encoding.JSON)
        assert carried.product.startswith(product)
        assert carried.log_path == "/dev/stdout"
        assert carried.notes == ()


def test_resources_name_each_other() -> None:
    mesh, telemetry = yaml.safe_load_all(advice_on("%DURATION%").telemetry)
    (provider,) = mesh["meshConfig"]["extensionProviders"]
    assert telemetry["spec"]["accessLogging"] == [{"providers": [{"name": provider["name"]}]}]


@pytest.mark.envoy
def test_envoy_takes_the_better_formats() -> None:
    advices = [advice_on(source) for source in STARTS]
    formats = [advice.text for advice in advices] + [dict(advice.json) for advice in advices]
    answers = real_envoy.verdicts(formats)
    wrong = [pair for pair in zip(formats, answers, strict=True) if pair[1] is not None]
    assert wrong == []


def test_json_is_plain_json() -> None:
    advice = advice_on({"é😀": "%REQ(A)%"})
    assert '"é😀"' in advice.mesh_config
    assert json.loads(json.dumps(advice.json)) == advice.json
