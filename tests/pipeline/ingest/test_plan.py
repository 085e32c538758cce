"""Whatever becomes of log files, every line is read exactly once."""

from __future__ import annotations

import gzip
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from envoylog.dataset.state import State, Taken
from envoylog.logs.fingerprints import LENGTHS
from envoylog.logs.sources import find_sources
from envoylog.parser.parser import AccessLogParser
from envoylog.pipeline.ingest.looking import Unfinished
from envoylog.pipeline.ingest.plan import News, Plan, _rotated, make_plan
from envoylog.pipeline.ingest.reading import NewLines, unfinished_lines
from envoylog.pipeline.ingest.run import remember
from envoylog.pipeline.reading import Reading

LATER = timedelta(hours=2)


class Folder:
    """A folder of logs, what was read of it, and what should have been."""

    def __init__(self, path: Path, logs: str = "") -> None:
        self.path = path
        self.logs = path / logs
        self.remembered: list[Taken] = []
        self.read: Counter[str] = Counter()
        self.written: set[str] = set()
        self.unfinished = ""
        self._count = 0

    def line(self) -> str:
        self._count += 1
        return f"[2026-11-24T00:33:15.{self._count % 1000:03}Z] {self._count:06} /path HTTP/1.1"

    def append(self, lines: int, name: str = "a.log", partial: str = "") -> None:
        new = [self.line() for _ in range(lines)]
        with (self.path / name).open("a") as file:
            file.write("".join(f"{line}\n" for line in new) + partial)

    def begin(self, size: int) -> None:
        """Write a part of a line."""
        line = self.line()
        self.append(0, partial=line[:size])
        self.unfinished = f"{line[size:]}\n"

    def finish(self) -> None:
        """Write the rest of it."""
        self.append(0, partial=self.unfinished)
        self.unfinished = ""

    def run(self, after: timedelta = timedelta(0), parser: AccessLogParser | None = None) -> Plan:
        """Ingest, without a dataset."""
        for file in self.path.iterdir():
            if self.logs == self.path or file.name.startswith(self.logs.name):
                packed = ".gz" in file.name
                data = file.read_bytes()
                text = (gzip.decompress(data) if packed else data).decode()
                whole = text if after or packed else text[: text.rfind("\n") + 1]
                self.written |= set(whole.splitlines())
        plan = make_plan(
            self.remembered, find_sources(self.logs), ends_of(parser), datetime.now(UTC) + after
        )
        reading = NewLines([piece.source for piece in plan.pieces], pieces=plan.pieces)
        pieces = {id(piece.source): piece for piece in plan.pieces}
        for located in reading.blocks():
            lines = located.block.lines
            self.read.update(lines)
            pieces[id(located.source)].take(located.block.span, len(lines))
        assert not plan.failures
        assert not reading.failures
        state = State(sources=tuple(remember(plan)))
        self.remembered = list(State.from_bytes(state.to_bytes()).sources)
        return plan

    def check(self) -> None:
        assert self.read == Counter(self.written)


def ends_of(parser: AccessLogParser | None) -> Unfinished:
    if parser is None:
        return lambda _head, _block: 0
    return partial(unfinished_lines, Reading([]), parser)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@contextmanager
def fresh() -> Iterator[Folder]:
    with TemporaryDirectory() as path:
        yield Folder(Path(path))


def rename(path: Path) -> None:
    """Rotate as logrotate's `create` does."""
    for number in range(9, 0, -1):
        for suffix in ("", ".gz"):
            old = path / f"a.log.{number}{suffix}"
            if old.exists():
                old.rename(path / f"a.log.{number + 1}{suffix}")
    if (path / "a.log").exists():
        (path / "a.log").rename(path / "a.log.1")


def copytruncate(path: Path) -> None:
    if (path / "a.log").exists():
        kept = (path / "a.log").read_bytes()
        rename(path)
        (path / "a.log.1").rename(path / "a.log")
        (path / "a.log.1").write_bytes(kept)
        os.truncate(path / "a.log", 0)


def compress(path: Path) -> None:
    for file in list(path.glob("a.log.*[0-9]")):
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()


ROTATIONS = {"rename": rename, "copytruncate": copytruncate}
APPEND = st.tuples(st.just("append"), st.integers(1, 400))
STEPS = st.lists(
    st.one_of(
        APPEND,
        APPEND,
        st.tuples(st.just("partial"), st.integers(1, 40)),
        st.tuples(st.sampled_from(["run", "rename", "copytruncate", "compress"]), st.just(0)),
        st.tuples(st.sampled_from(["copy", "part", "remove"]), st.integers(0, 99)),
    ),
    max_size=14,
)


def do(folder: Folder, step: str, number: int) -> None:
    """Do one thing to a folder of logs."""
    files = sorted(folder.path.iterdir())
    if step == "append":
        folder.finish()
        folder.append(number)
    elif step == "run" and files:
        folder.run()
        folder.check()
    elif step == "compress":
        compress(folder.path)
    elif step == "partial" and not folder.unfinished:
        folder.begin(number)
    elif files and not folder.unfinished:
        file = files[number % len(files)]
        if step in ROTATIONS:
            ROTATIONS[step](folder.path)
        elif step == "copy":
            shutil.copy(file, folder.path / f"{file.name}.again{len(files)}")
        elif step == "remove":
            folder.run()
            file.unlink()
        elif step == "part" and ".gz" not in file.name:
            # A copy that is under way when a run looks; what it is a copy of was read.
            folder.run()
            data = file.read_bytes()
            size = len(data) * number // 100
            (folder.path / "part").write_bytes(data[: size if size >= LENGTHS[0] else 0])
            folder.run()
            (folder.path / "part").unlink()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
@example(steps=[("append", 1), ("run", 0), ("copy", 0)])
@example(steps=[("append", 1), ("copy", 0)])
@example(steps=[("append", 1), ("copy", 0), ("append", 1), ("copy", 0)])
def test_whatever_happens_every_line_is_read_once(steps: list[tuple[str, int]]) -> None:
    with fresh() as folder:
        for step, number in [*steps, ("append", 1), ("run", 0), ("run", 0)]:
            do(folder, step, number)


def test_a_last_line_is_left_until_it_is_whole_or_old(folder: Folder) -> None:
    folder.append(2, partial="[2026-11-24T00:")
    folder.run()
    assert len(folder.read) == 2
    assert folder.remembered[0].waiting == 15
    folder.append(0, partial="33:15.999Z] end\n")
    folder.run()
    assert folder.read["[2026-11-24T00:33:15.999Z] end"] == 1
    folder.append(0, partial="no more comes")
    folder.run()
    assert "no more comes" not in folder.read
    folder.run(after=LATER)
    assert folder.read["no more comes"] == 1


def test_a_file_that_only_is_renamed_is_not_read(folder: Folder) -> None:
    folder.append(3)
    folder.run()
    rename(folder.path)
    plan = folder.run()
    assert plan.found == {str(folder.path / "a.log.1"): News.KNOWN}
    assert [Path(taken.name).name for taken in folder.remembered] == ["a.log.1"]


def test_rotated_files_are_found_beside_the_one_that_is_given(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "a.log")
    folder.append(100)
    folder.run()
    folder.append(5)
    rename(tmp_path)
    folder.append(3)
    folder.append(50, "a.log.before")  # was never asked for
    expected = folder.written | set((tmp_path / "a.log.1").read_text().splitlines())
    expected |= set((tmp_path / "a.log").read_text().splitlines())
    folder.run()
    assert folder.read == Counter(expected)
    compress(tmp_path)
    folder.run()
    assert folder.read == Counter(expected)


def test_a_folder_is_listed_once_for_all_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        (tmp_path / f"{number}.log").write_text(f"{number}\n")
    sources = find_sources(sorted(tmp_path.iterdir()))
    (tmp_path / "7.log.1").write_text("7\n")
    (tmp_path / "9.log.gz").mkdir()
    listed: list[str] = []
    real = os.listdir

    def listing(folder: str) -> list[str]:
        listed.append(folder)
        return real(folder)

    monkeypatch.setattr(os, "listdir", listing)
    found = _rotated(sources)
    assert [source.name for source in found] == [f"{tmp_path}/7.log.1"]
    assert listed == [str(tmp_path)]


def test_copies_of_one_run_are_read_once(folder: Folder) -> None:
    folder.append(500, "b.log")
    data = (folder.path / "b.log").read_bytes()
    (folder.path / "a.log.gz").write_bytes(gzip.compress(data[:20000]))
    (folder.path / "c.log.gz").write_bytes(gzip.compress(data))
    os.link(folder.path / "b.log", folder.path / "d.log")
    folder.run()
    assert sorted(folder.read) == data.decode().splitlines()
    assert set(folder.read.values()) <= {1}


def test_a_record_of_several_lines_is_not_cut(folder: Folder) -> None:
    parser = AccessLogParser.from_format("[%START_TIME%]\n  code %RESPONSE_CODE%\n")
    record = "[2026-11-24T00:33:15.832Z]\n  code 200\n"
    (folder.path / "a.log").write_text(record + record[:28])
    folder.run(parser=parser)
    assert sum(folder.read.values()) == 2
    (folder.path / "a.log").write_text(record * 2)
    folder.run(parser=parser)
    assert sum(folder.read.values()) == 4


def test_an_archive_that_is_being_written_is_read_as_far_as_it_goes(folder: Folder) -> None:
    lines = [folder.line() for _ in range(5000)]
    packed = gzip.compress("".join(f"{line}\n" for line in lines).encode(), 1)
    for size in (len(packed) // 3, len(packed) // 2, len(packed)):
        (folder.path / "a.log.gz").write_bytes(packed[:size])
        plan = make_plan(
            folder.remembered, find_sources(folder.path), ends_of(None), datetime.now(UTC)
        )
        reading = NewLines([piece.source for piece in plan.pieces], pieces=plan.pieces)
        for located in reading.blocks():
            found = located.block.lines
            folder.read.update(found)
            piece = next(piece for piece in plan.pieces if piece.source is located.source)
            piece.take(located.block.span, len(found))
        folder.remembered = remember(plan)
    assert folder.read == Counter(lines)


def test_what_is_gone_for_long_is_forgotten(folder: Folder) -> None:
    folder.append(1)
    folder.append(1, "b.log")
    folder.run()
    (folder.path / "b.log").unlink()
    folder.run(after=timedelta(days=29))
    assert len(folder.remembered) == 2
    folder.run(after=timedelta(days=31))
    assert [Path(taken.name).name for taken in folder.remembered] == ["a.log"]
