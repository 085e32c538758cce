"""What all tests share: the repository's folders, and the sample logs in Parquet."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import envoylog
from envoylog.pipeline.summary import RunSummary

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
