"""Real Envoy access logs, and the truth about the requests they record.

`run` starts a real Envoy on loopback, drives real clients and upstreams through it, and
returns what each client knows of its own request. Nothing here is taken from a log.
"""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from sample_logs import mesh
from sample_logs.envoy import Envoy, Formats, bootstrap, running
from sample_logs.mix import Request, plan
from sample_logs.upstream import Head, Upstream, read_head, serving

__all__ = ["Formats", "Sent", "run"]

_CLIENTS = 16
_LONGEST_SECONDS = 300.0
_SCRAPES = 12


@dataclass(frozen=True)
class Sent:
    """One request as its client knows it."""

    #: As logged: the client's own, else the one that Envoy made and returned. None where Envoy
    #: refused the request ("malformed"): it then logs neither the method nor any header.
    request_id: str | None
    method: str
    path: str
    authority: str
    user_agent: str | bytes | None
    #: As sent. Envoy logs it with a comma and the address of the client appended; for a client
    #: at ::1 it appends an address of its own host instead.
    x_forwarded_for: str | None
    protocol: str
    client_address: str  # "ip:port" or "[ip]:port", of the client's own socket
    request_body_bytes: int  # Envoy counts 0 when it answers before it has read the body
    status: int  # 0 when the client hung up before any answer
    response_body_bytes: int  # fewer than Envoy sent when the client hung up midway
    started: datetime
    finished: datetime
    kind: str
    expected_flags: str  # the order of several flags is not fixed
    expected_cluster: str | None


def run(
    directory: Path,
    formats: Formats,
    requests: int = 2000,
    seed: int = 7,
    *,
    stdout: str | None = None,
) -> list[Sent]:
    """Log `requests` requests into `directory`, in one file for each of `formats`.

    The format named `stdout` goes through Envoy's standard output, and the application log
    of Envoy into the same file, as `kubectl logs` shows them.
    """
    for name in formats:
        (directory / name).unlink(missing_ok=True)  # Envoy appends
    with TemporaryDirectory() as scratch:
        output = directory / stdout if stdout else Path(scratch, "output")
        return asyncio.run(_run(directory, formats, list(plan(requests, seed)), output, stdout))


async def _run(
    directory: Path, formats: Formats, requests: list[Request], output: Path, stdout: str | None
) -> list[Sent]:
    upstreams = {
        Upstream(cluster, slowness=1.8 if cluster == mesh.SHOP_V2 else 1.0): host
        for cluster, host in mesh.LIVE.items()
    }
    # Bound but not listening: the port refuses connections, and nobody else can take it.
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        async with serving(upstreams) as ports:
            ports[mesh.LEGACY_CLUSTER] = refusing.getsockname()[1]
            config = bootstrap(formats, ports, stdout)
            async with (
                asyncio.timeout(_LONGEST_SECONDS),
                running(config, directory, output) as envoy,
            ):
                return await _drive(envoy, requests)


async def _drive(envoy: Envoy, requests: Iterable[Request]) -> list[Sent]:
    scraping = asyncio.create_task(_scrape(envoy))
    waiting = iter(requests)

    async def client() -> list[Sent]:
        return [await send(request, envoy) for request in waiting]

    by_client = await asyncio.gather(*(client() for _ in range(_CLIENTS)))
    scraping.cancel()
    await envoy.idle()
    return sorted((one for sent in by_client for one in sent), key=lambda one: one.started)


async def _scrape(envoy: Envoy) -> None:
    """Ask for statistics now and then, as Prometheus does; Envoy notes each in its own log."""
    for _ in range(_SCRAPES):
        await envoy.admin("/stats?filter=^server.live$")
        await asyncio.sleep(0.35)


async def send(request: Request, envoy: Envoy) -> Sent:
    host, port = ("::1", envoy.ipv6_port) if ":" in request.source else ("127.0.0.1", envoy.port)
    started = datetime.now(UTC)
    reader, writer = await asyncio.open_connection(host, port, local_addr=(request.source, 0))
    address = writer.get_extra_info("sockname")
    try:
        writer.write(_encode(request))
        head, received = await _receive(request, reader)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return _sent(request, address, head, received, started)


def _encode(request: Request) -> bytes:
    lines = [f"{request.method} {request.path} {request.protocol}", f"host: {request.authority}"]
    if request.request_id is not None:
        lines.append(f"x-request-id: {request.request_id}")
    if request.x_forwarded_for is not None:
        lines.append(f"x-forwarded-for: {request.x_forwarded_for}")
    if request.body:
        lines.append(f"content-length: {request.body}")
    lines.append(f"x-answer: {request.answer}")
    head = "".join(f"{line}\r\n" for line in lines).encode()
    if request.user_agent is not None:
        head += b"user-agent: " + _bytes(request.user_agent) + b"\r\n"
    return head + request.outcome.header + b"\r\n" + b"x" * request.body


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


async def _receive(request: Request, reader: asyncio.StreamReader) -> tuple[Head | None, int]:
    """Read the head and count the bytes of the body, as far as the client waits for them."""
    if request.outcome.hang_up == "before":
        await asyncio.sleep(request.answer.delay / 8)
        return None, 0
    head = await read_head(reader)
    if request.method == "HEAD" or request.outcome.hang_up == "midway":
        return head, 0
    return head, len(await reader.readexactly(int(head.headers.get("content-length", "0"))))


def _sent(
    request: Request,
    address: tuple[str, int],
    head: Head | None,
    received: int,
    started: datetime,
) -> Sent:
    headers = head.headers if head else {}
    status = int(head.start.split()[1]) if head else 0
    outcome = request.outcome
    limited = outcome.kind == "login" and status == HTTPStatus.TOO_MANY_REQUESTS
    kind, flags = ("rate-limited", "RL") if limited else (outcome.kind, outcome.flags)
    host, port = address[:2]
    return Sent(
        request_id=None if kind == "malformed" else request.request_id or headers["x-request-id"],
        method=request.method,
        path=request.path,
        authority=request.authority,
        user_agent=request.user_agent,
        x_forwarded_for=request.x_forwarded_for,
        protocol=request.protocol,
        client_address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        request_body_bytes=request.body,
        status=status,
        response_body_bytes=received,
        started=started,
        finished=datetime.now(UTC),
        kind="ok" if kind == "login" else kind,
        expected_flags=flags,
        expected_cluster=headers.get("x-served-by", outcome.cluster),
    )
