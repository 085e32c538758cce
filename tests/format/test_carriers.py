import json
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from envoylog.errors import FormatError
from envoylog.format.carriers import CarriedFormat, documents, find_formats
from envoylog.format.document import Encoding, read_document
from envoylog.format.plan import make_plan
from envoylog.spec.formats import NAMED_FORMATS

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "carriers"

ENVOY = NAMED_FORMATS["envoy"].document
ISTIO = NAMED_FORMATS["istio-1.23"].document
ISTIO_JSON = NAMED_FORMATS["istio-json"].document
GATEWAY_JSON = NAMED_FORMATS["envoy-gateway"].document
CONTOUR_JSON = NAMED_FORMATS["contour-json"].document
assert isinstance(ISTIO_JSON, dict)
CONSUL_JSON = ISTIO_JSON | {"upstream_cluster": "%UPSTREAM_CLUSTER%"}

Expected = tuple[str, object, str, str]  # path, source, name, log path


def only(text: str) -> CarriedFormat:
    (carried,) = find_formats(dedent(text))
    return carried


def mesh(text: str) -> str:
    """Wrap a MeshConfig in the ConfigMap that istiod reads."""
    body = "\n".join(f"    {line}" for line in dedent(text).strip("\n").splitlines())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\ndata:\n  mesh: |-\n{body}\n"


def logger(text: str, kind: str = "file.v3.FileAccessLog") -> str:
    """Wrap the fields of an access logger in a listener of Envoy's bootstrap."""
    head = f"""\
        static_resources:
          listeners:
          - name: front
            filter_chains:
            - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  access_log:
                  - name: envoy.access_loggers.file
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.access_loggers.{kind}
        """
    fields = dedent(text).strip("\n").splitlines()
    return dedent(head) + "\n".join(" " * 14 + line for line in fields) + "\n"


AT_LOGGER = (
    "static_resources.listeners[0].filter_chains[0].filters[0].typed_config.access_log[0]"
    ".typed_config"
)

ISTIO_WRAPPINGS = [
    ("{}", ""),
    ("meshConfig: {}", "meshConfig."),  # values of the chart istiod
    ("istiod: {{meshConfig: {}}}", "istiod.meshConfig."),
    (
        "{{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, spec: {{meshConfig: {}}}}}",
        "spec.meshConfig.",
    ),
    (
        "{{apiVersion: sailoperator.io/v1, kind: Istio, spec: {{values: {{meshConfig: {}}}}}}}",
        "spec.values.meshConfig.",
    ),
    ("{{apiVersion: v1, kind: ConfigMap, data: {{mesh: '{}'}}}}", "data.mesh."),
    ("{{data: {{mesh: '{}'}}}}", "data.mesh."),
    (
        "{{kind: List, items: [{{apiVersion: v1, kind: ConfigMap, data: {{mesh: '{}'}}}}]}}",
        "items[0].data.mesh.",
    ),
]


@pytest.mark.parametrize(("wrapping", "prefix"), ISTIO_WRAPPINGS)
def test_a_mesh_config_is_found_in_every_wrapping(wrapping: str, prefix: str) -> None:
    carried = only(wrapping.format('{"accessLogFile": "/x", "accessLogFormat": "%PROTOCOL%"}'))
    assert carried.path == f"{prefix}accessLogFormat"
    assert carried.product == "Istio MeshConfig"
    assert (carried.source, carried.log_path) == ("%PROTOCOL%\n", "/x")


JSON_OF_ISTIO = [
    ('{"took": "%DURATION%", "n": 1}', {"took": "%DURATION%", "n": 1}, ""),
    # protojson reads a JSON object only: stray quotes around it, a mistake of published guides …
    ('\'{"took": "%DURATION%"}\'', ISTIO_JSON, "silently"),
    # … a TEXT format, a list, an object cut short, and a key that stands twice are none.
    ("%PROTOCOL% %DURATION%", ISTIO_JSON, "silently"),
    ('["%DURATION%"]', ISTIO_JSON, "silently"),
    ('{"took": "%DURATION%"', ISTIO_JSON, "silently"),
    ('{"took": "%DURATION%", "took": "%PROTOCOL%"}', ISTIO_JSON, "silently"),
    ("", ISTIO_JSON, "default JSON"),
]


@pytest.mark.parametrize("encoding", ["JSON", "1", '"1"'])
@pytest.mark.parametrize(("format_", "source", "note"), JSON_OF_ISTIO)
def test_istio_with_json_encoding(encoding: str, format_: str, source: object, note: str) -> None:
    carried = only(
        mesh(
            f"""\
            accessLogFile: /dev/stdout
            accessLogEncoding: {encoding}
            accessLogFormat: |-
              {format_}
            """
        )
    )
    assert carried.source == source
    assert carried.encoding is Encoding.JSON
    assert note in " ".join(carried.notes)
    assert bool(note) == bool(carried.notes)


TEXT_OF_ISTIO = [
    ("accessLogFormat: '%PROTOCOL%'", "%PROTOCOL%\n", "adds the newline"),
    ("accessLogFormat: |\n  %PROTOCOL%", "%PROTOCOL%\n", ""),
    ('accessLogFormat: \'{"a": "%PROTOCOL%"}\'', '{"a": "%PROTOCOL%"}\n', "escapes nothing"),
    ("accessLogEncoding: 0", ISTIO, "default TEXT"),
    ("accessLogEncoding: TEXT\naccessLogFormat: ''", ISTIO, "default TEXT"),
]


@pytest.mark.parametrize(("fields", "source", "note"), TEXT_OF_ISTIO)
def test_istio_with_text_encoding(fields: str, source: str, note: str) -> None:
    carried = only(f"accessLogFile: /dev/stdout\n{fields}\n")
    assert (carried.source, carried.encoding) == (source, Encoding.TEXT)
    assert note in " ".join(carried.notes)
    assert bool(note) == bool(carried.notes)


def test_istio_needs_a_reason_to_log() -> None:
    assert find_formats(mesh("enableTracing: true")) == ()
    assert find_formats(mesh('accessLogFile: ""\naccessLogEncoding: JSON')) == ()
    by_provider = only(mesh("accessLogEncoding: 1\ndefaultProviders: {accessLogging: [envoy]}"))
    assert (by_provider.source, by_provider.path) == (ISTIO_JSON, "data.mesh.defaultProviders")
    not_on = only(mesh('accessLogFormat: "%PROTOCOL%\\n"'))
    assert "accessLogFile is not set" in not_on.notes[0]


PROVIDERS: list[tuple[str, str, str, object]] = [
    # What the provider `p` says, the name, the path from it on, and what Istio makes of it.
    ("{logFormat: {text: '%PROTOCOL%'}}", "p", ".logFormat.text", "%PROTOCOL%\n"),
    ("{logFormat: {text: ''}}", "p", ".logFormat.text", ISTIO),
    (
        "{logFormat: {labels: {a: '%PROTOCOL%', b: {c: 1}}}}",
        "p",
        ".logFormat.labels",
        {"a": "%PROTOCOL%", "b": {"c": 1}},
    ),
    ("{logFormat: {labels: {}}}", "p", ".logFormat.labels", ISTIO_JSON),
    # An empty logFormat goes on to Envoy without a format.
    ("{logFormat: {}}", "p", "", ENVOY),
    ("{path: /dev/stdout}", "p", "", ISTIO),
    # The built-in provider, declared again, takes the format of the mesh.
    ("{path: /dev/stdout}", "envoy", "", {"m": "%DURATION%"}),
    ("{omitEmptyValues: true}", "envoy", "", ISTIO),
]


@pytest.mark.parametrize(("log", "name", "path", "source"), PROVIDERS)
def test_providers_of_istio(log: str, name: str, path: str, source: object) -> None:
    text = mesh(
        f"""\
        accessLogFile: /dev/stdout
        accessLogEncoding: JSON
        accessLogFormat: '{{"m": "%DURATION%"}}'
        extensionProviders:
        - name: traces
          opentelemetry: {{port: 4317}}
        - name: elsewhere
          envoyOtelAls: {{logFormat: {{text: "%PROTOCOL%"}}}}
        - name: {name}
          envoyFileAccessLog: {log}
        """
    )
    first, second = find_formats(text)
    assert (first.name, first.source) == ("mesh", {"m": "%DURATION%"})
    assert second.path == f"data.mesh.extensionProviders[2].envoyFileAccessLog{path}"
    assert (second.name, second.source, second.log_path) == (name, source, "/dev/stdout")
    assert ("omitted" in " ".join(second.notes)) == ("omit" in log)


TELEMETRY = """\
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: logs}
spec:
  accessLogging:
  - providers: [{name: NAME}]
"""


def test_telemetry_points_to_the_mesh() -> None:
    carried = only(TELEMETRY.replace("NAME", "envoy"))
    assert (carried.product, carried.source) == ("Istio Telemetry", ISTIO)
    assert "holds no format" in carried.notes[0]
    with pytest.raises(FormatError, match="formats of otel stand in the MeshConfig"):
        find_formats(TELEMETRY.replace("NAME", "otel"))
    # Where the mesh stands in the same file, it tells the truth.
    both = mesh("accessLogFile: /dev/stdout\naccessLogFormat: '%PROTOCOL%'") + "---\n" + TELEMETRY
    assert only(both.replace("NAME", "envoy")).source == "%PROTOCOL%\n"


LOGGERS: list[tuple[str, str, object, str]] = [
    # Fields of a FileAccessLog, the path from it on, the source, and a word of the notes.
    ("log_format: {json_format: {a: '%PROTOCOL%'}}", ".log_format.json_format", "JSON", ""),
    ("logFormat: {jsonFormat: {a: '%PROTOCOL%'}}", ".logFormat.jsonFormat", "JSON", ""),
    ("typed_json_format: {a: '%PROTOCOL%'}", ".typed_json_format", "JSON", ""),
    ("jsonFormat: {a: '%PROTOCOL%'}", ".jsonFormat", "JSON", ""),
    (
        'log_format: {text_format_source: {inline_string: "%PROTOCOL%\\n"}}',
        ".log_format.text_format_source.inline_string",
        "%PROTOCOL%\n",
        "",
    ),
    (
        "logFormat: {textFormatSource: {inlineString: '%PROTOCOL%'}}",
        ".logFormat.textFormatSource.inlineString",
        "%PROTOCOL%",
        "no newline",
    ),
    (
        "log_format: {text_format_source: {inline_bytes: JVRSQUNFX0lEJQ==}}",
        ".log_format.text_format_source.inline_bytes",
        "%TRACE_ID%",
        "no newline",
    ),
    ('log_format: {text_format: "%PROTOCOL%\\n"}', ".log_format.text_format", "%PROTOCOL%\n", ""),
    ('format: "%PROTOCOL%\\n"', ".format", "%PROTOCOL%\n", ""),
    # Envoy takes an empty format for none.
    ('format: ""', "", ENVOY, "default"),
    ("path: /dev/stdout", "", ENVOY, "default"),
    (
        "log_format: {omit_empty_values: true, json_format: {a: '%PROTOCOL%'}}",
        ".log_format.json_format",
        "JSON",
        "omitted",
    ),
]


@pytest.mark.parametrize(("fields", "path", "source", "note"), LOGGERS)
def test_fields_of_an_access_logger(fields: str, path: str, source: object, note: str) -> None:
    carried = only(logger(fields))
    assert carried.path == AT_LOGGER + path
    assert carried.source == ({"a": "%PROTOCOL%"} if source == "JSON" else source)
    assert (carried.product, carried.name) == ("Envoy", "front")
    assert note in " ".join(carried.notes)
    assert bool(note) == bool(carried.notes)


@pytest.mark.parametrize(
    ("kind", "log_path"),
    [
        ("stream.v3.StdoutAccessLog", "/dev/stdout"),
        ("stream.v3.StderrAccessLog", "/dev/stderr"),
        ("file.v3.FileAccessLog", ""),
    ],
)
def test_where_a_logger_writes(kind: str, log_path: str) -> None:
    assert only(logger("log_format: {json_format: {a: '%PROTOCOL%'}}", kind)).log_path == log_path


def test_loggers_that_write_no_lines_are_not_found() -> None:
    fields = "body: {string_value: '%PROTOCOL%'}"
    assert find_formats(logger(fields, "open_telemetry.v3.OpenTelemetryAccessLogConfig")) == ()
    assert find_formats(logger(fields, "grpc.v3.HttpGrpcAccessLogConfig")) == ()


NOT_HERE = [
    ("log_format: {text_format_source: {filename: /etc/f}}", "stands elsewhere: '/etc/f'"),
    ("log_format: {text_format_source: {environment_variable: F}}", "stands elsewhere: 'F'"),
    ("log_format: {text_format_source: {inline_bytes: '&'}}", "base64"),
    ("log_format: {text_format_source: {inline_string: 5}}", "expected a string"),
    ("log_format: {text_format_source: {}}", "Envoy needs a format here"),
    ("log_format: {}", "Envoy needs a format here"),
    ("log_format: text", "expected a mapping"),
    ("json_format: text", "expected a mapping"),
    ("format: {a: b}", "expected a string"),
]


@pytest.mark.parametrize(("fields", "message"), NOT_HERE)
def test_formats_that_cannot_be_read(fields: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as error:
        find_formats(logger(fields))
    assert error.value.problems[0].text.startswith(AT_LOGGER)


def test_what_is_passed_over_is_told_by_the_others() -> None:
    other = (
        "typed_config: {'@type': x.StdoutAccessLog, log_format: {json_format: {a: '%TRACE_ID%'}}}"
    )
    broken = logger("log_format: {text_format_source: {filename: /etc/f}}")
    carried = only(f"{broken}  clusters: [{{{other}}}]\n")
    assert carried.source == {"a": "%TRACE_ID%"}
    assert "passed over" in carried.notes[0]
    assert "/etc/f" in carried.notes[0]


def test_keys_of_a_json_format_are_strings() -> None:
    carried = only(logger("json_format: {200: '%PROTOCOL%', true: {1: [{2: 3}]}, d: 2024-01-01}"))
    assert carried.source == {"200": "%PROTOCOL%", "True": {"1": [{"2": 3}]}, "d": "2024-01-01"}


PRODUCTS: list[tuple[str, str, list[Expected]]] = [
    (
        "EnvoyFilter",
        """\
        apiVersion: networking.istio.io/v1alpha3
        kind: EnvoyFilter
        metadata: {name: json-logs}
        spec:
          configPatches:
          - patch:
              value:
                name: envoy.filters.network.tcp_proxy
                typed_config:
                  access_log:
                  - typed_config:
                      "@type": type.googleapis.com/envoy.config.accesslog.v2.FileAccessLog
                      path: /a
                      format: "%PROTOCOL%\\n"
        """,
        [
            (
                f"spec.configPatches[0].patch.value.{path}",
                "%PROTOCOL%\n",
                "json-logs",
                "/a",
            )
            for path in ("typed_config.access_log[0].typed_config.format",)
        ],
    ),
    (
        "Envoy",  # the API before v3, then a message whose type stands beside it
        """\
        access_log:
        - name: envoy.file_access_log
          config: {path: /a, format: "%PROTOCOL%\\n"}
        - name: typed
          typed_config:
            "@type": type.googleapis.com/udpa.type.v1.TypedStruct
            type_url: type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
            value: {path: /b, json_format: {a: "%PROTOCOL%"}}
        """,
        [
            ("access_log[0].config.format", "%PROTOCOL%\n", "", "/a"),
            (
                "access_log[1].typed_config.value.json_format",
                {"a": "%PROTOCOL%"},
                "typed",
                "/b",
            ),
        ],
    ),
    (
        "Envoy",  # a dump, as Envoy's admin port gives it
        """\
        {"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
          "dynamic_listeners": [{"name": "0.0.0.0_8080", "active_state": {"listener": {
            "accessLog": [{"typedConfig": {"@type": "x/y.FileAccessLog", "path": "/a",
              "logFormat": {"jsonFormat": {"a": "%PROTOCOL%"}}}}]}}}]}]}
        """,
        [
            (
                f"configs[0].dynamic_listeners[0].active_state.listener.{path}",
                {"a": "%PROTOCOL%"},
                "0.0.0.0_8080",
                "/a",
            )
            for path in ("accessLog[0].typedConfig.logFormat.jsonFormat",)
        ],
    ),
    (
        "Envoy",  # a bootstrap inside a ConfigMap
        """\
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: edge}
        data:
          README.md: "accessLogFormat: %PROTOCOL%"
          envoy.yaml: |
            x: {"@type": a.StdoutAccessLog}
        """,
        [('data["envoy.yaml"].x', ENVOY, "edge", "/dev/stdout")],
    ),
    (
        "Envoy Gateway",
        """\
        apiVersion: gateway.envoyproxy.io/v1alpha1
        kind: EnvoyProxy
        metadata: {name: edge}
        spec:
          telemetry:
            accessLog:
              settings:
              - format: {type: Text, text: "%PROTOCOL%\\n"}
                type: Listener
                sinks:
                - {type: OpenTelemetry, openTelemetry: {port: 4317}}
                - {type: File, file: {path: /a}}
                - {type: File, file: {path: /b}}
              - format: {type: JSON, json: {a: "%PROTOCOL%"}}
                sinks: [{type: File, file: {path: /c}}]
              - format: {type: JSON}
                sinks: [{type: File, file: {path: /d}}]
              - sinks: [{type: File, file: {path: /e}}]
              - format: {type: JSON, json: {b: "%DURATION%"}}
              - format: {type: Text, text: "%DURATION%"}
                sinks: [{type: ALS, als: {}}]
        """,
        [
            (f"spec.telemetry.accessLog.settings[{path}", source, name, log_path)
            for path, source, name, log_path in (
                ("0].format.text", "%PROTOCOL%\n", "edge Listener", "/a"),
                ("0].format.text", "%PROTOCOL%\n", "edge Listener", "/b"),
                ("1].format.json", {"a": "%PROTOCOL%"}, "edge", "/c"),
                ("2].format", GATEWAY_JSON, "edge", "/d"),
                ("3]", GATEWAY_JSON, "edge", "/e"),
                ("4].format.json", {"b": "%DURATION%"}, "edge", "/dev/stdout"),
            )
        ],
    ),
    (
        "Envoy Gateway",  # without settings, and without anything
        """\
        {apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyProxy,
         metadata: {name: a}, spec: {telemetry: {accessLog: {}}}}
        ---
        {apiVersion: config.gateway.envoyproxy.io/v1alpha1, kind: EnvoyProxy, metadata: {name: b}}
        ---
        {apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyProxy,
         spec: {telemetry: {accessLog: {disable: true}}}}
        """,
        [
            ("EnvoyProxy/a: spec.telemetry.accessLog", GATEWAY_JSON, "a", "/dev/stdout"),
            ("EnvoyProxy/b: spec", GATEWAY_JSON, "b", "/dev/stdout"),
        ],
    ),
    (
        "Envoy Gateway",  # its intermediate representation
        """\
        accessLog:
          text: [{path: /a, format: "%PROTOCOL%\\n"}]
          json:
          - {path: /b, json: [{key: a, value: "%PROTOCOL%"}]}
          - {path: /c, json: {b: "%PROTOCOL%"}}
          - {path: /d}
          openTelemetry: [{text: "%PROTOCOL%"}]
        """,
        [
            ("accessLog.text[0].format", "%PROTOCOL%\n", "", "/a"),
            ("accessLog.json[0].json", {"a": "%PROTOCOL%"}, "", "/b"),
            ("accessLog.json[1].json", {"b": "%PROTOCOL%"}, "", "/c"),
            ("accessLog.json[2]", GATEWAY_JSON, "", "/d"),
        ],
    ),
    (
        "Contour",
        """\
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: contour}
        data:
          contour.yaml: |
            accesslog-format: json
            json-fields: ["@timestamp", ts, method, grpc_status, Trace_id, "who=%REQ(X-WHO)% = x"]
        """,
        [
            (
                'data["contour.yaml"].json-fields',
                {
                    "@timestamp": "%START_TIME%",
                    "ts": "%START_TIME%",
                    "method": "%REQ(:METHOD)%",
                    "grpc_status": "%GRPC_STATUS%",
                    "Trace_id": "%TRACE_ID%",
                    "who": "%REQ(X-WHO)% = x",
                },
                "contour",
                "/dev/stdout",
            )
        ],
    ),
    (
        "Contour",
        "accesslog-format: json",
        [("accesslog-format", CONTOUR_JSON, "", "/dev/stdout")],
    ),
    (
        "Contour",
        "{accesslog-format: json, json-fields: []}",
        [("accesslog-format", CONTOUR_JSON, "", "/dev/stdout")],
    ),
    (
        "Contour",
        "accesslog-format: envoy",
        [("accesslog-format", ENVOY, "", "/dev/stdout")],
    ),
    (
        "Contour",
        'accesslog-format-string: "%PROTOCOL%\\n"',
        [("accesslog-format-string", "%PROTOCOL%\n", "", "/dev/stdout")],
    ),
    (
        "Contour",
        """\
        apiVersion: projectcontour.io/v1alpha1
        kind: ContourConfiguration
        metadata: {name: c}
        spec:
          envoy:
            logging: {accessLogFormat: json, accessLogJSONFields: [duration]}
        """,
        [
            (
                "spec.envoy.logging.accessLogJSONFields",
                {"duration": "%DURATION%"},
                "c",
                "/dev/stdout",
            )
        ],
    ),
    (
        "Gloo/kgateway",
        """\
        apiVersion: gateway.kgateway.dev/v1alpha1
        kind: HTTPListenerPolicy
        metadata: {name: logs}
        spec:
          accessLog:
          - fileSink: {path: /a, stringFormat: "%PROTOCOL%\\n"}
          - fileSink: {path: /b, jsonFormat: {a: "%PROTOCOL%"}}
          - fileSink: {path: /c, stringFormat: ""}
          - grpcService: {logName: x}
        """,
        [
            ("spec.accessLog[0].fileSink.stringFormat", "%PROTOCOL%\n", "logs", "/a"),
            ("spec.accessLog[1].fileSink.jsonFormat", {"a": "%PROTOCOL%"}, "logs", "/b"),
            ("spec.accessLog[2].fileSink", ENVOY, "logs", "/c"),
        ],
    ),
    (
        "Gloo/kgateway",
        """\
        apiVersion: gateway.solo.io/v1
        kind: Gateway
        metadata: {name: proxy}
        spec:
          options:
            accessLoggingService:
              accessLog: [{fileSink: {path: /a, jsonFormat: {a: "%PROTOCOL%"}}}]
        """,
        [
            (
                "spec.options.accessLoggingService.accessLog[0].fileSink.jsonFormat",
                {"a": "%PROTOCOL%"},
                "proxy",
                "/a",
            )
        ],
    ),
    (
        "Kuma",
        """\
        type: MeshAccessLog
        name: all
        spec:
          to:
          - default:
              backends:
              - {file: {path: /a, format: {type: Plain, plain: "%KUMA_MESH% %PROTOCOL%"}}}
              - {type: Tcp, tcp: {address: "x:1", format: {type: Plain, plain: "%PROTOCOL%"}}}
          from:
          - default:
              backends:
              - {type: File, file: {path: /b, format: {json: [{key: a, value: "%PROTOCOL%"}]}}}
        """,
        [
            (
                "spec.to[0].default.backends[0].file.format.plain",
                "%KUMA_MESH% %PROTOCOL%\n",
                "all",
                "/a",
            ),
            (
                "spec.from[0].default.backends[0].file.format.json",
                {"a": "%PROTOCOL%"},
                "all",
                "/b",
            ),
        ],
    ),
    (
        "Kuma",
        """\
        apiVersion: kuma.io/v1alpha1
        kind: Mesh
        metadata: {name: default}
        spec:
          logging:
            backends:
            - {name: file, type: file, format: "%PROTOCOL%", conf: {path: /a}}
            - {name: tcp, type: tcp, format: "%PROTOCOL%", conf: {address: "x:1"}}
        """,
        [("spec.logging.backends[0].format", "%PROTOCOL%\n", "file", "/a")],
    ),
    (
        "Emissary",
        """\
        apiVersion: getambassador.io/v3alpha1
        kind: Module
        metadata: {name: ambassador}
        spec:
          config: {envoy_log_type: text, envoy_log_format: "%PROTOCOL%", envoy_log_path: /a}
        """,
        [("spec.config.envoy_log_format", "%PROTOCOL%\n", "ambassador", "/a")],
    ),
    (
        "Emissary",
        """\
        kind: Module
        name: ambassador
        config: {envoy_log_type: typed_json, envoy_log_format: {a: "%PROTOCOL%"}}
        """,
        [("config.envoy_log_format", {"a": "%PROTOCOL%"}, "ambassador", "/dev/fd/1")],
    ),
    (
        "Emissary",
        "{kind: Module, name: ambassador, config: {envoy_log_type: text}}",
        [("config.envoy_log_format", f"ACCESS {ENVOY}", "ambassador", "/dev/fd/1")],
    ),
    (
        "Consul",
        """\
        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: {name: global}
        spec:
          accessLogs: {enabled: true, type: file, path: /a, textFormat: "%PROTOCOL%"}
        """,
        [("spec.accessLogs.textFormat", "%PROTOCOL%\n", "global", "/a")],
    ),
    (
        "Consul",
        """\
        {"Kind": "proxy-defaults", "Name": "global", "AccessLogs": {
          "Enabled": true, "Type": "stderr", "JSONFormat": "{\\"a\\": \\"%PROTOCOL%\\"}"}}
        """,
        [("AccessLogs.JSONFormat", {"a": "%PROTOCOL%"}, "", "/dev/stderr")],
    ),
    (
        "Consul",
        "{kind: ProxyDefaults, spec: {accessLogs: {enabled: true}}}",
        [("spec.accessLogs", CONSUL_JSON, "", "/dev/stdout")],
    ),
    (
        "Yggdrasil",
        '{"accessLogger": {"format": {"a": "%PROTOCOL%"}}}',
        [("accessLogger.format", {"a": "%PROTOCOL%"}, "", "/var/log/envoy/access.log")],
    ),
]


@pytest.mark.parametrize(("product", "text", "expected"), PRODUCTS)
def test_products(product: str, text: str, expected: list[Expected]) -> None:
    found = find_formats(dedent(text))
    assert {carried.product for carried in found} == {product}
    shown = [(found.path, found.source, found.name, found.log_path) for found in found]
    assert shown == expected
    for carried in found:
        assert (carried.encoding is Encoding.TEXT) == isinstance(carried.source, str)
        make_plan(read_document(carried.source, carried.encoding))


NOTES = [
    ("{type: MeshAccessLog, spec: {to: [{default: {backends: [{file: {path: /a}}]}}]}}", "TCP"),
    (
        """{type: MeshAccessLog, spec: {rules: [{default: {backends:
           [{file: {format: {plain: "%PROTOCOL%\\n"}}}]}}]}}""",
        "empty line",
    ),
    ("{type: Mesh, logging: {backends: [{type: file, conf: {path: /a}}]}}", "%KUMA_"),
    ('accesslog-format-string: "%PROTOCOL%\\n"', "omitted"),
    ("{fileSink: {path: /a, stringFormat: '%PROTOCOL%'}}", "no newline"),
    ("{kind: Module, name: ambassador, config: {envoy_log_type: json}}", "default"),
]


@pytest.mark.parametrize(("text", "note"), NOTES)
def test_notes_tell_what_the_product_does(text: str, note: str) -> None:
    carried = only(text)
    assert note in " ".join(carried.notes)
    make_plan(read_document(carried.source, carried.encoding))


SILENT = [
    "{kind: Module, name: ambassador, config: {diagnostics: {enabled: true}}}",
    "{kind: Module, name: other, config: {envoy_log_type: json}}",
    "{kind: ProxyDefaults, spec: {accessLogs: {enabled: false, textFormat: x}}}",
    "{accesslog-format: json, accesslog-level: disabled}",
    "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 1}}",
]


@pytest.mark.parametrize("text", SILENT)
def test_configuration_without_a_log_carries_nothing(text: str) -> None:
    assert find_formats(text) == ()


REFUSED = [
    ('accesslog-format-string: "%PROTOCOL%"', "no newline"),
    ("{accesslog-format: json, json-fields: [nonsense]}", "no field 'nonsense'"),
    ("{kind: ProxyDefaults, spec: {accessLogs: {enabled: true, jsonFormat: x}}}", "not JSON"),
    ("{kind: ProxyDefaults, spec: {accessLogs: {enabled: true, jsonFormat: '[]'}}}", "object"),
    ("{kind: Module, name: ambassador, config: {envoy_log_format: {a: b}}}", "a string"),
    (
        """{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyProxy, spec: {telemetry:
           {accessLog: {settings: [{format: {type: Text}, sinks: [{file: {path: /a}}]}]}}}}""",
        "needs one",
    ),
    ("{accessLogFile: /a, accessLogFormat: {a: b}}", "expected a string"),
    ("{accessLogFile: '', extensionProviders: {a: b}}", "expected a list"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_the_product_would_refuse(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        find_formats(text)


NO_CARRIER = [
    "",
    "%PROTOCOL%",
    str(ENVOY),
    str(ISTIO),
    json.dumps(ISTIO_JSON),
    json.dumps({"kind": "%PROTOCOL%", "path": "%REQ(:PATH)%", "format": "x", "name": "y"}),
    '{"took": "%DURATION%"',
    "[%START_TIME%] %ACCESS_LOG_TYPE%",
    "access_log: %PROTOCOL% log_format: %DURATION%",
    "took: '%DURATION%'",
    "- accessLogFile: /a",
    "istio-1.23",
    "\0",
    "# only a comment",
]


@pytest.mark.parametrize("text", NO_CARRIER)
def test_formats_are_no_carriers(text: str) -> None:
    assert find_formats(text) == ()


@pytest.mark.parametrize(
    ("text", "start", "message"),
    [
        # The mistake of every day: `%` cannot begin a value of YAML without quotes.
        ("accessLogFile: /a\naccessLogFormat: %PROTOCOL%\n", 35, "line 2, column 18"),
        ("apiVersion: v1\nkind: [é\n  😀: }\n", 27, "line 3, column 4"),
        ("{{ if .x }}\naccessLogFile: /a\n{{ end }}\n", 12, "a template must be rendered first"),
        ("apiVersion: v1\na: !!int ''\n", 0, "not YAML"),
        ("apiVersion: v1\na: !custom x\n", 18, "custom"),
        ('{"static_resources": {\n', 23, "not YAML"),
    ],
)
def test_a_broken_carrier_shows_the_place(text: str, start: int, message: str) -> None:
    with pytest.raises(FormatError, match=message) as error:
        find_formats(text)
    (problem,) = error.value.problems
    assert (problem.start, problem.text) == (min(start, len(text) - 1), text)


def test_a_broken_file_inside_a_config_map_shows_itself() -> None:
    with pytest.raises(FormatError, match="line 1, column 18") as error:
        find_formats(mesh("accessLogFormat: %PROTOCOL%"))
    assert error.value.problems[0].text == "accessLogFormat: %PROTOCOL%"


def test_several_documents_are_told_apart() -> None:
    text = (
        "---\n"
        + mesh("accessLogFile: /a\naccessLogFormat: '%PROTOCOL%'")
        + "---\n---\naccessLogFile: /a\naccessLogFormat: '%DURATION%'\n"
    )
    assert [carried.path for carried in find_formats(text)] == [
        "ConfigMap/istio: data.mesh.accessLogFormat",
        "document 2: accessLogFormat",
    ]


def test_anchors_are_followed() -> None:
    text = """\
        one: &log {"@type": a.StdoutAccessLog, log_format: {json_format: {a: "%PROTOCOL%"}}}
        two: *log
        three: {<<: *log, path: /x}
        """
    found = find_formats(dedent(text))
    assert [carried.path.partition(".")[0] for carried in found] == ["one", "two", "three"]
    assert all(carried.source == {"a": "%PROTOCOL%"} for carried in found)


def aliases(form: str) -> str:
    lines = [f"{b}: &{b} " + form.replace("A", f"*{a}") for a, b in pairwise("abcdefghijk")]
    return "\n".join(["apiVersion: v1", "a: &a {x: 1}", *lines])


HOSTILE = [
    aliases("[A, A, A, A, A, A, A, A, A, A]"),
    aliases("{<<: [A, A, A, A, A, A, A, A, A, A]}"),
    "apiVersion: v1\na: &a [*a]",
    "apiVersion: v1\na: &a {<<: *a}",
    "apiVersion: v1\na: *b",
    "apiVersion: v1\na: " + "[" * 100_000,
    "apiVersion: v1\na:\n  " + "- " * 100_000,
    "apiVersion: v1\na: " + "{a: " * 100_000,
    '{"apiVersion": ' * 100_000,
    '{"apiVersion": ' * 500 + "1" + "}" * 500,
    "apiVersion: v1\na: &a 0\n" + "a: &a [*a]\n" * 200,
    "apiVersion: v1\na: '" + "x" * 5_000_000 + "'",
    "apiVersion: v1\na: " + "9" * 10_000,
    "apiVersion: v1\na: \0",
    "apiVersion: v1\na: \ud800",
    "apiVersion: v1\n? [a]\n: b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_refused_at_once(text: str) -> None:
    began = process_time()
    with pytest.raises(FormatError):
        find_formats(text)
    assert process_time() - began < 5


KEYS = st.sampled_from(
    [
        *("kind", "type", "apiVersion", "metadata", "name", "spec", "data", "mesh", "config"),
        *("@type", "type_url", "value", "log_format", "json_format", "text_format", "format"),
        *("accessLogFile", "accessLogFormat", "accessLogEncoding", "extensionProviders"),
        *("meshConfig", "envoyFileAccessLog", "logFormat", "labels", "text", "json", "settings"),
        *("telemetry", "accessLog", "sinks", "file", "path", "fileSink", "stringFormat"),
        *("json-fields", "accesslog-format", "logging", "backends", "to", "default", "plain"),
        *("accessLogs", "enabled", "jsonFormat", "accessLogger", "envoy_log_format"),
    ]
)
VALUES = st.sampled_from(
    [
        *("%PROTOCOL%", "x.FileAccessLog", "JSON", "json", "Text", "file", "v1", "{", "[]", ""),
        *("EnvoyProxy", "Module", "ambassador", "ConfigMap", "Telemetry", "Mesh", "a: %"),
        *("MeshAccessLog", "ProxyDefaults", "gateway.envoyproxy.io/v1", "telemetry.istio.io/v1"),
    ]
)
TREES = st.recursive(
    VALUES | st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


def searched(text: str) -> tuple[CarriedFormat, ...] | str:
    """Return what is found, or the whole message."""
    try:
        return find_formats(text)
    except FormatError as error:
        return str(error)


@given(tree=TREES)
def test_any_tree_of_known_words_is_read_or_refused(tree: object) -> None:
    for document in (tree, {"meshConfig": tree, "spec": tree}):
        found = searched(json.dumps(document))
        for carried in found if isinstance(found, tuple) else ():
            assert carried.path
            assert carried.product
            assert carried.source or carried.encoding is Encoding.JSON


@given(text=st.text())
@example("a: &a\n*a: b")
@example("apiVersion: 2024-99-99")
@example("apiVersion: v1\na: !!timestamp 2024-99-99")
@example("apiVersion: v1\na: !!binary '&'")
@example("apiVersion: =")
@example("apiVersion: 0x")
@example("apiVersion: -.inf\n...\n%YAML 9.9\n---\n")
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"apiVersion: v1\na: {text}", f"apiVersion: v1\nkind: >\n  {text}"):
        searched(candidate)


@given(data=st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for encoding in ("latin-1", "utf-16-le"):
        with suppress(UnicodeDecodeError):
            searched(data.decode(encoding, "surrogatepass"))


def test_pure_python_yaml_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    expected = [find_formats(dedent(text)) for _, text, _ in PRODUCTS]

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = documents._Loader.yaml_implicit_resolvers
        yaml_constructors = documents._Loader.yaml_constructors

    monkeypatch.setattr(documents, "_Loader", Loader)
    assert [find_formats(dedent(text)) for _, text, _ in PRODUCTS] == expected


# What a reader of the real files finds in each: the first command and the number of fields of
# every format, or what is refused and why. None: it carries nothing.
Reading = list[tuple[str, int]] | str
READ_BY_EYE: dict[str, Reading] = {
    "contour__contour-config.yaml": [("START_TIME", 15)],
    "emissary__host_missing_tls_out.yaml": [("START_TIME", 15)] * 2,
    "envoy_bootstrap__aigw_mcp_envoy.yaml": [("DYNAMIC_METADATA", 9)] * 2,
    "envoy_bootstrap__datadog-tracing.yaml": [("START_TIME", 18)],
    "envoy_bootstrap__envoy_access_log_format_helper.template.yaml": "a template",
    "envoy_gateway__accesslog-formatters.xds-ir.yaml": [("START_TIME", 15), ("REQ", 6), ("REQ", 5)],
    "envoy_gateway__accesslog-types.in.yaml": [("START_TIME", 4)] * 3,
    # Three settings, and two proxies that write the default.
    "envoy_gateway__gatewayclass_metadata.yaml": [
        ("START_TIME", 15),
        ("UPSTREAM_PROTOCOL", 2),
        ("START_TIME", 15),
        ("START_TIME", 24),
        ("START_TIME", 24),
    ],
    "envoyfilter__imroc_accesslog-print-body.yaml": [("START_TIME", 26)],
    "envoyfilter__imroc_accesslog-print-header-body.yaml": [("START_TIME", 28)],
    "envoyfilter__imroc_enable-accesslog-json-format.yaml": [("START_TIME", 24)],
    "istio_configmap__imroc_custom_text.yaml": [("START_TIME", 24)],
    "istio_configmap__imroc_json.yaml": [("START_TIME", 24)],
    # One record of several lines.
    "istio_configmap__ssup2_text_json.yaml": [("START_TIME", 28)],
    "istio_operator__apigee_asm_1_6.yaml": [("START_TIME", 25)],
    "istio_operator__kuadrant_meshconfig.yaml": [("START_TIME", 17)],
    "istio_operator__kyma_bench.yaml": [("START_TIME", 24), ("REQ", 26)],
    "istio_operator__mcp_gateway.yaml": [("START_TIME", 15)],
    "istio_telemetry__1.yaml": [("START_TIME", 24)],
    "istio_telemetry__2.yaml": "formats of otlp stand in the MeshConfig",
    "kaasops_xds__accesslogconfig-stdout.yaml": [("LOCAL_REPLY_BODY", 9)],
    "kgateway__accesslog-httplisteneropt-out.yaml": [("REQ", 16)] * 4,
    # `%%` everywhere: Envoy writes constants.
    "kuma__outbound-route.input.yaml": [("", 0)],
    "yggdrasil__ACCESSLOG.md": [],
}
#: What the compiler may say of a format that Envoy takes.
LIMITS = ("a newline inside a record", "there is no command operator")


def compiled(carried: CarriedFormat) -> tuple[str, int] | None:
    """Return the first command and the number of fields; None beyond the compiler's limits."""
    try:
        plan = make_plan(read_document(carried.source, carried.encoding))
    except FormatError as error:
        if all(problem.message.startswith(LIMITS) for problem in error.problems):
            return None
        raise
    return plan.fields[0].command.name, len(plan.fields)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize("name", READ_BY_EYE)
def test_real_files(name: str) -> None:
    text, reading = (CORPUS / name).read_text(), READ_BY_EYE[name]
    if isinstance(reading, str):
        with pytest.raises(FormatError, match=reading):
            find_formats(text)
        return
    found = find_formats(text)
    assert len(found) == len(reading)
    for carried, (first, count) in zip(found, reading, strict=True):
        assert compiled(carried) in {(first, count), None}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_every_real_file_is_in_the_table() -> None:
    assert {path.name for path in CORPUS.iterdir()} - {"INDEX.jsonl"} == set(READ_BY_EYE)
