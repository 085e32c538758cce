"""Which files the user means."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
from pathlib import Path

import pytest

from envoylog.errors import InputError
from envoylog.logs.sources import Source, find_sources

FILES = ("a.log", "b.log", "sub/c.log", "sub/.hidden.log", ".git/d.log", "odd [1].log")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
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
        (".", ["a.log", "b.log", "odd [1].log", "sub/c.log"]),
        ("sub", ["sub/c.log"]),
        ("*.log", ["a.log", "b.log", "odd [1].log"]),
        ("**/c.log", ["sub/c.log"]),
        ("[ab].log", ["a.log", "b.log"]),
        ("odd [1].log", ["odd [1].log"]),
        (["b.log", "."], ["b.log", "a.log", "odd [1].log", "sub/c.log"]),
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


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (gzip.compress(b"x"), "gzip"),
        (bz2.compress(b"x"), "bzip2"),
        (lzma.compress(b"x"), "xz"),
        (b"\x28\xb5\x2f\xfd\x04\x58", "zstd"),
    ],
    ids=["gzip", "bzip2", "xz", "zstd"],
)
def test_compressed(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / "a.log").write_bytes(data)
    (source,) = find_sources(tmp_path)
    with pytest.raises(InputError, match=f"compressed with {kind}"):
        source.open()


def test_opened_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"some bytes, more than a few\n")
    (source,) = find_sources(tmp_path / "a.log")
    with source.open() as stream:
        assert stream.read() == b"some bytes, more than a few\n"


def test_vanished() -> None:
    with pytest.raises(InputError, match="cannot read gone"):
        Source("gone.log", 3).open()


def test_a_fifo_has_no_size(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert find_sources(tmp_path / "pipe") == [Source(str(tmp_path / "pipe"), 0)]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n")))
    assert Source("-", 0).open().read() == b"\xff\n"
