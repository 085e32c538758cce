"""Istio: the mesh configuration in all its wrappings, and Telemetry resources that point to it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from envoylog.format.carriers import envoy
from envoylog.format.carriers.notes import OMITS_EMPTY, ended
from envoylog.format.carriers.place import CarriedFormat, Place
from envoylog.format.document import JsonFormat
from envoylog.spec.formats import ALIASES, NAMED_FORMATS

# The facts: istio/istio pilot/pkg/model/telemetry_logging.go (fileAccessLogWithDefaults,
# fileAccessLogFromTelemetry, telemetryAccessLog).
_TEXT = str(NAMED_FORMATS[ALIASES["istio"]].document)
_TEXT_NOTE = (
    "no format is given: Istio writes its default TEXT, shown here for 1.23 and later; "
    "1.9 to 1.22 have %UPSTREAM_CLUSTER% in place of %UPSTREAM_CLUSTER_RAW%"
)
_JSON_NOTE = "no format is given: Istio writes its default JSON"
_NOT_ESCAPED = "the encoding is TEXT, so Envoy escapes nothing in what looks like JSON"
_NOT_ON = "accessLogFile is not set: only a Telemetry resource for `envoy` turns this log on"

_STDOUT = "/dev/stdout"
_BUILT_IN = "envoy"  # the provider that exists without being declared
_MESH_KEYS = ("accessLogFile", "accessLogFormat", "accessLogEncoding", "extensionProviders")


def is_mesh_config(place: Place) -> bool:
    """Tell whether a mapping is a MeshConfig: a whole document, or under `meshConfig`."""
    return place.path[-1:] == ("meshConfig",) or (place.root and place.has(*_MESH_KEYS))


def read_mesh_config(mesh: Place) -> Iterator[CarriedFormat]:
    """Read the format of the mesh, and those of its providers."""
    log_path = mesh.text("accessLogFile")
    causes = {
        "accessLogFormat": bool(mesh.text("accessLogFormat")),
        "accessLogFile": bool(log_path),
        "defaultProviders": _BUILT_IN in _default_providers(mesh),
    }
    if key := next((key for key, holds in causes.items() if holds), None):
        source, note = _mesh_format(mesh)
        not_on = "" if causes["accessLogFile"] or causes["defaultProviders"] else _NOT_ON
        yield mesh.carried(key, source, note, not_on, log_path=log_path or _STDOUT, name="mesh")
    for provider in mesh.each("extensionProviders"):
        if log := provider.inside("envoyFileAccessLog"):
            yield _provider_format(mesh, log, provider.text("name"))


def _default_providers(mesh: Place) -> list[str]:
    providers = mesh.inside("defaultProviders")
    return providers.strings("accessLogging") if providers else []


def _mesh_format(mesh: Place) -> tuple[str | JsonFormat, str]:
    text = mesh.text("accessLogFormat")
    # The enum may be written as its number.
    if str(mesh.get("accessLogEncoding")).upper() not in {"JSON", "1"}:
        if not text:
            return _TEXT, _TEXT_NOTE
        source, note = ended(text, "Istio")
        return source, _NOT_ESCAPED if text.lstrip().startswith("{") else note
    if not text:
        return _default_json(), _JSON_NOTE
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        reason = str(error)
    else:
        if isinstance(value, dict):
            return value, ""
        reason = "no object"
    # istiod logs "error parsing provided json log format, default log format will be used".
    return _default_json(), (
        "the encoding is JSON but accessLogFormat is not a JSON object "
        f"({reason}), so Istio silently writes its default JSON instead"
    )


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        # protojson, which Istio reads it with: "duplicate map key".
        raise ValueError("a key stands in it twice")
    return value


def _provider_format(mesh: Place, log: Place, name: str) -> CarriedFormat:
    log_path = log.text("path") or _STDOUT
    omits = log.get("omitEmptyValues") is True
    log_format = log.inside("logFormat")
    place, key, note = log, "", ""
    source: str | JsonFormat
    if log_format is None:
        if name == _BUILT_IN and not omits:
            source, note = _mesh_format(mesh)
        else:
            source, note = _TEXT, _TEXT_NOTE
    elif log_format.has("text"):
        place, key = log_format, "text"
        text = log_format.text("text")
        source, note = ended(text, "Istio") if text else (_TEXT, _TEXT_NOTE)
    elif log_format.has("labels"):
        place, key = log_format, "labels"
        source = log_format.json("labels")
        if not source:
            source, note = _default_json(), _JSON_NOTE
    else:
        # Neither of the two is set, so the message reaches Envoy without a format.
        source, note = envoy.DEFAULT, envoy.DEFAULT_NOTE
    omitted = OMITS_EMPTY if omits else ""
    return place.carried(key, source, note, omitted, log_path=log_path, name=name)


def is_telemetry(place: Place) -> bool:
    """Tell whether a mapping is a Telemetry resource that speaks of access logs."""
    return place.node.get("kind") == "Telemetry" and place.group == "telemetry.istio.io"


def read_telemetry(place: Place) -> Iterator[CarriedFormat]:
    """Read which providers a Telemetry resource names; it holds no formats itself."""
    spec = place.inside("spec")
    rules = list(spec.each("accessLogging")) if spec else []
    providers = [
        provider
        for rule in rules
        if rule.get("disabled") is not True
        for provider in rule.each("providers")
    ]
    for provider in providers:
        if provider.text("name") == _BUILT_IN:
            note = "a Telemetry holds no format: accessLogFormat of the MeshConfig would apply"
            yield provider.carried(
                "name", _TEXT, note, _TEXT_NOTE, log_path=_STDOUT, name=_BUILT_IN
            )
    if spec and providers and all(provider.text("name") != _BUILT_IN for provider in providers):
        names = ", ".join(provider.text("name") for provider in providers)
        message = f"the formats of {names} stand in the MeshConfig, under extensionProviders"
        raise spec.fault("accessLogging", message)


def _default_json() -> JsonFormat:
    document = NAMED_FORMATS["istio-json"].document
    return dict(document) if isinstance(document, dict) else {}
