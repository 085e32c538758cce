"""What the real Envoy says about formats: taken or refused, and why."""

import functools
import json
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sample_logs.envoy import binary

Json = Mapping[str, object]
Format = str | Mapping[str, object]

_TYPES = "type.googleapis.com/envoy"
_SECONDS = 30.0


def verdicts(formats: Sequence[Format]) -> list[str | None]:
    """Ask about each format: None if Envoy takes it, else what it says.

    Each format is the access log of one listener of a single running Envoy: those are loaded one
    by one, so thousands take seconds.
    """
    return list(_verdicts(json.dumps(list(formats))))


@functools.cache
def _verdicts(formats: str) -> tuple[str | None, ...]:
    listeners = [
        {"@type": f"{_TYPES}.config.listener.v3.Listener", **_listener(number, [given])}
        for number, given in enumerate(json.loads(formats))
    ]
    with TemporaryDirectory() as scratch:
        resources = Path(scratch, "listeners.json")
        resources.write_text(json.dumps({"resources": listeners}))
        source = {"path_config_source": {"path": str(resources)}}
        loaded = _ask({"dynamic_resources": {"lds_config": source}}, Path(scratch))
    answers: dict[str, str | None] = {}
    for listener in loaded:
        if "active_state" in listener:
            answers[listener["name"]] = None
        else:
            error = listener["error_state"]
            answers[error["failed_configuration"]["name"]] = error["details"]
    return tuple(answers[str(number)] for number in range(len(listeners)))


def validate(formats: Sequence[Format]) -> str:
    """Run `envoy --mode validate` on one configuration with all formats: empty if it is right."""
    config = {"static_resources": {"listeners": [_listener(0, formats)]}}
    done = subprocess.run(
        [binary(), "--mode", "validate", "--config-yaml", json.dumps(_with_admin(config))],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    return "" if done.returncode == 0 else done.stderr


def _listener(number: int, formats: Sequence[Format]) -> Json:
    address = {"address": f"127.0.{number // 50000}.1", "port_value": 1 + number % 50000}
    return {
        "name": str(number),
        "bind_to_port": False,
        "address": {"socket_address": address},
        "filter_chains": [{}],
        "access_log": [_access_log(given) for given in formats],
    }


def _access_log(given: Format) -> Json:
    written: Json = (
        {"text_format_source": {"inline_string": given}}
        if isinstance(given, str)
        else {"json_format": given}
    )
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": f"{_TYPES}.extensions.access_loggers.file.v3.FileAccessLog",
            "path": os.devnull,
            "log_format": written,
        },
    }


def _with_admin(config: Json) -> Json:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    return {
        "node": {"id": "test", "cluster": "test"},
        "admin": {"address": address},
        **config,
    }


def _ask(config: Json, scratch: Path) -> list[Any]:
    """Start Envoy, wait until it has loaded everything, return its dynamic listeners."""
    admin, output = scratch / "admin", scratch / "output"
    with output.open("w") as sink:
        process = subprocess.Popen(
            [
                binary(),
                *("--config-yaml", json.dumps(_with_admin(config))),
                *("--admin-address-path", str(admin)),
                *("--concurrency", "1", "--log-level", "warning", "--use-dynamic-base-id"),
            ],
            stdout=sink,
            stderr=sink,
        )
    try:
        end = time.monotonic() + _SECONDS
        while "LIVE" not in _get(admin, "/ready"):
            assert process.poll() is None, output.read_text()[-2000:]
            assert time.monotonic() < end, output.read_text()[-2000:]
            time.sleep(0.05)
        dump = json.loads(_get(admin, "/config_dump"))
    finally:
        process.terminate()
        process.wait(_SECONDS)
    return [
        listener
        for part in dump["configs"]
        for listener in part.get("dynamic_listeners", ())
        if listener.keys() & {"active_state", "error_state"}
    ]


def _get(admin: Path, path: str) -> str:
    written = admin.read_text() if admin.exists() else ""
    if not (match := re.fullmatch(r"(.+):([0-9]+)", written)):
        return ""
    connection = HTTPConnection(match[1], int(match[2]), timeout=_SECONDS)
    try:
        connection.request("GET", path, headers={"connection": "close"})
        return connection.getresponse().read().decode()
    except ConnectionError:
        return ""
    finally:
        connection.close()
