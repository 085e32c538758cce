"""Envoy's own access loggers: in its bootstrap and dump, in EnvoyFilters and other resources."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from envoylog.format.carriers.notes import OMITS_EMPTY, newline_note
from envoylog.format.carriers.place import CarriedFormat, Place
from envoylog.spec.formats import NAMED_FORMATS

#: The messages that write text, and where to if they have no `path`. Loggers that send records
#: elsewhere (gRPC, OpenTelemetry, fluentd) write no lines and are not looked at.
_LOGGERS = {
    "FileAccessLog": "",
    "StdoutAccessLog": "/dev/stdout",
    "StderrAccessLog": "/dev/stderr",
    "StreamAccessLog": "",
}
# The API before v3 told the message by the name of the extension.
_V2_NAMES = ("envoy.file_access_log", "envoy.access_loggers.file")
_JSON_KEYS = ("typed_json_format", "json_format")
_ELSEWHERE = ("filename", "environment_variable")

#: What Envoy writes when no format is given.
DEFAULT = str(NAMED_FORMATS["envoy"].document)
DEFAULT_NOTE = "no format is given: Envoy writes its default"


def is_logger(place: Place) -> bool:
    """Tell whether a mapping is an access logger that writes text."""
    return bool(_message_type(place))


def read_logger(place: Place) -> Iterator[CarriedFormat]:
    """Read the format of an access logger."""
    message = (
        place.inside("config")
        or (place.inside("value") if place.has("type_url") else None)
        or place
    )
    log_path = message.text("path") or _LOGGERS[_message_type(place)]
    if log_format := message.inside("log_format"):
        yield from _read_substitution(log_format, log_path)
    elif message.has(*_JSON_KEYS):
        key = message.first(*_JSON_KEYS)
        yield message.carried(key, message.json(key), log_path=log_path)
    elif text := message.text("format"):  # an empty one means the default too
        yield message.carried("format", text, newline_note(text), log_path=log_path)
    else:
        yield message.carried("", DEFAULT, DEFAULT_NOTE, log_path=log_path)


def _message_type(place: Place) -> str:
    if place.get("name") in _V2_NAMES and isinstance(place.get("config"), dict):
        return "FileAccessLog"
    # A TypedStruct holds the name of the real message beside it.
    for key in ("@type", "type_url"):
        url = place.get(key)
        if isinstance(url, str) and (name := url.rpartition(".")[2]) in _LOGGERS:
            return name
    return ""


def _read_substitution(log_format: Place, log_path: str) -> Iterator[CarriedFormat]:
    omits = OMITS_EMPTY if log_format.get("omit_empty_values") is True else ""
    if log_format.has("json_format"):
        source = log_format.json("json_format")
        yield log_format.carried("json_format", source, omits, log_path=log_path)
        return
    if inline := log_format.inside("text_format_source"):
        if inline.has(*_ELSEWHERE):
            key = inline.first(*_ELSEWHERE)
            raise inline.fault(key, f"the format stands elsewhere: {inline.text(key)!r}")
        key = inline.first("inline_string", "inline_bytes")
        text = _decoded(inline) if key == "inline_bytes" else inline.text(key)
        place = inline
    else:
        place, key = log_format, "text_format"
        text = place.text(key)
    if not text:
        raise place.fault(key, "Envoy needs a format here")
    yield place.carried(key, text, newline_note(text), omits, log_path=log_path)


def _decoded(inline: Place) -> str:
    try:
        return base64.b64decode(inline.text("inline_bytes"), validate=True).decode()
    except ValueError:
        raise inline.fault("inline_bytes", "expected UTF-8 text in base64") from None
