"""Which files the user means."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from envoylog.errors import InputError
from envoylog.logs.sources import Source, find_sources, look_for

FILES = ("a.log", "b.log", "sub/c.log", "sub/.hidden.log", ".git/d.log", "odd [1].log")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number, name in enumerate(FILES):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        os.utime(path, (0, number))
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("a.log", ["a.log"]),
        (Path("a.log"), ["a.log"]),
        (["b.log", "a.log", "b.log"], ["b.log", "a.log"]),
        (".", ["a.log", "b.log", "sub/c.log", "odd [1].log"]),
        ("sub", ["sub/c.log"]),
        ("*.log", ["a.log", "b.log", "odd [1].log"]),
        ("**/c.log", ["sub/c.log"]),
        ("[ab].log", ["a.log", "b.log"]),
        ("odd [1].log", ["odd [1].log"]),
        (["b.log", "."], ["b.log", "a.log", "sub/c.log", "odd [1].log"]),
        ("-", ["-"]),
    ],
)
def test_found(given: str | Path | list[str], names: list[str]) -> None:
    sources = find_sources(given)
    assert [source.name for source in sources] == names
    for source in sources:
        assert source.size == (0 if source.name == "-" else len(source.name))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "no log files given"),
        ("c.log", "no such file or directory: c.log"),
        ("c*.log", "no file matches c*.log"),
        ("empt*", "no file matches empt*"),
        ("empty", "no files in the directory empty"),
    ],
)
def test_not_found(given: str | list[str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        find_sources(given)
    assert message in str(caught.value)


def test_opened_where_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"some bytes, more than a few\n")
    (source,) = find_sources(tmp_path / "a.log")
    with source.open() as stream:
        assert stream.read(100) == b"some bytes, more than a few\n"
    with source.open(5) as stream:
        assert stream.read(5) == b"bytes"
    assert source.sample(4) == b"some"
    facts = (tmp_path / "a.log").stat()
    assert source.identity == f"{facts.st_dev}:{facts.st_ino}"


def test_what_is_written_after_it_was_opened_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\n")
    (source,) = find_sources(tmp_path / "a.log")
    with source.open() as stream, (tmp_path / "a.log").open("ab") as writer:
        writer.write(b"two\n")
        writer.flush()
        assert stream.read(100) == b"one\n"


def test_a_file_that_was_emptied_meanwhile_ends(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\n" * 9)
    (source,) = find_sources(tmp_path / "a.log")
    with source.open() as stream:
        os.truncate(tmp_path / "a.log", 4)
        assert stream.read(100) == b"one\n"


def test_vanished() -> None:
    with pytest.raises(InputError, match=r"cannot read gone.log: No such file"):
        Source("gone.log", 3).open()


def test_what_is_missing_does_not_hide_the_rest(folder: Path) -> None:
    found = look_for(["nowhere.log", "a.log", "empty", "*.txt"])
    assert [source.name for source in found.sources] == ["a.log"]
    assert [str(error) for error in found.missing] == [
        "no such file or directory: nowhere.log",
        "no files in the directory empty",
        "no file matches *.txt",
    ]


def test_links_to_folders_are_followed_once(folder: Path) -> None:
    (folder / "sub" / "up").symlink_to(folder)
    assert [source.name for source in find_sources("sub")] == [
        "sub/up/a.log",
        "sub/up/b.log",
        "sub/c.log",
        "sub/up/odd [1].log",
    ]


@pytest.mark.parametrize(
    "names",
    [
        ["a.log.10.gz", "a.log.2.gz", "a.log.1", "a.log"],
        ["a.log-20261123.gz", "a.log-20261124", "a.log"],
        ["0.log.20261123-111111.gz", "0.log.20261123-121212", "0.log"],
        ["a-2026-11-23.log", "a-2026-11-24.log"],
        ["access.log.2026-11-23T10.zst", "access.log.2026-11-23T11.zst", "access.log"],
    ],
)
def test_rotated_files_come_from_the_oldest(tmp_path: Path, names: list[str]) -> None:
    # Copied without their times, and in the wrong order.
    for number, name in enumerate(reversed(names)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (0, number))
    (tmp_path / "other.log").write_text("x")
    os.utime(tmp_path / "other.log", (0, 99))
    found = [Path(source.name).name for source in find_sources(tmp_path)]
    assert found == [*names, "other.log"]


def test_a_fifo_is_opened_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (source,) = find_sources(tmp_path / "pipe")
    assert (source.size, source.size_is_known) == (0, False)
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[b"one\ntwo\n"])
    writer.start()
    assert source.sample(3) == b"one"
    assert source.sample(4) == b"one\n"
    with source.open() as stream:
        assert stream.read(100) == b"one\ntwo\n"
    writer.join()


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n")))
    (source,) = find_sources("-")
    with source.open() as stream:
        assert stream.read(9) == b"\xff\n"
