"""The clients: they send any bytes they like, and remember what came back."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from sample_logs.upstream import read_head
from tests.hostile.certificates import Certificates
from tests.hostile.mix import Request

_SECONDS = 10.0
# Only the older one has session ids.
_TLS_VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@dataclass(frozen=True)
class Answered:
    """What a client knows of its request after it ended."""

    status: int  # 0: no answer came
    body: int
    address: str  # the client's own; empty for a Unix socket


@dataclass(frozen=True)
class Clients:
    """Where they connect to."""

    ports: Mapping[str, int]
    unix: Path
    certificates: Certificates

    async def send(self, request: Request) -> Answered:
        """Do what the request says."""
        async with asyncio.timeout(_SECONDS):
            try:
                reader, writer = await self._connect(request)
            except ConnectionError:  # Envoy was too busy for a TLS handshake
                reader, writer = await self._connect(request)
            try:
                with suppress(asyncio.IncompleteReadError, ConnectionError, h2.exceptions.H2Error):
                    status, body = await _SENDERS[request.version](request, reader, writer)
                    return Answered(status, body, _address(writer))
                return Answered(0, 0, "")
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    async def _connect(self, request: Request) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if request.listener == "unix":
            return await asyncio.open_unix_connection(self.unix, limit=2**20)
        host = "::1" if request.listener == "ipv6" else "127.0.0.1"
        tls = None
        if request.listener == "tls" and request.version != "tcp":
            alpn = "h2" if request.version == "2" else "http/1.1"
            tls = self.certificates.client(alpn, certified=request.number % 3 > 0)
            tls.maximum_version = _TLS_VERSIONS[request.number % 2]
        return await asyncio.open_connection(
            host,
            self.ports[request.listener],
            ssl=tls,
            server_hostname="shop.example.com" if tls else None,
            limit=2**20,
        )


def _address(writer: asyncio.StreamWriter) -> str:
    name = writer.get_extra_info("sockname")
    if not isinstance(name, tuple):
        return ""
    return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"


async def _tcp(
    request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[int, int]:
    sent = b"x" * request.scenario.body
    writer.write(sent)
    if request.scenario.hang_up == "reset":
        _reset(writer)
        return 0, 0
    received = 0
    if request.listener == "tls":
        await reader.read()  # until Envoy has had enough
        return 0, 0
    while received < len(sent) and (data := await reader.read(2**16)):
        received += len(data)
    return 0, received


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset instead of an end."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


async def _http1(
    request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[int, int]:
    scenario = request.scenario
    lines = [
        b"%b %b HTTP/%b" % (request.method, request.path, request.version.encode()),
        b"host: " + scenario.authority,
        *(b"%b: %b" % pair for pair in request.headers()),
    ]
    if scenario.body:
        lines.append(b"content-length: %d" % scenario.body)
    writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + b"x" * scenario.body)
    if scenario.hang_up != "never":
        await asyncio.sleep(0.05)
        return 0, 0
    head = await read_head(reader)
    status = int(head.start.split()[1])
    if request.method == b"HEAD" or status in {204, 304}:
        return status, 0
    if "content-length" in head.headers:
        return status, len(await reader.readexactly(int(head.headers["content-length"])))
    if head.headers.get("transfer-encoding") == "chunked":
        return status, await _chunks(reader)
    return status, len(await reader.read())


async def _chunks(reader: asyncio.StreamReader) -> int:
    received = 0
    while size := int(await reader.readline(), 16):
        received += size
        await reader.readexactly(size + 2)
    while (await reader.readline()).strip():
        pass
    return received


async def _http2(
    request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[int, int]:
    config = h2.config.H2Configuration(
        header_encoding=None,
        validate_inbound_headers=False,
        validate_outbound_headers=False,
        normalize_outbound_headers=False,
    )
    connection = h2.connection.H2Connection(config)
    connection.initiate_connection()
    scenario = request.scenario
    scheme = b"https" if request.listener == "tls" else b"http"
    head = [
        (b":method", request.method),
        (b":path", request.path),
        (b":scheme", scenario.scheme or scheme),
        (b":authority", scenario.authority),
        *request.headers(),
    ]
    connection.send_headers(1, head, end_stream=not scenario.body)
    if scenario.body:
        connection.send_data(1, b"x" * scenario.body, end_stream=True)
    writer.write(connection.data_to_send())
    if scenario.hang_up == "reset":
        await asyncio.sleep(0.05)
        connection.reset_stream(1, 8)
        writer.write(connection.data_to_send())
        await writer.drain()
        return 0, 0
    status, received = 0, 0
    while data := await reader.read(2**16):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                status = int(dict(event.headers)[b":status"])
            elif isinstance(event, h2.events.DataReceived):
                received += len(event.data)
                connection.acknowledge_received_data(event.flow_controlled_length, 1)
            elif isinstance(
                event,
                h2.events.StreamEnded | h2.events.StreamReset | h2.events.ConnectionTerminated,
            ):
                return status, received
        writer.write(connection.data_to_send())
        await writer.drain()
    return status, received


_SENDERS = {"tcp": _tcp, "1.0": _http1, "1.1": _http1, "2": _http2}
