"""A real Envoy where much is wrong on purpose: TLS on both sides, a breaker, gRPC, logins."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sample_logs.mesh import Json
from sample_logs.upstream import read_head
from tests.hostile.certificates import Certificates, make_certificates
from tests.hostile.process import Envoy, running
from tests.hostile.servers import serving

SHOP, BURST = "shop.example.com", "burst.example.com"
ATTACKER, FORGETFUL = "203.0.113.9", "203.0.113.10"

FORMAT: Json = {
    "start_time": "%START_TIME%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(:PATH)%",
    "protocol": "%PROTOCOL%",
    "code": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "duration": "%DURATION%",
    "authority": "%REQ(:AUTHORITY)%",
    "cluster": "%UPSTREAM_CLUSTER_RAW%",
    "upstream": "%UPSTREAM_HOST%",
    "upstream_tls": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    "client_tls": "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "sni": "%REQUESTED_SERVER_NAME%",
    "grpc": "%GRPC_STATUS(NUMBER)%",
}

_T = "type.googleapis.com/envoy"
_TLS = "extensions.transport_sockets.tls.v3"


@dataclass
class Known:
    """What the clients know: the codes that they were answered, and connections that failed."""

    codes: dict[str, list[int]] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)


def run(logs: Path, scratch: Path) -> Known:
    """Let everything happen once; the log is `faulty.log`."""
    return asyncio.run(_run(logs, scratch))


async def _run(logs: Path, scratch: Path) -> Known:
    for name in ("ours", "theirs"):
        (scratch / name).mkdir()
    ours, theirs = make_certificates(scratch / "ours"), make_certificates(scratch / "theirs")
    known = Known()
    async with serving(scratch, theirs.server()) as upstreams, _plain_text() as plain_text:
        ports = {
            "shop": upstreams.plain,
            "breaker": upstreams.plain,
            "grpc": upstreams.http2,
            "untrusted": upstreams.tls,
            "plain-text": plain_text,
        }
        async with running(_bootstrap(ports, ours), logs, scratch) as envoy:
            await _drive(envoy, ours, known)
            await envoy.idle()
    return known


@asynccontextmanager
async def _plain_text() -> AsyncIterator[int]:
    """Answer whatever comes as a web server answers what it does not understand."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        with suppress(OSError):
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port: int = server.sockets[0].getsockname()[1]
        yield port


async def _drive(envoy: Envoy, ours: Certificates, known: Known) -> None:
    async def get(name: str, path: str, host: str = SHOP, **headers: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", envoy.ports["http"])
        known.codes.setdefault(name, []).append(await _get(reader, writer, path, host, headers))

    async def hello(name: str, tls: ssl.SSLContext, server_name: str) -> None:
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", envoy.ports["tls"], ssl=tls, server_hostname=server_name
            )
        except (ssl.SSLError, ConnectionError):
            known.cut[name] = known.cut.get(name, 0) + 1
        else:
            known.codes.setdefault(name, []).append(await _get(reader, writer, "/", SHOP, {}))

    async def times(count: int, name: str, path: str, **more: str) -> None:
        for _ in range(count):
            await get(name, path, **more)

    trusting = ours.client("http/1.1", certified=False)
    for _ in range(3):
        await hello("lost", trusting, "lost.example.com")
    await hello("served", trusting, SHOP)
    for _ in range(2):
        known.cut["distrust"] = known.cut.get("distrust", 0) + await asyncio.to_thread(
            _distrust, envoy.ports["tls"]
        )

    await times(4, "untrusted", "/untrusted")
    await times(3, "plain-text", "/plain-text")

    # One request holds the only connection, one waits for it, the others are too many.
    first = asyncio.create_task(get("breaker", "/breaker", x_do="slow"))
    await asyncio.sleep(0.1)
    await asyncio.gather(first, *(get("breaker", "/breaker", x_do="slow") for _ in range(5)))

    grpc = {"content_type": "application/grpc", "te": "trailers"}
    await times(5, "grpc", "/shop.v1.Orders/Get", x_do="grpc", **grpc)
    await times(3, "grpc", "/shop.v1.Orders/Get", x_do="grpc-not-found", **grpc)
    await times(2, "grpc", "/shop.v1.Orders/Put", x_do="grpc", **grpc)

    await times(12, "attacker", "/login", x_forwarded_for=ATTACKER)
    await times(1, "attacker", "/login", x_forwarded_for=ATTACKER, x_key="right")
    await times(2, "forgetful", "/login", x_forwarded_for=FORGETFUL)
    await times(1, "forgetful", "/login", x_forwarded_for=FORGETFUL, x_key="right")

    for _ in range(12):
        await get("calm", "/", BURST)
        await asyncio.sleep(0.25)
    await asyncio.gather(*(get("burst", "/", BURST, x_do="unavailable") for _ in range(20)))


def _distrust(port: int) -> int:
    """Refuse Envoy's certificate; unlike asyncio, a plain socket says so before it closes."""
    context = ssl.create_default_context()
    # OpenSSL sends the alert of TLS 1.3 so that BoringSSL cannot read it.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", port)) as connection:
        try:
            context.wrap_socket(connection, server_hostname=SHOP)
        except ssl.SSLCertVerificationError:
            return 1
    return 0


async def _get(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    path: str,
    host: str,
    headers: dict[str, str],
) -> int:
    method = "POST" if path.startswith("/shop.v1.") else "GET"
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines.append("content-length: 0")
    writer.write("\r\n".join([*lines, "", ""]).encode())
    head = await read_head(reader)
    await reader.read()
    writer.close()
    return int(head.start.split()[1])


def _bootstrap(ports: dict[str, int], ours: Certificates) -> Json:
    logs = [
        _typed(
            "extensions.access_loggers.file.v3.FileAccessLog",
            path="faulty.log",
            log_format={"json_format": FORMAT},
        )
    ]
    http = _typed(
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="faulty",
        use_remote_address=True,
        xff_num_trusted_hops=1,
        access_log=logs,
        http_filters=[_typed("extensions.filters.http.router.v3.Router")],
        route_config={"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": _routes()}]},
    )
    downstream = _typed(f"{_TLS}.DownstreamTlsContext", **ours.context("server", require=True))
    chain: Json = {
        "filters": [http],
        "filter_chain_match": {"server_names": [SHOP]},
        "transport_socket": downstream,
    }
    inspector = _typed("extensions.filters.listener.tls_inspector.v3.TlsInspector")
    return {
        "admin": {"address": _address(0)},
        "static_resources": {
            "listeners": [
                {"name": "http", "address": _address(0), "filter_chains": [{"filters": [http]}]},
                {
                    "name": "tls",
                    "address": _address(0),
                    "listener_filters": [inspector],
                    "filter_chains": [chain],
                    "access_log": logs,
                },
            ],
            "clusters": _clusters(ports, ours),
        },
    }


def _routes() -> list[Json]:
    right = {"name": "x-key", "string_match": {"exact": "right"}}
    named: list[Json] = [
        {"match": {"prefix": f"/{name}"}, "route": {"cluster": name}}
        for name in ("untrusted", "plain-text", "breaker")
    ]
    return [
        {"match": {"prefix": "/login", "headers": [right]}, "route": {"cluster": "shop"}},
        {"match": {"prefix": "/login"}, "direct_response": {"status": 401}},
        {"match": {"prefix": "/shop.v1."}, "route": {"cluster": "grpc"}},
        *named,
        {"match": {"prefix": "/"}, "route": {"cluster": "shop"}},
    ]


def _clusters(ports: dict[str, int], ours: Certificates) -> list[Json]:
    options = _typed(
        "extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config={"http2_protocol_options": {}},
    )["typed_config"]
    http2 = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    tls = _typed(f"{_TLS}.UpstreamTlsContext", **ours.context("client", require=False))
    narrow = {"thresholds": [{"max_connections": 1, "max_pending_requests": 1}]}
    special: dict[str, Json] = {
        "breaker": {"circuit_breakers": narrow},
        "grpc": {"typed_extension_protocol_options": {http2: options}},
        "untrusted": {"transport_socket": tls},
        "plain-text": {"transport_socket": tls},
    }
    return [
        {
            "name": name,
            "connect_timeout": "2s",
            "load_assignment": {
                "cluster_name": name,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(port)}}]}],
            },
            **special.get(name, {}),
        }
        for name, port in ports.items()
    ]


def _address(port: int) -> Json:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _typed(kind: str, **fields: object) -> Json:
    return {"name": kind, "typed_config": {"@type": f"{_T}.{kind}", **fields}}
