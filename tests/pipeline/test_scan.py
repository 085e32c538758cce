"""`scan`: a LazyFrame that gives what `parse` writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import envoylog
from envoylog.logs.blocks import Block, read_blocks
from envoylog.logs.compression import Readable
from envoylog.pipeline import blocks, reading

LINE = '[2026-11-24T00:33:15.832Z] "GET / HTTP/1.1" 200 - 0 5 1 1 "-" "-" "-" "a" "-"'


@pytest.mark.parametrize("name", ["envoy", "istio", "istio-json"])
def test_scan_equals_parse(tmp_path: Path, name: str) -> None:
    log = f"sample_logs/{name}.log"
    envoylog.parse(log, name, to=tmp_path / "o.parquet")
    assert_frame_equal(envoylog.scan(log, name).collect(), pl.read_parquet(tmp_path / "o.parquet"))


def test_pushdown_gives_the_same() -> None:
    lazy = envoylog.scan("sample_logs/envoy.log", "envoy")
    whole = lazy.collect()
    some = lazy.filter(pl.col("response_code") >= 500).select("authority", "duration")
    assert_frame_equal(
        some.collect(), whole.filter(pl.col("response_code") >= 500).select("authority", "duration")
    )
    assert_frame_equal(lazy.head(7).collect(), whole.head(7))
    assert lazy.select(pl.len()).collect().item() == 2000


@pytest.mark.parametrize(
    "condition",
    [
        pl.col("response_flags") == "UH",
        pl.col("response_flags").is_null() & (pl.col("duration") > 1),
        pl.col("start_time").dt.second() < 10,
        pl.col("user_agent").str.contains("curl"),
    ],
)
@pytest.mark.parametrize("name", ["envoy", "istio", "istio-json"])
def test_a_filter_gives_the_same_from_many_blocks(
    monkeypatch: pytest.MonkeyPatch, name: str, condition: pl.Expr
) -> None:
    def small_blocks(stream: Readable, _size: int, max_line: int) -> Iterator[Block]:
        return read_blocks(stream, 2**16, max_line)

    monkeypatch.setattr(reading, "read_blocks", small_blocks)
    monkeypatch.setattr(blocks, "_BATCH", 150)
    lazy = envoylog.scan(f"sample_logs/{name}.log", name)
    assert_frame_equal(lazy.filter(condition).collect(), lazy.collect().filter(condition))
    few = lazy.filter(condition).select("authority", "duration", "path")
    assert_frame_equal(
        few.head(3).collect(),
        lazy.collect().filter(condition).select("authority", "duration", "path").head(3),
    )


def test_lost_lines_that_a_filter_leaves_out_are_not_counted(tmp_path: Path) -> None:
    late = LINE.replace("T00:33", "T25:33")
    (tmp_path / "a.log").write_text(f"{LINE}\noops\n{late}\n")
    lazy = envoylog.scan(tmp_path / "a.log", "envoy").filter(response_code=503)
    with pytest.warns(envoylog.LostLinesWarning, match="at least 1 lines could not be read"):
        assert lazy.collect().is_empty()


def test_lost_lines_are_spoken_of(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"{LINE}\noops\n")
    lazy = envoylog.scan(tmp_path / "a.log", "envoy")
    with pytest.warns(envoylog.LostLinesWarning, match="1 lines could not be read"):
        assert lazy.collect().height == 1


def test_missing_files_are_missed_at_once() -> None:
    with pytest.raises(envoylog.InputError, match="no such file or directory: nowhere"):
        envoylog.scan("nowhere", "envoy")
