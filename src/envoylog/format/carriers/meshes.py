"""Meshes other than Istio with an access-log setting of their own: Kuma and Consul."""

from __future__ import annotations

import json
from collections.abc import Iterator

from envoylog.format.carriers.notes import OMITS_EMPTY, ended, single_ended
from envoylog.format.carriers.place import CarriedFormat, Place
from envoylog.format.document import JsonFormat
from envoylog.spec.formats import NAMED_FORMATS

# Kuma: pkg/plugins/policies/meshaccesslog/plugin/xds/configurer.go.
_KUMA_TEXT = (
    '[%START_TIME%] %KUMA_MESH% "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" '
    "%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
    '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" '
    '"%REQ(X-B3-TRACEID?X-DATADOG-TRACEID)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" '
    '"%KUMA_SOURCE_SERVICE%" "%KUMA_DESTINATION_SERVICE%" '
    '"%KUMA_SOURCE_ADDRESS_WITHOUT_PORT%" "%UPSTREAM_HOST%"\n'
)
_KUMA_NOTE = "no format is given: Kuma writes its default for HTTP, and another one for TCP"
_KUMA_PLACEHOLDERS = (
    "Kuma puts fixed text in the place of %KUMA_…% before Envoy sees the format; "
    "it is read as free text"
)


def _is_kuma(place: Place, kind: str) -> bool:
    # Kubernetes says `kind`; a universal control plane says `type`.
    return kind in (place.node.get("kind"), place.node.get("type"))


def is_mesh_access_log(place: Place) -> bool:
    """Tell whether a mapping is a MeshAccessLog, of Kubernetes or universal."""
    return _is_kuma(place, "MeshAccessLog") and place.has("spec")


def read_mesh_access_log(place: Place) -> Iterator[CarriedFormat]:
    """Read the file backends of every direction; those that send to a socket write no file."""
    spec = place.inside("spec")
    for direction in ("to", "from", "rules"):
        for rule in spec.each(direction) if spec else ():
            default = rule.inside("default")
            for backend in default.each("backends") if default else ():
                if file := backend.inside("file"):
                    yield _kuma_format(file)


def _kuma_format(file: Place) -> CarriedFormat:
    log_path = file.text("path")
    log_format = file.inside("format")
    omits = ""
    if log_format:
        omits = OMITS_EMPTY if log_format.get("omitEmptyValues") is True else ""
        if source := log_format.pairs("json") if log_format.has("json") else {}:
            note = _placeholders(json.dumps(source))
            return log_format.carried("json", source, note, omits, log_path=log_path)
        if text := log_format.text("plain"):
            plain, note = single_ended(text, "Kuma")
            placeholders = _placeholders(text)
            return log_format.carried("plain", plain, note, placeholders, omits, log_path=log_path)
    return file.carried("", _KUMA_TEXT, _KUMA_NOTE, _KUMA_PLACEHOLDERS, omits, log_path=log_path)


def is_kuma_mesh(place: Place) -> bool:
    """Tell whether a mapping is a Mesh of Kuma with logging backends."""
    return _is_kuma(place, "Mesh") and (place.has("logging") or place.has("spec"))


def read_kuma_mesh(place: Place) -> Iterator[CarriedFormat]:
    """Read the backends of type file."""
    mesh = place.inside("spec") or place
    logging = mesh.inside("logging")
    for backend in logging.each("backends") if logging else ():
        if backend.get("type") != "file":
            continue
        conf = backend.inside("conf")
        log_path, name = conf.text("path") if conf else "", backend.text("name")
        text = backend.text("format")
        source, note = single_ended(text, "Kuma") if text else (_KUMA_TEXT, _KUMA_NOTE)
        placeholders = _placeholders(source)
        yield backend.carried("format", source, note, placeholders, log_path=log_path, name=name)


def _placeholders(text: str) -> str:
    return _KUMA_PLACEHOLDERS if "%KUMA_" in text else ""


# Consul: agent/xds/accesslogs/accesslogs.go.
_CONSUL_JSON = NAMED_FORMATS["istio-json"].document
_CONSUL_NOTE = "no format is given: Consul writes its default JSON"


def is_proxy_defaults(place: Place) -> bool:
    """Tell whether a mapping is a ProxyDefaults resource or a proxy-defaults entry."""
    kinds = ("ProxyDefaults", "proxy-defaults")
    return place.node.get("kind") in kinds or place.node.get("Kind") in kinds


def read_proxy_defaults(place: Place) -> Iterator[CarriedFormat]:
    """Read the format; a JSON one wins over a TEXT one."""
    logs = place.inside("spec", "accessLogs") or place.inside("AccessLogs")
    if logs is None or logs.get("enabled") is not True:
        return
    sink = logs.text("type") or "stdout"
    log_path = logs.text("path") if sink == "file" else f"/dev/{sink}"
    key = logs.first("jsonFormat", "JSONFormat")
    if text := logs.text(key):
        yield logs.carried(key, _consul_json(logs, key), log_path=log_path)
    elif text := logs.text("textFormat"):
        source, note = ended(text, "Consul")
        yield logs.carried("textFormat", source, note, log_path=log_path)
    else:
        default = dict(_CONSUL_JSON) if isinstance(_CONSUL_JSON, dict) else {}
        default["upstream_cluster"] = "%UPSTREAM_CLUSTER%"
        yield logs.carried("", default, _CONSUL_NOTE, log_path=log_path)


def _consul_json(logs: Place, key: str) -> JsonFormat:
    try:
        value = json.loads(logs.text(key))
    except (ValueError, RecursionError) as error:
        raise logs.fault(key, f"Consul refuses what is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise logs.fault(key, "Consul needs a JSON object here")
    return value
