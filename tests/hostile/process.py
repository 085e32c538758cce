"""One Envoy with one worker, so that the n-th line of every file is of the same record."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from sample_logs.envoy import binary
from tests.hostile.configuration import ENVIRONMENT, Json

_SECONDS = 30.0
_ACTIVE = r"downstream_cx_active"


@dataclass(frozen=True)
class Envoy:
    """A running Envoy: its admin interface, and where each listener is."""

    admin_port: int
    ports: dict[str, int]

    async def idle(self) -> None:
        """Wait until no client connection is left: then every record has been written."""
        for _ in range(int(_SECONDS / 0.1)):
            stats = await _get(self.admin_port, f"/stats?filter=^(listener|http|tcp).*{_ACTIVE}$")
            lines = [line for line in stats.splitlines() if "admin" not in line]
            if all(line.endswith(": 0") for line in lines):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"Envoy still holds connections: {lines}")


@asynccontextmanager
async def running(config: Json, logs: Path, scratch: Path) -> AsyncIterator[Envoy]:
    """Run Envoy with its logs in one folder and everything else in another."""
    written, admin, output = scratch / "envoy.json", scratch / "admin", scratch / "output"
    written.write_text(json.dumps(config))
    with output.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            binary(),
            *("-c", str(written)),
            *("--admin-address-path", str(admin)),
            *("--concurrency", "1", "--log-level", "warning"),
            *("--file-flush-interval-msec", "2000"),
            "--use-dynamic-base-id",
            cwd=logs,
            env=os.environ | ENVIRONMENT,
            stdout=sink,
            stderr=sink,
        )
    try:
        yield await _ready(process, admin, output)
        assert process.returncode is None, _said(output)
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), _SECONDS)
    assert process.returncode == 0, _said(output)


async def _ready(process: asyncio.subprocess.Process, admin: Path, output: Path) -> Envoy:
    for _ in range(int(_SECONDS / 0.05)):
        assert process.returncode is None, _said(output)
        port = _port_in(admin)
        if port and "LIVE" in await _get(port, "/ready"):
            # One "name::address:port" a line.
            lines = (await _get(port, "/listeners")).splitlines()
            pairs = ((line.partition("::")[0], line.rpartition(":")[2]) for line in lines)
            return Envoy(port, {name: int(port) for name, port in pairs if port.isdigit()})
        await asyncio.sleep(0.05)
    raise TimeoutError(_said(output))


def _port_in(admin: Path) -> int:
    return int(admin.read_text().rpartition(":")[2] or 0) if admin.exists() else 0


def _said(output: Path) -> str:
    return output.read_text(errors="replace")[-2000:]


async def _get(port: int, path: str) -> str:
    def get() -> str:
        connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
        try:
            connection.request("GET", path, headers={"connection": "close"})
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    return await asyncio.to_thread(get)
