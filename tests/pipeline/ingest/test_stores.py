"""Logs and datasets in a real S3 server."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

import envoylog
from envoylog.dataset.table import ConflictError
from envoylog.pipeline.ingest.status import read_status
from tests.pipeline.ingest.test_ingest import FORMAT, expected, lines


def test_objects_into_a_bucket(bucket: str) -> None:
    from obstore.store import S3Store

    store = S3Store(bucket.removeprefix("s3://"), client_options={"allow_http": True})
    data = f"{bucket}/data"
    store.put("logs/a.log", lines(0, 20).encode())
    store.put("logs/b.log.gz", gzip.compress(lines(20, 20).encode()))
    assert envoylog.ingest(f"{bucket}/logs/", FORMAT, into=data).rows == 40
    assert envoylog.ingest(f"{bucket}/logs/", FORMAT, into=data).commits == 0
    # The same object again under another name; and the same content, packed otherwise.
    store.put("logs/again.log.gz", gzip.compress(lines(20, 20).encode(), mtime=1))
    store.put("logs/twice.log", lines(0, 20).encode())
    store.put("logs/c.log.gz", gzip.compress(lines(40, 5).encode()))
    run = envoylog.ingest(f"{bucket}/logs/", FORMAT, into=data)
    assert run.rows == 5
    news = {name.rpartition("/")[2]: str(found.news) for name, found in run.news.items()}
    assert news == {
        "a.log": "known",
        "b.log.gz": "known",
        "again.log.gz": "copy",
        "twice.log": "copy",
        "c.log.gz": "new",
    }
    rows = pl.read_delta(data)["request_id"].to_list()
    assert sorted(rows) == expected(*range(45))
    assert read_status(data).accounted
    assert envoylog.open(data).sql("select count(*) from access").pl().item() == 45


def test_of_two_runs_at_once_each_line_counts_once(bucket: str, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    data = f"{bucket}/data"
    first = 0
    for _round in range(3):
        with log.open("a") as file:
            file.write(lines(first, 100))
        first += 100

        def run(_number: int) -> int:
            try:
                return envoylog.ingest(log, FORMAT, into=data).rows
            except ConflictError:
                return 0

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(run, range(2))) == 100
    assert sorted(pl.read_delta(data)["request_id"].to_list()) == expected(*range(first))
