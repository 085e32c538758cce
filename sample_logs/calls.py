"""gRPC calls as two gateway pods log them: one of them still knows an endpoint that is gone.

    python sample_logs/calls.py [--calls N] [--into DIR]

writes `grpc.log`, in the format of `grpc.format`: what two Envoys logged, each line behind the name
of its pod, as `kubectl logs --prefix -l app=gateway` prints them, one pod after the other.
"""

import argparse
import asyncio
import random
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import h2.config
import h2.connection
import h2.events
import h2.exceptions

if __name__ == "__main__":
    # As a script, import from the root of the repository, as the tests do.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from sample_logs.envoy import Envoy, configure, running
from sample_logs.generate import HERE, ISTIO
from sample_logs.mesh import Json

#: Istio's own, and what became of the call.
FORMAT = ISTIO.removesuffix("\n") + ' "%GRPC_STATUS%"\n'

AUTHORITY = "shop.internal:9090"
CLUSTER = "outbound|9090||shop.default.svc.cluster.local"
#: The pods, and the connections that each has from clients.
PODS = {"gateway-6d5f8c7b9d-4xk2p": 3, "gateway-6d5f8c7b9d-q9zrm": 2}
STALE = "gateway-6d5f8c7b9d-q9zrm"

#: Nobody listens on this port.
_NOBODY = 1
#: Method -> the status of its calls, and how often.
_METHODS = {
    "/shop.v1.Cart/Get": {0: 94, 5: 6},
    "/shop.v1.Cart/Add": {0: 90, 3: 8, 8: 2},
    "/shop.v1.Orders/Place": {0: 92, 9: 4, 13: 4},
    "/grpc.health.v1.Health/Check": {0: 1},
}
_AGENTS = ("grpc-go/1.68.0", "grpc-java-netty/1.66.0", "grpc-node-js/1.11.3")
_MESSAGE = bytes(5)  # an empty message: not compressed, no bytes


@dataclass(frozen=True)
class Call:
    """One call as its client knows it."""

    request_id: str
    pod: str
    method: str
    status: int
    by_upstream: bool


def run(directory: Path, calls: int = 300, seed: int = 3) -> list[Call]:
    """Log so many calls into `directory`."""
    (directory / "grpc.format").write_text(FORMAT)
    return asyncio.run(_run(directory, calls, seed))


async def _run(directory: Path, calls: int, seed: int) -> list[Call]:
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        server = await asyncio.start_server(_serve, "127.0.0.1", 0)
        stack.callback(server.close)
        port = server.sockets[0].getsockname()[1]
        made = await _drive(port, scratch, calls, random.Random(seed))
        # Each Envoy has written its last lines as it went.
        lines = [
            f"[pod/{pod}/istio-proxy] {line}"
            for pod in PODS
            for line in (scratch / f"{pod}.log").read_text().splitlines(keepends=True)
        ]
    (directory / "grpc.log").write_text("".join(lines))
    return made


async def _drive(port: int, directory: Path, calls: int, rng: random.Random) -> list[Call]:
    async with AsyncExitStack() as stack:
        envoys = {}
        for pod in PODS:
            ports = [port, port, _NOBODY] if pod == STALE else [port]
            config = configure({f"{pod}.log": FORMAT}, [_host()], [_cluster(ports)])
            envoys[pod] = await stack.enter_async_context(
                running(config, directory, directory / f"{pod}.output")
            )
        connections = [pod for pod, count in PODS.items() for _ in range(count)]
        made = await asyncio.gather(
            *(
                _client(envoys[pod], pod, calls // len(connections), random.Random(rng.random()))
                for pod in connections
            )
        )
        for envoy in envoys.values():
            await envoy.idle()
    return [call for own in made for call in own]


def _cluster(ports: list[int]) -> Json:
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    endpoints = [
        {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}}
        for port in ports
    ]
    return {
        "name": CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": CLUSTER, "endpoints": [{"lb_endpoints": endpoints}]},
        "typed_extension_protocol_options": {
            options: {
                "@type": f"type.googleapis.com/{options}",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
    }


def _host() -> Json:
    route: Json = {"name": "grpc", "match": {"prefix": "/"}, "route": {"cluster": CLUSTER}}
    return {"name": "shop", "domains": [AUTHORITY], "routes": [route]}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each call with the status and after the time that it asks for."""
    connection = _connection(client=False)
    waiting: dict[int, tuple[str, str]] = {}

    async def answer(stream: int, status: str, delay: str) -> None:
        await asyncio.sleep(float(delay))
        head = [(":status", "200"), ("content-type", "application/grpc")]
        with suppress(h2.exceptions.H2Error, ConnectionError):
            if status == "0":
                connection.send_headers(stream, head)
                connection.send_data(stream, _MESSAGE)
                connection.send_headers(stream, [("grpc-status", "0")], end_stream=True)
            else:
                connection.send_headers(stream, [*head, ("grpc-status", status)], end_stream=True)
            writer.write(connection.data_to_send())

    async with asyncio.TaskGroup() as answers:
        with suppress(ConnectionError):
            async for event in _events(connection, reader, writer):
                if isinstance(event, h2.events.RequestReceived):
                    headers = {str(name): str(value) for name, value in event.headers}
                    status, _, delay = headers["x-answer"].partition(" ")
                    waiting[event.stream_id] = status, delay
                elif isinstance(event, h2.events.StreamEnded):
                    answers.create_task(answer(event.stream_id, *waiting.pop(event.stream_id)))
    writer.close()


async def _client(envoy: Envoy, pod: str, calls: int, rng: random.Random) -> list[Call]:
    """Make one call after the other on a connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", envoy.port)
    connection = _connection(client=True)
    events = _events(connection, reader, writer)
    agent = rng.choice(_AGENTS)
    made = []
    for _ in range(calls):
        method = rng.choices(list(_METHODS), (40, 30, 20, 10))[0]
        (status,) = rng.choices(list(_METHODS[method]), list(_METHODS[method].values()))
        request_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        stream = connection.get_next_available_stream_id()
        delay = min(rng.lognormvariate(-4.5, 0.5), 0.2)  # 11 ms at the median
        head = [
            (":method", "POST"), (":scheme", "http"), (":authority", AUTHORITY), (":path", method),
            ("content-type", "application/grpc"), ("te", "trailers"), ("user-agent", agent),
            ("x-request-id", request_id), ("x-answer", f"{status} {delay:.4f}"),
        ]  # fmt: skip
        connection.send_headers(stream, head)
        connection.send_data(stream, _MESSAGE, end_stream=True)
        writer.write(connection.data_to_send())
        received: dict[str, str] = {}
        async for event in events:
            if isinstance(event, h2.events.ResponseReceived | h2.events.TrailersReceived):
                received |= {str(name): str(value) for name, value in event.headers}
            elif isinstance(event, h2.events.StreamEnded):
                break
        by_upstream = "x-envoy-upstream-service-time" in received
        made.append(Call(request_id, pod, method, int(received["grpc-status"]), by_upstream))
    writer.close()
    return made


def _connection(*, client: bool) -> h2.connection.H2Connection:
    connection = h2.connection.H2Connection(
        h2.config.H2Configuration(client_side=client, header_encoding="utf-8")
    )
    connection.initiate_connection()
    return connection


async def _events(
    connection: h2.connection.H2Connection,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> AsyncIterator[h2.events.Event]:
    writer.write(connection.data_to_send())
    while data := await reader.read(2**16):
        for event in connection.receive_data(data):
            yield event
        writer.write(connection.data_to_send())


def main() -> None:
    """Write the log."""
    arguments = argparse.ArgumentParser(description="Write grpc.log with a real Envoy.")
    arguments.add_argument("--calls", type=int, default=300)
    arguments.add_argument("--into", type=Path, default=HERE)
    given = arguments.parse_args()
    made = run(given.into, given.calls)
    print(f"{len(made)} calls, {sum(call.status != 0 for call in made)} failed")


if __name__ == "__main__":
    main()
