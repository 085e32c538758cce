"""Files are replaced whole or not at all."""

from __future__ import annotations

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
