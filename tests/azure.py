"""Azurite, Microsoft's own server of Azure's storage for tests, on loopback.

It comes from npm: `npm install --prefix build/azurite azurite`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from pathlib import Path
from typing import Final

# Known to everybody: the account that Azurite always has.
_ACCOUNT: Final = "devstoreaccount1"
_KEY: Final = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_VERSION: Final = "2021-08-06"
_SECONDS: Final = 60
_LOCAL: Final = Path(__file__).parent.parent / "build/azurite/node_modules/.bin/azurite-blob"


def program() -> str | None:
    """Find Azurite, if it is here."""
    return shutil.which("azurite-blob") or (str(_LOCAL) if _LOCAL.exists() else None)


@contextmanager
def running(program: str, folder: Path) -> Iterator[dict[str, str]]:
    """Run the server; its data lies in a folder.

    Yields
    ------
    dict of str to str
        What the environment must say to reach it.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--location", str(folder)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [program, "--blobHost", "127.0.0.1", "--blobPort", str(port), *words],
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(server, port, folder / "log")
        yield {
            # Azurite lists from the beginning, wherever it is told to begin; the library that
            # writes datasets knows that of it.
            "AZURE_STORAGE_USE_EMULATOR": "true",
            "AZURITE_BLOB_STORAGE_URL": f"http://127.0.0.1:{port}",
            "AZURE_STORAGE_ACCOUNT_NAME": _ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": _KEY,
            "AZURE_ALLOW_HTTP": "true",
        }
    finally:
        server.kill()  # its data is nobody's
        server.wait()


def make_container(environment: dict[str, str], name: str) -> None:
    """Make a container, which no library that is used here can do."""
    date = formatdate(usegmt=True)
    headers = [f"x-ms-date:{date}", f"x-ms-version:{_VERSION}"]
    resource = [f"/{_ACCOUNT}/{_ACCOUNT}/{name}", "restype:container"]
    signed = "\n".join(["PUT", *([""] * 11), *headers, *resource])
    digest = hmac.new(base64.b64decode(_KEY), signed.encode(), hashlib.sha256).digest()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{environment['AZURITE_BLOB_STORAGE_URL']}/{_ACCOUNT}/{name}?restype=container",
        method="PUT",
        headers={
            "x-ms-date": date,
            "x-ms-version": _VERSION,
            "Authorization": f"SharedKey {_ACCOUNT}:{base64.b64encode(digest).decode()}",
        },
    )
    urllib.request.urlopen(request).close()  # noqa: S310


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while server.poll() is None and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"Azurite did not start: {log.read_text(errors='replace')[-500:]}")
