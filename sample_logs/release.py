"""A release as a real Envoy logs it: a canary, a mirror, retries and a deploy that slows down.

    python sample_logs/release.py [--requests N] [--into DIR]

writes `release.log`, the log of the gateway, and `release-shadow.log`, that of the Envoy before the
mirror's target, both in the format of `release.format`.

- shop.example.com: 70% of the requests go to v1 and 30% to v2. v2 takes 1.8 times as long, and
  fails on `/checkout` where a request is unlucky, which a quarter of them are.
- A fifth of shop.example.com is mirrored to v3, which answers /cart with 404.
- api.example.com: the upstream fails the first attempts of some requests; the route retries twice.
- Halfway a deploy makes `/v1/orders` 40 ms slower.
"""

import argparse
import asyncio
import random
import sys
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    # As a script, import from the root of the repository, as the tests do.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from sample_logs import mesh
from sample_logs.envoy import Envoy, configure, running
from sample_logs.generate import HERE, ISTIO
from sample_logs.mesh import Json
from sample_logs.mix import Outcome, Request
from sample_logs.traffic import Sent, send
from sample_logs.upstream import Answer, Upstream, serving

#: Istio's own, and how often Envoy tried.
FORMAT = ISTIO.removesuffix("\n") + " %UPSTREAM_REQUEST_ATTEMPT_COUNT%\n"

V1 = "outbound|80|v1|shop.default.svc.cluster.local"
V2 = "outbound|80|v2|shop.default.svc.cluster.local"
V3 = "outbound|80|v3|shop.default.svc.cluster.local"
API = "outbound|8080||api.default.svc.cluster.local"
SHADOW = "mirror-target"

WEIGHTS = {V1: 70, V2: 30}
MIRRORED = 20  # percent
SLOWNESS = 1.8
DEPLOY_DELAY = 0.04

_CLIENTS = 10
_SHOP = ("/", "/catalog", "/checkout", "/cart")
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
    "shop-app/7.2 (Android 16)",
    "curl/8.5.0",
)
#: What the upstream of the API answers, attempt by attempt, and how often.
_ATTEMPTS = {(200,): 90, (503, 200): 5, (503, 503, 200): 2, (503,): 3}


@dataclass(frozen=True)
class Release:
    """What the clients know of the run.

    `deploy` is between the last request before and the first after it; `unlucky` are the ids of
    requests that v2 fails.
    """

    sent: list[Sent]
    deploy: datetime
    unlucky: frozenset[str]
    attempts: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class _Planned:
    request: Request
    unlucky: bool


def run(directory: Path, requests: int = 2400, seed: int = 5) -> Release:
    """Log so many requests of clients into `directory`."""
    (directory / "release.format").write_text(FORMAT)
    for name in ("release.log", "release-shadow.log"):
        (directory / name).unlink(missing_ok=True)  # Envoy appends
    return asyncio.run(_run(directory, requests, seed))


async def _run(directory: Path, requests: int, seed: int) -> Release:
    upstreams = {
        Upstream(V1): "127.0.0.1",
        Upstream(V2, slowness=SLOWNESS): "127.0.0.1",
        Upstream(V3): "127.0.0.1",
        Upstream(API): "127.0.0.1",
    }
    async with AsyncExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        ports = await stack.enter_async_context(serving(upstreams))
        target = configure(
            {"release-shadow.log": FORMAT}, _target_routes(), [_cluster(V3, ports[V3])]
        )
        shadow = await stack.enter_async_context(running(target, directory, scratch / "shadow"))
        clusters = [_cluster(name, ports[name]) for name in (V1, V2, API)]
        config = configure(
            {"release.log": FORMAT}, _routes(), [*clusters, _cluster(SHADOW, shadow.port)]
        )
        planned = list(_plan(requests, seed))
        half = len(planned) // 2
        async with running(config, directory, scratch / "gateway") as envoy:
            before = await _drive(planned[:half], envoy)
            await envoy.idle()
            deploy = datetime.now(UTC)
            after = await _drive([_deployed(one) for one in planned[half:]], envoy)
            await envoy.idle()
        await shadow.idle()  # once the gateway has let go of its connections
    return Release(
        [*before, *after],
        deploy,
        frozenset(str(one.request.request_id) for one in planned if one.unlucky),
        {str(one.request.request_id): one.request.answer.statuses for one in planned},
    )


def _cluster(name: str, port: int) -> Json:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "circuit_breakers": {"thresholds": [{"max_retries": 100}]},
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }


def _routes() -> list[Json]:
    weighted = [{"name": name, "weight": weight} for name, weight in WEIGHTS.items()]
    share = {"default_value": {"numerator": MIRRORED, "denominator": "HUNDRED"}}
    shop: Json = {
        "name": "shop-canary",
        "match": {"prefix": "/"},
        "route": {
            "weighted_clusters": {"clusters": weighted},
            "request_mirror_policies": [{"cluster": SHADOW, "runtime_fraction": share}],
        },
    }
    retry = {
        "retry_on": "5xx",
        "num_retries": 2,
        "retry_back_off": {"base_interval": "0.005s", "max_interval": "0.02s"},
    }
    api: Json = {
        "name": "api",
        "match": {"prefix": "/"},
        "route": {"cluster": API, "retry_policy": retry},
    }
    return [_host("shop", [mesh.SHOP], shop), _host("api", [mesh.API], api)]


def _target_routes() -> list[Json]:
    missing: Json = {
        "name": "no-cart",
        "match": {"prefix": "/cart"},
        "direct_response": {"status": 404},
    }
    rest: Json = {"name": "next", "match": {"prefix": "/"}, "route": {"cluster": V3}}
    return [_host("shop-next", ["*"], missing, rest)]


def _host(name: str, domains: list[str], *routes: Json) -> Json:
    return {
        "name": name,
        "domains": domains,
        "routes": list(routes),
        "include_request_attempt_count": True,
    }


def _plan(requests: int, seed: int) -> Iterator[_Planned]:
    rng = random.Random(seed)
    for _ in range(requests):
        shop = rng.random() < 0.65
        path = rng.choice(_SHOP) if shop else rng.choice(("/v1/orders", "/v1/users"))
        statuses = (200,) if shop else rng.choices(list(_ATTEMPTS), list(_ATTEMPTS.values()))[0]
        unlucky = path == "/checkout" and rng.random() < 0.25
        delay = min(rng.lognormvariate(-3.9, 0.4), 0.2)  # 20 ms at the median
        yield _Planned(
            Request(
                outcome=Outcome(
                    "ok", 0, (), header=f"x-unlucky: {V2}\r\n".encode() if unlucky else b""
                ),
                method="POST" if path == "/checkout" else "GET",
                authority=mesh.SHOP if shop else mesh.API,
                path=path,
                protocol="HTTP/1.1",
                source="127.0.0.1",
                request_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
                user_agent=rng.choice(_AGENTS),
                x_forwarded_for=f"203.0.113.{rng.randint(1, 60)}",
                body=0,
                answer=Answer(statuses, rng.randint(200, 4000), delay),
            ),
            unlucky,
        )


def _deployed(planned: _Planned) -> _Planned:
    request = planned.request
    if request.path != "/v1/orders":
        return planned
    slower = replace(request.answer, delay=request.answer.delay + DEPLOY_DELAY)
    return replace(planned, request=replace(request, answer=slower))


async def _drive(planned: list[_Planned], envoy: Envoy) -> list[Sent]:
    waiting = iter(planned)

    async def client() -> list[Sent]:
        return [await send(one.request, envoy) for one in waiting]

    by_client = await asyncio.gather(*(client() for _ in range(_CLIENTS)))
    return sorted((one for sent in by_client for one in sent), key=lambda one: one.started)


def main() -> None:
    """Write the logs, and say when the deploy was."""
    arguments = argparse.ArgumentParser(description="Write release.log with a real Envoy.")
    arguments.add_argument("--requests", type=int, default=2400)
    arguments.add_argument("--into", type=Path, default=HERE)
    given = arguments.parse_args()
    release = run(given.into, given.requests)
    print(f"{len(release.sent)} requests, deploy at {release.deploy.isoformat()}")


if __name__ == "__main__":
    main()
