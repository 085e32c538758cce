"""A dataset is a table that any reader of the first version of the Delta protocol reads.

Such a reader is written here by the protocol's own words, and shares no code with the library that
writes: the last checkpoint, then the commits after it; what was added and not removed counts.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import duckdb
import polars as pl

import envoylog
from tests.pipeline.ingest.test_ingest import FORMAT, expected, lines


def actions(table: Path) -> list[dict[str, dict[str, object]]]:
    log = table / "_delta_log"
    found: list[dict[str, dict[str, object]]] = []
    last = log / "_last_checkpoint"
    version = -1
    if last.exists():
        version = json.loads(last.read_text())["version"]
        checkpoint = pl.read_parquet(log / f"{version:020d}.checkpoint.parquet")
        found += [{k: v for k, v in row.items() if v} for row in checkpoint.to_dicts()]
    while (commit := log / f"{version + 1:020d}.json").exists():
        found += map(json.loads, commit.read_text().splitlines())
        version += 1
    return found


def live(table: Path) -> dict[str, object]:
    """Give the files that count, with their day."""
    files: dict[str, object] = {}
    for action in actions(table):
        if add := action.get("add"):
            values = dict(add["partitionValues"])  # type: ignore[call-overload]
            files[str(add["path"])] = values["date"]
        if remove := action.get("remove"):
            files.pop(str(remove["path"]), None)
    return files


def test_read_by_the_protocol(tmp_path: Path) -> None:
    log, data = tmp_path / "a.log", tmp_path / "data"
    for step in range(55):
        with log.open("a") as file:
            file.write(lines(step * 4, 4, 23 + step % 2) + "oops\n")
        envoylog.ingest(log, FORMAT, into=data)
    assert (data / "_delta_log/_last_checkpoint").exists()
    for table, count in ((data, 220), (data / "_rejects", 55)):
        protocols = [action["protocol"] for action in actions(table) if "protocol" in action]
        assert protocols
        for protocol in protocols:
            # No features that a reader would have to know.
            assert protocol["minReaderVersion"] == 1
            assert protocol["minWriterVersion"] == 2
            assert not protocol.get("readerFeatures")
            assert not protocol.get("writerFeatures")
        files = live(table)
        for path, day in files.items():
            assert path.startswith(f"date={day}/")
        # Files that were merged lie about, and do not count.
        assert len(files) < len(list(table.glob("date=*/*.parquet")))
        paths = [str(table / unquote(path)) for path in files]
        found = duckdb.read_parquet(paths, union_by_name=True).pl()
        assert len(found) == count
        if table == data:
            assert sorted(found["request_id"]) == expected(*range(220))
            times = found["start_time"].dt.convert_time_zone("UTC")
            assert times.dt.date().n_unique() == 2
