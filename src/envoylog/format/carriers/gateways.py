"""Gateways with an access-log setting of their own: who reads what, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

from envoylog.format.carriers import envoy
from envoylog.format.carriers.notes import OMITS_EMPTY, newline_note, single_ended
from envoylog.format.carriers.place import CarriedFormat, Place
from envoylog.format.document import JsonFormat
from envoylog.spec.formats import NAMED_FORMATS
from envoylog.spec.operators import OPERATORS
from envoylog.spec.values import Argument

_STDOUT = "/dev/stdout"


def _named(name: str) -> dict[str, str]:
    document = NAMED_FORMATS[name].document
    return dict(document) if isinstance(document, dict) else {}


# Envoy Gateway: internal/gatewayapi/listener.go (processAccessLog) and
# internal/xds/translator/accesslog.go (buildXdsAccessLog).
_ENVOY_GATEWAY_NOTE = (
    "no format is given: Envoy Gateway writes its default JSON; old versions wrote TEXT"
)


def is_envoy_proxy(place: Place) -> bool:
    """Tell whether a mapping is an EnvoyProxy of Envoy Gateway."""
    # The group was config.gateway.envoyproxy.io at first.
    return place.node.get("kind") == "EnvoyProxy" and place.group.endswith("gateway.envoyproxy.io")


def read_envoy_proxy(place: Place) -> Iterator[CarriedFormat]:
    """Read the settings of an EnvoyProxy; one without any logs in the default."""
    access_log = place.inside("spec", "telemetry", "accessLog")
    if access_log and access_log.get("disable") is True:
        return
    settings = list(access_log.each("settings")) if access_log else []
    if not settings:
        default, note = _named("envoy-gateway"), _ENVOY_GATEWAY_NOTE
        at, key = (access_log, "") if access_log else (place, "spec")
        yield at.carried(key, default, note, log_path=_STDOUT)
    for setting in settings:
        sinks = list(setting.each("sinks"))
        name = " ".join(word for word in (place.object_name, setting.text("type")) if word)
        if not sinks:  # then even a Text format is passed over
            yield _envoy_gateway_json(setting.inside("format") or setting, _STDOUT, name)
        for sink in sinks:
            if file := sink.inside("file"):
                yield _envoy_gateway_format(setting, file.text("path"), name)


def _envoy_gateway_format(setting: Place, log_path: str, name: str) -> CarriedFormat:
    log_format = setting.inside("format")
    if log_format is None or log_format.get("type") != "Text":
        return _envoy_gateway_json(log_format or setting, log_path, name)
    text = log_format.text("text")
    if not text:
        raise log_format.fault("text", "a format of type Text needs one")
    return log_format.carried("text", text, newline_note(text), log_path=log_path, name=name)


def _envoy_gateway_json(place: Place, log_path: str, name: str) -> CarriedFormat:
    source = place.pairs("json") if place.has("json") else {}
    if source:
        return place.carried("json", source, log_path=log_path, name=name)
    default = _named("envoy-gateway")
    return place.carried("", default, _ENVOY_GATEWAY_NOTE, log_path=log_path, name=name)


def is_xds_ir(place: Place) -> bool:
    """Tell whether a mapping is `accessLog` of Envoy Gateway's intermediate representation."""
    return place.path[-1:] in {("accesslog",), ("accessLog",)} and any(
        isinstance(place.get(key), list) for key in ("text", "json")
    )


def read_xds_ir(place: Place) -> Iterator[CarriedFormat]:
    """Read the two lists of file logs."""
    for log in place.each("text"):
        text = log.text("format")
        if not text:
            raise log.fault("format", "a text log needs one")
        yield log.carried("format", text, newline_note(text), log_path=log.text("path"))
    for log in place.each("json"):
        yield _envoy_gateway_json(log, log.text("path"), "")


# Contour: apis/projectcontour/v1alpha1/accesslog.go (AsFieldMap) and
# internal/envoy/v3/accesslog.go, which sets omit_empty_values for both kinds.
# The keys of contour.yaml, then those of the custom resources, old and new.
_CONTOUR_FORMAT = ("accesslog-format", "accessLogFormat")
_CONTOUR_TEXT = ("accesslog-format-string", "accessLogFormatString")
_CONTOUR_JSON = ("json-fields", "accessLogJSONFields", "jsonFields")
_CONTOUR_LEVEL = ("accesslog-level", "accessLogLevel")
_CONTOUR_METADATA = "%METADATA(ROUTE:envoy.access_loggers.file:io.projectcontour.{})%"
#: Names that may stand in a list of fields, beside the operators without argument.
_CONTOUR_FIELDS = _named("contour-json") | {
    "ts": "%START_TIME%",
    "x_trace_id": "%REQ(X-TRACE-ID)%",
    "contour_config_kind": _CONTOUR_METADATA.format("kind"),
    "contour_config_namespace": _CONTOUR_METADATA.format("namespace"),
    "contour_config_name": _CONTOUR_METADATA.format("name"),
}


def is_contour(place: Place) -> bool:
    """Tell whether a mapping is contour.yaml or `spec.envoy.logging` of a custom resource."""
    if place.root:
        return place.has(_CONTOUR_FORMAT[0], _CONTOUR_TEXT[0], _CONTOUR_JSON[0])
    return place.path[-2:] == ("envoy", "logging") and place.has(
        *_CONTOUR_FORMAT, *_CONTOUR_TEXT, *_CONTOUR_JSON
    )


def read_contour(place: Place) -> Iterator[CarriedFormat]:
    """Read the kind of format, and the format string or the list of fields."""
    kind, text_key = place.first(*_CONTOUR_FORMAT), place.first(*_CONTOUR_TEXT)
    fields_key = place.first(*_CONTOUR_JSON)
    if place.get(place.first(*_CONTOUR_LEVEL)) == "disabled":
        return
    if place.get(kind) == "json":
        given = bool(place.strings(fields_key))
        source = _contour_fields(place, fields_key) if given else _named("contour-json")
        note = "" if given else "no fields are given: Contour writes its default ones"
        key = fields_key if given else kind
        yield place.carried(key, source, note, OMITS_EMPTY, log_path=_STDOUT)
    elif text := place.text(text_key):
        if not text.endswith("\n"):
            raise place.fault(text_key, "Contour refuses a format that ends in no newline")
        yield place.carried(text_key, text, OMITS_EMPTY, log_path=_STDOUT)
    else:
        yield place.carried(kind, envoy.DEFAULT, envoy.DEFAULT_NOTE, log_path=_STDOUT)


def _contour_fields(place: Place, key: str) -> JsonFormat:
    fields: dict[str, object] = {}
    for entry in place.strings(key):
        name, equals, value = entry.partition("=")
        if not equals:
            operator = OPERATORS.get(name.upper())
            simple = operator is not None and operator.argument is not Argument.REQUIRED
            value = _CONTOUR_FIELDS.get(name) or (f"%{name.upper()}%" if simple else "")
        if not value:
            raise place.fault(key, f"Contour knows no field {entry!r}")
        fields[name] = value
    return fields


# Gloo and kgateway: projects/gloo/pkg/plugins/als/plugin.go (copyFileSettings) passes the format
# on as it is.


def is_file_sink(place: Place) -> bool:
    """Tell whether a mapping is the file sink of Gloo's or kgateway's `accessLog`."""
    return place.path[-1:] in {("fileSink",), ("file_sink",)} and place.has(
        "path", "stringFormat", "jsonFormat"
    )


def read_file_sink(place: Place) -> Iterator[CarriedFormat]:
    """Read a format string or a JSON format."""
    log_path = place.text("path")
    if place.has("jsonFormat"):
        yield place.carried("jsonFormat", place.json("jsonFormat"), log_path=log_path)
    elif text := place.text("stringFormat"):
        yield place.carried("stringFormat", text, newline_note(text), log_path=log_path)
    else:
        yield place.carried("", envoy.DEFAULT, envoy.DEFAULT_NOTE, log_path=log_path)


# Emissary: python/ambassador/envoy/v3/v3listener.py (access_log). A format of one's own is not
# prefixed with ACCESS; only the default has that word in it.
_EMISSARY_TEXT = f"ACCESS {NAMED_FORMATS['envoy'].document}"
_EMISSARY_JSON = {
    key: value
    for key, value in _named("istio-json").items()
    if key not in {"response_code_details", "connection_termination_details", "route_name"}
} | {
    "upstream_cluster": "%UPSTREAM_CLUSTER%",
    "istio_policy_status": "%DYNAMIC_METADATA(istio.mixer:status)%",
}
_EMISSARY_NOTE = "no format is given: Emissary writes its default"


def is_emissary_module(place: Place) -> bool:
    """Tell whether a mapping is the Module `ambassador`, as a resource or in the old form."""
    names = (place.object_name, place.node.get("name"))
    return place.node.get("kind") == "Module" and "ambassador" in names


def read_emissary_module(place: Place) -> Iterator[CarriedFormat]:
    """Read type, format and path of Envoy's log."""
    config = place.inside("spec", "config") or place.inside("config")
    keys = ("envoy_log_format", "envoy_log_type", "envoy_log_path")
    if config is None or not config.has(*keys):
        return
    log_path = config.text("envoy_log_path") or "/dev/fd/1"
    if config.text("envoy_log_type").lower() in {"json", "typed_json"}:
        given = config.has("envoy_log_format")
        source: str | JsonFormat = config.json("envoy_log_format") if given else _EMISSARY_JSON
        note = "" if given else _EMISSARY_NOTE
    elif text := config.text("envoy_log_format"):
        source, note = single_ended(text, "Emissary")
    else:
        source, note = _EMISSARY_TEXT, _EMISSARY_NOTE
    yield config.carried("envoy_log_format", source, note, log_path=log_path)


# Yggdrasil: docs/ACCESSLOG.md of uswitch/yggdrasil.


def is_yggdrasil(place: Place) -> bool:
    """Tell whether a mapping is Yggdrasil's configuration file with an access-log format."""
    logger = place.get("accessLogger")
    return place.root and isinstance(logger, dict) and isinstance(logger.get("format"), dict)


def read_yggdrasil(place: Place) -> Iterator[CarriedFormat]:
    """Read the JSON format; its path cannot be set."""
    if logger := place.inside("accessLogger"):
        source = logger.json("format")
        yield logger.carried("format", source, log_path="/var/log/envoy/access.log")
