"""The upstream services: a small HTTP/1.1 server that answers as each request asks.

The request header `x-answer` is the script of the answer, `STATUSES SIZE DELAY [stall]`:

- STATUSES: one status for each attempt, `503,503,200`; the last one stands for all later
  attempts, and 0 means: hang up without an answer;
- SIZE: bytes of the body;
- DELAY: seconds before the answer;
- `stall`: send half of the body, and the rest much later.

The request header `x-unlucky` names the clusters whose upstreams have a fault that this request
meets: they answer 500, whatever the script says.

The response header `x-served-by` names the cluster that answered.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

_STALL_SECONDS = 1.0


@dataclass(frozen=True)
class Answer:
    """The script of an answer; as a string, the header `x-answer`."""

    statuses: tuple[int, ...]
    size: int
    delay: float
    stall: bool = False

    def __str__(self) -> str:
        statuses = ",".join(map(str, self.statuses))
        return f"{statuses} {self.size} {self.delay:.4f}" + (" stall" if self.stall else "")

    @classmethod
    def parse(cls, script: str) -> "Answer":
        """Read the header `x-answer`."""
        statuses, size, delay, *stall = script.split()
        return cls(
            tuple(map(int, statuses.split(","))), int(size), float(delay), stall == ["stall"]
        )

    def status(self, attempt: int) -> int:
        """Give the status for this attempt, counted from 1; 0 is to hang up."""
        return self.statuses[min(attempt, len(self.statuses)) - 1]


@dataclass(frozen=True)
class Head:
    """The first line and the headers of a request or a response."""

    start: bytes
    headers: Mapping[str, str]


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read up to the blank line that ends the headers."""
    block = await reader.readuntil(b"\r\n\r\n")
    start, *lines = block[:-4].split(b"\r\n")
    fields = (line.decode("latin-1").partition(":") for line in lines)
    return Head(start, {name.lower(): value.strip() for name, _, value in fields})


@dataclass(frozen=True)
class Upstream:
    """One service; `slowness` multiplies the delays that requests ask for."""

    cluster: str
    slowness: float = 1.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer request after request of one connection."""
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # Envoy hung up, as it does when its own client did, or the run is over
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await read_head(reader)
        await reader.readexactly(int(head.headers.get("content-length", "0")))
        answer = Answer.parse(head.headers.get("x-answer", "200 0 0"))
        status = answer.status(int(head.headers.get("x-envoy-attempt-count", "1")))
        if self.cluster in head.headers.get("x-unlucky", "").split(","):
            status = 500
        await asyncio.sleep(answer.delay * self.slowness)
        if status == 0:
            return False
        size = 0 if status in (204, 304) else answer.size
        length = "" if status in (204, 304) else f"content-length: {size}\r\n"
        body = b"" if head.start.startswith(b"HEAD ") else b"x" * size
        writer.write(
            f"HTTP/1.1 {status} Scripted\r\n{length}x-served-by: {self.cluster}\r\n\r\n".encode()
        )
        if answer.stall:
            writer.write(body[: size // 2])
            await asyncio.sleep(_STALL_SECONDS)
            body = body[size // 2 :]
        writer.write(body)
        await writer.drain()
        return True


@asynccontextmanager
async def serving(
    upstreams: Mapping[Upstream, str],
) -> AsyncIterator[dict[str, int]]:
    """Serve each upstream on its host; gives the port of each cluster."""
    ports: dict[str, int] = {}
    async with AsyncExitStack() as stack:
        for upstream, host in upstreams.items():
            server = await asyncio.start_server(upstream.serve, host, 0)
            stack.push_async_callback(_stop, server)
            ports[upstream.cluster] = server.sockets[0].getsockname()[1]
        yield ports


async def _stop(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
