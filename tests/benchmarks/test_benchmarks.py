"""The benchmarks measure what they say: the logs, the truth, the judge, and the tables."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import polars as pl
import pytest

import envoylog
from benchmarks import traffic
from benchmarks.correctness import Verdict, judge
from benchmarks.figures import Bench, start
from benchmarks.generate import write
from benchmarks.measure import run
from benchmarks.shapes import SHAPES, T1
from benchmarks.stages import stages
from benchmarks.tables import tables

LINES = 3_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    for shape in SHAPES.values():
        write(shape, LINES, folder)
    return folder


@pytest.mark.parametrize("name", SHAPES)
def test_every_row_of_the_dirty_log_is_exact_or_flagged_and_every_bad_line_kept(
    folder: Path, name: str
) -> None:
    to = folder / f"{name}.parquet"
    parsed = envoylog.parse(folder / f"{name}.dirty.log", SHAPES[name].format, to=to)
    verdict = judge(SHAPES[name], to, folder / f"{name}.truth.parquet", LINES)
    assert verdict.wrong == verdict.lost == 0
    assert verdict.kept == parsed.rejects + parsed.skipped > 0
    assert verdict.exact + verdict.flagged == parsed.rows
    assert (verdict.flagged > 0) == bool(SHAPES[name].template)


@pytest.mark.parametrize("name", SHAPES)
def test_the_clean_log_is_what_was_invented(folder: Path, name: str) -> None:
    to = folder / f"{name}.clean.parquet"
    parsed = envoylog.parse(folder / f"{name}.clean.log", SHAPES[name].format, to=to)
    assert (parsed.rows, parsed.rejects) == (LINES, 0)
    columns = list(SHAPES[name].columns)
    assert pl.read_parquet(to, columns=columns).equals(traffic.rows(LINES).select(columns))


def test_the_judge_sees_what_is_wrong_lost_and_flagged(folder: Path) -> None:
    truth = folder / "T1.truth.parquet"
    rows = pl.read_parquet(truth).drop("hostile")
    place = pl.int_range(pl.len())
    spoilt = rows.with_columns(
        duration=pl.when(place < 2).then(pl.lit(-5)).otherwise("duration"),
        ambiguous=place == 5,
    ).filter(place != 9)
    spoilt.write_parquet(folder / "spoilt.parquet")
    verdict = judge(T1, folder / "spoilt.parquet", truth, len(rows))
    assert verdict == Verdict(len(rows) - 4, flagged=1, wrong=2, lost=1, kept=1)


def test_a_seed_fixes_every_byte(folder: Path, tmp_path: Path) -> None:
    write(T1, LINES, tmp_path)
    for name in ("T1.clean.log", "T1.dirty.log"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_a_process_is_accounted_for_alone(tmp_path: Path) -> None:
    cost = run([sys.executable, "-c", "x = bytearray(2**26)"], tmp_path / "said")
    assert 2**26 < cost.memory < 2**27
    assert not cost.failure
    failed = run([sys.executable, "-c", "raise SystemExit('no')"], tmp_path / "said")
    assert failed.failure == "no"


def test_tables_tell_ratios_and_losses() -> None:
    cost = {"shape": "T1", "lines": 100, "memory": 2**20, "failure": ""}
    judged = {"exact": 98, "flagged": 1, "wrong": 0, "lost": 0, "kept": 1}
    lost = {"exact": 0, "flagged": 0, "wrong": 0, "lost": 99, "kept": 0, "failure": "no"}
    runs = [
        cost | judged | {"tool": "envoylog", "log": "dirty", "wall": 2.0, "cpu": 4.0, "bytes": 500},
        cost | {"tool": "polars-csv", "log": "clean", "wall": 1.0, "cpu": 3.0, "bytes": 600},
        cost | lost | {"tool": "polars-csv", "log": "dirty", "wall": 1, "cpu": 1, "bytes": 0},
    ]
    text = tables({"machine": {"cores": 2}, "times": 5, "runs": runs})
    assert "| polars-csv | clean | 1.00 | 0.50 | 3.00 | 0.75 | 1 | 6.0 |" in text
    assert "| polars-csv | 0 | 0 | 0 | 99 | 0 | aborted |" in text


def test_stages_add_up_and_figures_are_shown(folder: Path) -> None:
    found = list(stages(T1, folder / "T1.dirty.log"))
    assert sum(stage.share for stage in found) == pytest.approx(1)
    bench = Bench(folder, times=1)
    figures = list(start(bench))
    assert [figure.against for figure in figures] == ["import click", "import polars"]
    assert [figure.ratio for figure in figures] == [f.value / f.other for f in figures]
    rows = [asdict(figure) | {"ratio": figure.ratio} for figure in figures]
    document = {"machine": {}, "times": 1, "runs": [], "figures": rows}
    shown = tables(document | {"stages": [asdict(stage) for stage in found]})
    assert "| parse 100 lines | " in shown
    assert "| T1 | encode: columns to Parquet | " in shown


def test_the_pages_show_the_newest_results() -> None:
    check = [sys.executable, "-m", "benchmarks.tables", "--check"]
    assert subprocess.run(check, check=False).returncode == 0
