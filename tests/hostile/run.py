"""One run: a hostile Envoy, its upstream servers, and clients that do their worst."""

import asyncio
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hostile.certificates import make_certificates
from tests.hostile.clients import Answered, Clients
from tests.hostile.configuration import bootstrap
from tests.hostile.formats import TRUTH, Format, breaking, drawn, named, omitting, single_texts
from tests.hostile.mix import Request, plan
from tests.hostile.process import running
from tests.hostile.servers import serving

_CLIENTS = 16


@dataclass(frozen=True)
class Run:
    """What came of it: a folder of logs, their formats, and what each client knows."""

    logs: Path
    formats: Mapping[str, Format]
    sent: tuple[tuple[Request, Answered], ...]


def all_formats(seed: int) -> dict[str, Format]:
    """Give the formats of a run, each with the name of its log."""
    return {
        **TRUTH,
        **single_texts(),
        **named(),
        **drawn(seed, texts=75, documents=40),
        **omitting(seed + 1),
        **breaking(),
    }


def run(logs: Path, requests: int, seed: int) -> Run:
    """Send so many requests and write the logs of all of them, in all formats."""
    formats = all_formats(seed)
    with TemporaryDirectory() as scratch:
        sent = asyncio.run(_run(logs, Path(scratch), formats, plan(requests, seed)))
    return Run(logs, formats, tuple(sent))


async def _run(
    logs: Path, scratch: Path, formats: Mapping[str, Format], requests: Iterator[Request]
) -> list[tuple[Request, Answered]]:
    certificates = make_certificates(scratch)
    async with serving(scratch, certificates.server()) as upstreams:
        config = bootstrap(formats, upstreams, certificates, scratch)
        async with running(config, logs, scratch) as envoy:
            clients = Clients(envoy.ports, scratch / "envoy.sock", certificates)

            async def client() -> list[tuple[Request, Answered]]:
                return [(request, await clients.send(request)) for request in requests]

            by_client = await asyncio.gather(*(client() for _ in range(_CLIENTS)))
            await envoy.idle()
    return [one for sent in by_client for one in sent]


def run_once(folder: Path, requests: int, seed: int) -> Run:
    """Run, or load what another process has run before into the same folder."""
    kept = folder / "run.pickle"
    if not kept.exists():
        kept.write_bytes(pickle.dumps(run(folder, requests, seed)))
    found = pickle.loads(kept.read_bytes())  # noqa: S301 - written above
    assert isinstance(found, Run)
    return found
