"""A dataset is read as its transaction log says, in a folder and in an object store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.catalog.datasets import find_files
from envoylog.dataset import rejects as rejects_file
from envoylog.dataset import upkeep
from envoylog.dataset.dataset import Dataset, writing
from envoylog.dataset.partitions import PartitionWriter
from envoylog.dataset.state import Run

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SCHEMA = pl.Schema({"start_time": pl.Datetime("us", "UTC"), "authority": pl.String()})
COUNT = "select count(*) from access"


def fill(dataset: Dataset, authority: str, days_ago: int = 0) -> None:
    start = NOON - timedelta(days=days_ago)
    row = pl.DataFrame({"start_time": [start], "authority": [authority]}, SCHEMA)
    refused = {"text": [authority], "reason": ["no"]}
    reject = pl.concat([rejects_file.SCHEMA.to_frame(), pl.DataFrame(refused)], how="diagonal")
    dataset.prepare(SCHEMA, {})
    rows = PartitionWriter(dataset.place, {})
    rows.write(row.with_columns(date=start.date()))
    rejects = PartitionWriter(dataset.rejects_place, {})
    rejects.write(reject.with_columns(date=start.date()))
    dataset.commit(Run("", 1, 2, 1, 1, 0), [], rows.finish(), rejects.finish())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Merge files, so that some on disk count no more."""
    with writing(tmp_path / "data", 0) as dataset:
        for number in range(upkeep.MERGED):
            fill(dataset, f"{number}")
        fill(dataset, "old", days_ago=1)
        upkeep.keep_up(dataset, None)
    return tmp_path / "data"


def test_only_files_that_count_are_read(data: Path) -> None:
    assert len(list(data.glob("date=*/*.parquet"))) == upkeep.MERGED + 2
    rows = upkeep.MERGED + 1
    for given in (data, f"{data}/", data.parent, f"{data}/date=*/*.parquet", f"{data}/**/*"):
        assert envoylog.open(given).sql(COUNT).pl().item() == rows, given
    day = envoylog.open(data / "date=2026-11-23")
    assert day.sql("select authority from access").pl()["authority"].to_list() == ["old"]


def test_days_are_a_column(data: Path) -> None:
    found = envoylog.open(data).sql("select date::varchar d, count(*) from access group by 1")
    assert sorted(found.pl().rows()) == [("2026-11-23", 1), ("2026-11-24", upkeep.MERGED)]


def test_a_dataset_and_a_file_are_one_log(data: Path, istio_parquet: Path) -> None:
    log = envoylog.open([data, istio_parquet])
    assert log.sql(COUNT).pl().item() == upkeep.MERGED + 1 + 2000


def test_rejects_of_a_dataset(data: Path) -> None:
    groups = envoylog.open(data).rejects().pl()
    assert groups.select("count", "reason").rows() == [(upkeep.MERGED + 1, "no")]
    assert len(find_files(data).rejects()) == 2


def test_an_empty_dataset_says_so(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        dataset.prepare(SCHEMA, {})
    with pytest.raises(envoylog.InputError, match="has no rows yet"):
        envoylog.open(tmp_path / "data")


def test_in_an_object_store(bucket: str, istio_parquet: Path) -> None:
    from obstore.store import S3Store

    with writing(f"{bucket}/data", 0) as dataset:
        for number in range(upkeep.MERGED):
            fill(dataset, f"{number}")
        upkeep.keep_up(dataset, None)
    log = envoylog.open(f"{bucket}/data")
    assert len(log.paths) == 1
    assert log.sql(COUNT).pl().item() == upkeep.MERGED
    assert log.rejects().pl()["count"].to_list() == [upkeep.MERGED]
    store = S3Store(bucket.removeprefix("s3://"), client_options={"allow_http": True})
    store.put("files/a.parquet", istio_parquet)
    for name in ("files/a.parquet", "files/*.parquet", "files"):
        assert envoylog.open(f"{bucket}/{name}").sql(COUNT).pl().item() == 2000, name
    with pytest.raises(envoylog.InputError, match="no Parquet files at"):
        envoylog.open(f"{bucket}/nothing")
