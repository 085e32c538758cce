"""Whom the real Envoy takes for the client: many peers, many chains, every way to trust them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.hostile.process import running

Json = dict[str, object]

_TYPES = "type.googleapis.com/envoy.extensions"
TRUSTED_CIDRS = ("10.0.0.0/8", "192.0.2.1/32", "2001:db8:1::/48")

_CIDRS = [
    {"address_prefix": network.partition("/")[0], "prefix_len": int(network.partition("/")[2])}
    for network in TRUSTED_CIDRS
]


def _detection(**settings: object) -> Json:
    return {
        "use_remote_address": False,
        "original_ip_detection_extensions": [
            {
                "name": "envoy.http.original_ip_detection.xff",
                "typed_config": {
                    "@type": f"{_TYPES}.http.original_ip_detection.xff.v3.XffConfig",
                    **settings,
                },
            }
        ],
    }


#: Name -> what the connection manager is told about the proxies before it.
TRUST: Mapping[str, Json] = {
    "edge": {"use_remote_address": True},
    "one-hop": {"use_remote_address": True, "xff_num_trusted_hops": 1},
    "two-hops": {"use_remote_address": True, "xff_num_trusted_hops": 2},
    "inner": {"use_remote_address": False},
    "inner-one-hop": {"use_remote_address": False, "xff_num_trusted_hops": 1},
    "cidrs": _detection(xff_trusted_cidrs={"cidrs": _CIDRS}),
    "cidrs-append": _detection(xff_trusted_cidrs={"cidrs": _CIDRS}, skip_xff_append=False),
}


class Sent(NamedTuple):
    """A request: who opened the connection, and the header that came with it."""

    peer: str
    chain: str | None


class Logged(NamedTuple):
    """What Envoy logged of it."""

    x_forwarded_for: str | None
    downstream_remote_address: str
    downstream_remote_address_without_port: str


async def _log(sent: Sequence[Sent], folder: Path) -> dict[str, list[Logged]]:
    scratch, logs = folder / "scratch", folder / "logs"
    scratch.mkdir()
    logs.mkdir()
    config: Json = {
        "node": {"id": "addresses", "cluster": "addresses"},
        "admin": {"address": _address()},
        "static_resources": {"listeners": [_listener(name, TRUST[name]) for name in TRUST]},
    }
    async with running(config, logs, scratch) as envoy:
        for name in TRUST:
            for number, request in enumerate(sent):
                await _send(request, number, envoy.ports[name])
        await envoy.idle()
    return {name: _read(logs / name, len(sent)) for name in TRUST}


def log(sent: Sequence[Sent], folder: Path) -> dict[str, list[Logged]]:
    """Send every request to an Envoy of each trust; what was logged, in the order of `sent`."""
    return asyncio.run(_log(sent, folder))


def _address() -> Json:
    return {"socket_address": {"address": "127.0.0.1", "port_value": 0}}


def _listener(name: str, trust: Json) -> Json:
    manager = f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"
    return {
        "name": name,
        "address": _address(),
        # The PROXY protocol lets a test come from any address of the world.
        "listener_filters": [
            {
                "name": "envoy.filters.listener.proxy_protocol",
                "typed_config": {
                    "@type": f"{_TYPES}.filters.listener.proxy_protocol.v3.ProxyProtocol"
                },
            }
        ],
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": {
                            "@type": manager,
                            "stat_prefix": "addresses",
                            **trust,
                            "route_config": _ROUTES,
                            "http_filters": [_ROUTER],
                            "access_log": [_access_log(name)],
                        },
                    }
                ]
            }
        ],
    }


_ROUTES: Json = {
    "virtual_hosts": [
        {
            "name": "all",
            "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}],
        }
    ]
}
_ROUTER: Json = {
    "name": "envoy.filters.http.router",
    "typed_config": {"@type": f"{_TYPES}.filters.http.router.v3.Router"},
}


def _access_log(path: str) -> Json:
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": f"{_TYPES}.access_loggers.file.v3.FileAccessLog",
            "path": path,
            "log_format": {
                "json_format": {
                    "number": "%REQ(X-NUMBER)%",
                    "x_forwarded_for": "%REQ(X-FORWARDED-FOR)%",
                    "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%",
                    "downstream_remote_address_without_port": (
                        "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
                    ),
                }
            },
        },
    }


async def _send(request: Sent, number: int, port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    family = "TCP6" if ":" in request.peer else "TCP4"
    own = "::1" if ":" in request.peer else "127.0.0.1"
    lines = ["GET / HTTP/1.1", "host: a", f"x-number: {number}", "connection: close"]
    if request.chain is not None:
        lines.append(f"x-forwarded-for: {request.chain}")
    head = f"PROXY {family} {request.peer} {own} 40000 80\r\n" + "".join(
        f"{line}\r\n" for line in [*lines, ""]
    )
    writer.write(head.encode("latin-1"))
    # Not to the end: Envoy keeps a closing connection open for a second.
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 "), (request, answer)


def _read(path: Path, count: int) -> list[Logged]:
    rows = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        number = int(row.pop("number"))
        rows[number] = Logged(**row)
    return [rows[number] for number in range(count)]
