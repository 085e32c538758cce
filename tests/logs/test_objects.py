"""Logs in a real object store."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.errors import InputError
from envoylog.logs import objects
from envoylog.logs.objects import _translated
from envoylog.logs.sources import find_sources

LOG = Path("sample_logs/envoy.log").read_bytes()


@pytest.fixture(scope="module")
def filled(s3_server: dict[str, str]) -> str:
    """Fill a bucket with logs."""
    from obstore.store import S3Store

    store = S3Store(
        "logs",
        endpoint=s3_server["AWS_ENDPOINT_URL"],
        access_key_id=s3_server["AWS_ACCESS_KEY_ID"],
        secret_access_key=s3_server["AWS_SECRET_ACCESS_KEY"],
        region=s3_server["AWS_REGION"],
        client_options={"allow_http": True},
    )
    store.put("2026/11/24/a.log.gz", gzip.compress(LOG))
    store.put("2026/11/25/b.log", LOG)
    store.put("2026/11/25/.hidden", LOG)
    store.put("2026/11/25/old.parquet", b"PAR1")
    store.put("2027/c.log", gzip.compress(LOG)[:-5000])
    return "s3://logs"


@pytest.fixture
def environment(s3_server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3_server.items():
        monkeypatch.setenv(name, value)
    objects._store.cache_clear()


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("2026/11/24/a.log.gz", ["2026/11/24/a.log.gz"]),
        ("2026/11", ["2026/11/24/a.log.gz", "2026/11/25/b.log"]),
        ("2026/", ["2026/11/24/a.log.gz", "2026/11/25/b.log"]),
        ("", ["2026/11/24/a.log.gz", "2026/11/25/b.log", "2027/c.log"]),
        ("2026/**/*.log", ["2026/11/25/b.log"]),
        ("*/c.*", ["2027/c.log"]),
        ("202[67]/**/[bc].log", ["2026/11/25/b.log", "2027/c.log"]),
    ],
)
def test_found(filled: str, path: str, names: list[str]) -> None:
    sources = find_sources(f"{filled}/{path}")
    assert sorted(source.name for source in sources) == [f"{filled}/{name}" for name in names]
    assert all(source.size and source.modified and source.identity for source in sources)


@pytest.mark.usefixtures("environment")
def test_opened_where_wanted(filled: str) -> None:
    (source,) = find_sources(f"{filled}/2026/11/25/b.log")
    with source.open(7) as stream:
        assert stream.read(5) + stream.read(10**9) == LOG[7:]
    assert source.sample(9) == LOG[:9]


@pytest.mark.usefixtures("environment")
def test_parsed(filled: str, tmp_path: Path) -> None:
    run = envoylog.parse(f"{filled}/", "envoy", to=tmp_path / "o.parquet", keep=["source"])
    counts = pl.read_parquet(run.output)["source"].value_counts()
    rows = dict(counts.iter_rows())
    assert rows[f"{filled}/2026/11/24/a.log.gz"] == rows[f"{filled}/2026/11/25/b.log"] == 2000
    assert 0 < rows[f"{filled}/2027/c.log"] < 2000
    (failure,) = run.failures
    assert failure.startswith(f"{filled}/2027/c.log: the gzip data is cut off")


@pytest.mark.usefixtures("environment")
def test_an_object_that_is_replaced_breaks_off(filled: str) -> None:
    (source,) = find_sources(f"{filled}/2026/11/25/b.log")
    with source.open() as stream:
        objects._store("s3://logs").put("2026/11/25/b.log", b"other")
        with pytest.raises(InputError, match=r"cannot read s3://logs/2026/11/25/b\.log"):
            stream.read(10)
    objects._store("s3://logs").put("2026/11/25/b.log", LOG)


@pytest.mark.usefixtures("environment")
def test_refused(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no objects at s3://logs/nowhere/"):
        find_sources(f"{filled}/nowhere/")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    objects._store.cache_clear()
    with pytest.raises(InputError, match="cannot read s3://logs/2026/: ") as caught:
        find_sources(f"{filled}/2026/")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"cannot read ftp://x: known are s3://, gs:// and az://"):
        find_sources("ftp://x")


@pytest.mark.parametrize(
    ("glob", "expression"),
    [
        ("a/*.log", r"a/[^/]*\.log"),
        ("**/a?.gz", r"(?:.*/)?a[^/]\.gz"),
        ("a(1)+/[!b]/**", r"a\(1\)\+/[^b]/.*"),
    ],
)
def test_globs(glob: str, expression: str) -> None:
    assert _translated(glob) == expression
