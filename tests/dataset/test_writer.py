"""Files are replaced whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import envoylog
from envoylog.dataset.writer import replacing


def test_both_files_or_none(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("old")

    def fail_half_way() -> None:
        with replacing(one, two) as (first, _second):
            first.write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert one.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["one"]

    with replacing(one, two) as (first, second):
        first.write_text("new")
        second.write_text("new too")
        assert one.read_text() == "old"
    assert (one.read_text(), two.read_text()) == ("new", "new too")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("path", "words"),
    [("no/such/out", "the folder .*no/such does not exist"), (".", "is a folder")],
)
def test_places_that_cannot_be_written(tmp_path: Path, path: str, words: str) -> None:
    with pytest.raises(envoylog.OutputError, match=words), replacing(tmp_path / path):
        pass


def test_leftovers_of_killed_runs_go(tmp_path: Path) -> None:
    running, dead = tmp_path / f".out.{os.getppid()}.tmp", tmp_path / ".out.999999999.tmp"
    for leftover in (running, dead):
        leftover.write_text("half")
    with replacing(tmp_path / "out") as (temporary,):
        temporary.write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [running.name, "out"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    with replacing(tmp_path / "link") as (temporary,):
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_devices_are_left_alone() -> None:
    with (
        pytest.raises(envoylog.OutputError, match="is a device or a pipe"),
        replacing(Path("/dev/null")),
    ):
        pass
