"""A dataset changes whole or not at all, and stays small and quick."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from envoylog.dataset import rejects as rejects_file
from envoylog.dataset import upkeep
from envoylog.dataset.dataset import Dataset, writing
from envoylog.dataset.partitions import DataFile, PartitionWriter
from envoylog.dataset.state import Count, Run, State, Taken
from envoylog.dataset.table import ConflictError, Number
from envoylog.errors import DataError, OutputError
from envoylog.logs.fingerprints import Fingerprint

SCHEMA = pl.Schema(
    {"start_time": pl.Datetime("us", "UTC"), "authority": pl.String(), "duration": pl.Int64()}
)
FACTS = {"duration": {"unit": "ms"}}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


_HOLD = """
import sys, time
from envoylog.dataset.dataset import writing
with writing(sys.argv[1], 0):
    print('in', flush=True)
    time.sleep(60)
"""


def rows(*authorities: str, start: datetime = NOON) -> pl.DataFrame:
    times = [start - timedelta(seconds=n) for n in range(len(authorities))]
    frame = pl.DataFrame({"start_time": times, "authority": authorities, "duration": 1}, SCHEMA)
    return frame.with_columns(date=pl.col("start_time").dt.date())


def reject(text: str) -> pl.DataFrame:
    facts = {"source": "a.log", "line_number": 1, "byte_offset": 0, "reason": "no", "text": text}
    return pl.DataFrame([facts], rejects_file.SCHEMA).with_columns(date=NOON.date())


def take(
    dataset: Dataset, frame: pl.DataFrame, refused: pl.DataFrame | None = None
) -> list[DataFile]:
    dataset.prepare(SCHEMA, FACTS)
    writer = PartitionWriter(dataset.place, dataset.rows.facts)
    writer.write(frame)
    files = writer.finish()
    kept = PartitionWriter(dataset.rejects_place, {})
    if refused is not None:
        kept.write(refused)
    bad = 0 if refused is None else len(refused)
    run = Run(NOON.isoformat(), 1, len(frame) + bad, len(frame), bad, 0)
    source = Taken("a.log", "1:2", Fingerprint(10, (), "ab"), 1, 0, copy=False, seen=NOON)
    dataset.commit(run, [source], files, kept.finish())
    return files


def test_everybody_can_read_it(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        take(dataset, rows("b", "a", start=NOON), reject("oops"))
        take(dataset, rows("c", start=NOON - timedelta(days=1)))
    frame = pl.scan_delta(str(tmp_path / "data")).sort("authority").collect()
    assert frame["authority"].to_list() == ["a", "b", "c"]
    assert frame["date"].cast(pl.String).to_list() == ["2026-11-24", "2026-11-24", "2026-11-23"]
    assert pl.scan_delta(str(tmp_path / "data/_rejects")).collect()["text"].to_list() == ["oops"]
    (file,) = (tmp_path / "data/date=2026-11-24").iterdir()
    assert pl.read_parquet(file)["authority"].to_list() == ["a", "b"]
    assert pq.read_schema(file).field("duration").metadata == {b"unit": b"ms"}


def test_the_state_goes_with_the_rows(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        take(dataset, rows("a"), reject("oops"))
    state = Dataset(tmp_path / "data").state
    assert state.total == Count(2, 1, 1, 0)
    assert state.sources[0].content == Fingerprint(10, (), "ab")
    assert state.sources[0].seen == NOON
    assert state == State.from_bytes(state.to_bytes())


def test_of_two_at_once_one_fails_and_nothing_of_it_counts(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        take(dataset, rows("a"))
    first, second = Dataset(tmp_path / "data"), Dataset(tmp_path / "data")
    take(first, rows("b"), reject("b"))
    with pytest.raises(ConflictError, match="another ingest has written"):
        take(second, rows("c"), reject("c"))
    now = Dataset(tmp_path / "data")
    assert (now.state.total.rows, now.state.total.rejects) == (2, 1)
    read = pl.scan_delta(str(tmp_path / "data")).collect()["authority"].to_list()
    assert sorted(read) == ["a", "b"]


def test_rejects_follow_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        monkeypatch.setattr(Dataset, "_commit_rejects", lambda _self: None)
        take(dataset, rows("a"), reject("oops"))
    monkeypatch.undo()
    assert not Dataset(tmp_path / "data").rejects.files()
    for _again in range(2):
        with writing(tmp_path / "data", 0) as dataset:
            assert sum(file.rows for file in dataset.rejects.files()) == 1


def test_new_columns_and_other_types(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        take(dataset, rows("a"))
        dataset.prepare(pl.Schema({**SCHEMA, "path": pl.String()}), {"path": {"log.key": "p"}})
        assert dataset.rows.facts["path"] == {"log.key": "p"}
        take(dataset, rows("b").with_columns(path=pl.lit("/")))
        with pytest.raises(DataError, match=r"column duration of another type \(long\).*string"):
            dataset.prepare(pl.Schema({**SCHEMA, "duration": pl.String()}), {})
    read = pl.scan_delta(str(tmp_path / "data")).sort("authority").collect()
    assert read["path"].to_list() == [None, "/"]


def test_small_files_are_merged_and_rows_stay(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        for number in range(20):
            take(dataset, rows(f"host{number:02}"), reject(f"{number}"))
            upkeep.keep_up(dataset, None)
        assert len(dataset.rows.files()) < upkeep.MERGED
        assert len(dataset.rejects.files()) < upkeep.MERGED
    read = pl.scan_delta(str(tmp_path / "data")).collect()["authority"].to_list()
    assert sorted(read) == [f"host{number:02}" for number in range(20)]
    kept = pl.scan_delta(str(tmp_path / "data/_rejects")).collect()["text"].to_list()
    assert sorted(kept, key=int) == [str(number) for number in range(20)]


def test_merged_files_keep_what_is_known_of_columns(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        for number in range(upkeep.MERGED):
            take(dataset, rows(f"{9 - number}"))
        upkeep.keep_up(dataset, None)
        (file,) = dataset.rows.files()
    path = tmp_path / "data" / file.path
    assert pq.read_schema(path).field("duration").metadata == {b"unit": b"ms"}
    assert pl.read_parquet(path)["authority"].is_sorted()


def test_old_days_go_and_are_counted(tmp_path: Path) -> None:
    today = datetime.now(UTC)
    with writing(tmp_path / "data", 0) as dataset:
        for age in (0, 1, 2, 3, 9):
            take(dataset, rows(f"{age}", f"{age}", start=today - timedelta(days=age)))
        upkeep.keep_up(dataset, timedelta(days=2))
        upkeep.keep_up(dataset, timedelta(days=2))
        assert dataset.rows.number(Number.EXPIRED) == 4
        total = dataset.state.total.rows
        assert sum(file.rows for file in dataset.rows.files()) == total - 4 == 6
    read = pl.scan_delta(str(tmp_path / "data")).collect()["authority"].unique().to_list()
    assert sorted(read) == ["0", "1", "2"]


def test_files_that_nothing_needs_are_deleted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with writing(data, 0) as dataset:
        for number in range(upkeep.MERGED):
            take(dataset, rows(f"{number}"))
        upkeep.keep_up(dataset, None)
        orphan = data / "date=2026-11-24/killed.parquet"
        orphan.write_bytes(b"half")
        two_days_ago = time.time() - 2 * 86400
        os.utime(orphan, (two_days_ago, two_days_ago))
        dataset.rows.commit({Number.CLEANED: int(two_days_ago)})
        upkeep.keep_up(dataset, None)
        assert not orphan.exists()
        assert (data / dataset.rows.files()[0].path).exists()
        assert dataset.state == Dataset(data).state


def test_bookkeeping_does_not_grow(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        for _number in range(120):
            take(dataset, rows("a"))
    states = list((tmp_path / "data/_envoylog").iterdir())
    assert len(states) == 2
    assert max(path.stat().st_size for path in states) < 20_000
    assert list((tmp_path / "data/_delta_log").glob("*.checkpoint.parquet"))


def test_the_history_tells_of_every_run(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        take(dataset, rows("a"))
        log = (tmp_path / "data/_delta_log").glob("*1.json")
        facts = [json.loads(line) for path in log for line in path.read_text().splitlines()]
    (info,) = [fact["commitInfo"] for fact in facts if "commitInfo" in fact]
    assert info["envoylog"]["run"]["rows"] == 1


def test_another_process_waits_or_says_so(tmp_path: Path) -> None:
    data = tmp_path / "data"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _HOLD,
            data,
        ],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout
    assert holder.stdout.readline() == b"in\n"
    with pytest.raises(OutputError, match=rf"\(process {holder.pid}\); waited 0.1 s"):  # noqa: SIM117
        with writing(data, 0.1):
            pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with writing(data, 5) as dataset:
        assert not dataset.rows.exists


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("no/where", "the folder .*no does not exist"),
        ("file", "it is no folder"),
        ("full", "something else in it"),
    ],
)
def test_places_that_cannot_be_a_dataset(tmp_path: Path, place: str, words: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/a.log").write_text("")
    with pytest.raises(OutputError, match=words):  # noqa: SIM117
        with writing(tmp_path / place, 0):
            pass


def test_a_lost_state_is_said(tmp_path: Path) -> None:
    with writing(tmp_path / "data", 0) as dataset:
        take(dataset, rows("a"))
    for path in (tmp_path / "data/_envoylog").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="which says what was taken in"):
        Dataset(tmp_path / "data")
