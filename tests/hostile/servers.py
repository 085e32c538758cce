"""Upstream servers on loopback that answer as each request asks."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from sample_logs.upstream import read_head
from tests.hostile.answers import ANSWERS, Answer
from tests.hostile.configuration import Upstreams

_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_FRAME = 16_000


@asynccontextmanager
async def serving(scratch: Path, tls: ssl.SSLContext) -> AsyncIterator[Upstreams]:
    """Serve until left; one port is taken and refuses connections."""
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        async with AsyncExitStack() as stack:
            open_ = _Opener(stack).open
            yield Upstreams(
                plain=await open_(_http1, "127.0.0.1"),
                ipv6=await open_(_http1, "::1"),
                http2=await open_(_http2, "127.0.0.1"),
                tls=await open_(_http1, "127.0.0.1", tls),
                tcp=await open_(_echo, "127.0.0.1"),
                refusing=refusing.getsockname()[1],
                unix=await _open_unix(stack, f"upstream-{scratch.name}"),
            )


class _Opener:
    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def open(self, serve: _Serve, host: str, tls: ssl.SSLContext | None = None) -> int:
        server = await asyncio.start_server(_quiet(serve), host, 0, ssl=tls, limit=2**20)
        self._stack.callback(server.close)
        port: int = server.sockets[0].getsockname()[1]
        return port


async def _open_unix(stack: AsyncExitStack, name: str) -> str:
    """Listen on an abstract socket, which is no file; Envoy writes its NUL as `@`."""
    server = await asyncio.start_unix_server(_quiet(_http1), f"\0{name}", limit=2**20)
    stack.callback(server.close)
    return f"@{name}"


def _quiet(serve: _Serve) -> _Serve:
    """Let a connection end in any way."""

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(
            asyncio.IncompleteReadError, OSError, asyncio.CancelledError, h2.exceptions.H2Error
        ):
            await serve(reader, writer)
        writer.close()
        with suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()

    return quietly


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(2**16):
        writer.write(data)
        await writer.drain()


async def _http1(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        head = await read_head(reader)
        await _discard_body(reader, head.headers)
        answer = ANSWERS[head.headers.get("x-do", "plain")]
        await asyncio.sleep(answer.delay)
        if answer.hang_up == "before":
            return
        is_head = head.start.startswith(b"HEAD ")
        writer.write(
            answer.raw
            or _response(answer, int(head.headers.get("x-envoy-attempt-count", "1")), is_head)
        )
        await writer.drain()
        if answer.raw or answer.hang_up == "midway":
            return


async def _discard_body(reader: asyncio.StreamReader, headers: object) -> None:
    assert isinstance(headers, dict)
    if headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        while (await reader.readline()).strip():
            pass
    else:
        await reader.readexactly(int(headers.get("content-length", "0")))


def _response(answer: Answer, attempt: int, is_head: bool) -> bytes:
    status = answer.status(attempt)
    lines = [b"HTTP/1.1 %d Scripted" % status, *(b"%b: %b" % pair for pair in answer.headers)]
    body = b"x" * answer.body
    if answer.trailers:
        lines.append(b"transfer-encoding: chunked")
        trailers = b"".join(b"%b: %b\r\n" % pair for pair in answer.trailers)
        body = b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(body), body, trailers)
    elif status not in {204, 304}:
        lines.append(b"content-length: %d" % len(body))
    if answer.hang_up == "midway":
        body = body[: len(body) // 2]
    return b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if is_head else body)


async def _http2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    config = h2.config.H2Configuration(
        client_side=False,
        header_encoding=None,
        validate_inbound_headers=False,
        validate_outbound_headers=False,
        normalize_outbound_headers=False,
    )
    connection = h2.connection.H2Connection(config)
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    asked: dict[int, tuple[Answer, int]] = {}
    while data := await reader.read(2**16):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                headers = {bytes(name): bytes(value) for name, value in event.headers}
                answer = ANSWERS[headers.get(b"x-do", b"plain").decode()]
                asked[event.stream_id] = answer, int(headers.get(b"x-envoy-attempt-count", b"1"))
            elif isinstance(event, h2.events.DataReceived):
                connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                answer, attempt = asked.pop(event.stream_id)
                await asyncio.sleep(answer.delay)
                with suppress(h2.exceptions.StreamClosedError):
                    _answer(connection, event.stream_id, answer, attempt)
            elif isinstance(event, h2.events.ConnectionTerminated):
                return
        writer.write(connection.data_to_send())
        await writer.drain()


def _answer(
    connection: h2.connection.H2Connection, stream: int, answer: Answer, attempt: int
) -> None:
    if answer.hang_up == "before" or answer.raw:
        connection.reset_stream(stream, 2)
        return
    head = [(b":status", b"%d" % answer.status(attempt)), *answer.headers]
    connection.send_headers(stream, head, end_stream=not (answer.body or answer.trailers))
    for at in range(0, answer.body, _FRAME):
        last = at + _FRAME >= answer.body and not answer.trailers
        connection.send_data(stream, b"x" * min(_FRAME, answer.body - at), end_stream=last)
        if answer.hang_up == "midway":
            connection.reset_stream(stream, 2)
            return
    if answer.trailers:
        connection.send_headers(stream, list(answer.trailers), end_stream=True)
