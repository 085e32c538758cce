"""What a dataset holds, and how far its sources were read."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from envoylog.dataset.dataset import Dataset
from envoylog.dataset.state import Count, Run, Taken
from envoylog.dataset.table import Number
from envoylog.errors import InputError


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one day.

    Attributes
    ----------
    day : str
        UTC, ISO 8601.
    rows, files, bytes : int
        What there is.
    """

    day: str
    rows: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How far one source was read.

    Attributes
    ----------
    name : str
        Under which it was last seen.
    lines, offset : int
        Up to where it was read; the offset is in bytes, unpacked.
    waiting : int
        Bytes after the last newline.
    behind : int or None
        Bytes by which it has grown since; None if it is no file, or no longer there.
    copy : bool
        Whether nothing was taken from it, as another has the same content.
    seen : datetime
        When it was last there, to a day.
    """

    name: str
    lines: int
    offset: int
    waiting: int
    behind: int | None
    copy: bool
    seen: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """What a dataset holds.

    Attributes
    ----------
    rows, rejects : int
        In its files now.
    files, bytes : int
        Of rows.
    newest : datetime or None
        The time of the newest request.
    total : Count
        What became of all lines that were ever taken in.
    expired_rows, expired_rejects : int
        Those among them that were too old to keep.
    days, runs, sources
        Day by day, run by run (the last hundred), source by source.
    """

    rows: int
    rejects: int
    files: int
    bytes: int
    newest: datetime | None
    total: Count
    expired_rows: int
    expired_rejects: int
    days: tuple[Day, ...]
    runs: tuple[Run, ...]
    sources: tuple[SourceStatus, ...]

    @property
    def accounted(self) -> bool:
        """Whether every line that was taken in is a row, a reject or skipped, and all are there."""
        total = self.total
        return (
            total.lines == total.rows + total.rejects + total.skipped
            and total.rows == self.rows + self.expired_rows
            and total.rejects == self.rejects + self.expired_rejects
        )

    def to_dict(self) -> dict[str, object]:
        """Give the facts as plain values, for JSON."""
        return {**asdict(self), "accounted": self.accounted}


def read_status(path: str | os.PathLike[str]) -> Status:
    """Tell what a dataset holds.

    Parameters
    ----------
    path : path
        A folder or URL.

    Returns
    -------
    Status

    Raises
    ------
    InputError
        If there is no dataset.
    DataError
        If it is damaged.
    """
    dataset = Dataset(path)
    if not dataset.rows.exists:
        raise InputError(f"there is no dataset {os.fspath(path)}")
    files = dataset.rows.files()
    by_day = defaultdict(list)
    for file in files:
        by_day[file.day].append(file)
    rejects = dataset.rejects.files()
    return Status(
        rows=sum(file.rows for file in files),
        rejects=sum(file.rows for file in (*rejects, *dataset.pending_rejects())),
        files=len(files),
        bytes=sum(file.size for file in files),
        newest=dataset.rows.newest(),
        total=dataset.state.total,
        expired_rows=dataset.rows.number(Number.EXPIRED),
        expired_rejects=dataset.rejects.number(Number.EXPIRED),
        days=tuple(
            Day(day, sum(f.rows for f in found), len(found), sum(f.size for f in found))
            for day, found in sorted(by_day.items())
        ),
        runs=dataset.state.runs,
        sources=tuple(map(_source, sorted(dataset.state.sources, key=lambda taken: taken.name))),
    )


def _source(taken: Taken) -> SourceStatus:
    return SourceStatus(
        taken.name,
        taken.lines,
        taken.content.offset,
        taken.waiting,
        _behind(taken),
        taken.copy,
        taken.seen,
    )


def _behind(taken: Taken) -> int | None:
    """Tell by how many bytes a file has grown."""
    device, _, rest = taken.stamp.partition(":")
    if "://" in taken.name or not device:
        return None
    try:
        facts = Path(taken.name).stat()
    except OSError:
        return None
    inode, size, _modified = rest.split(":")
    same = (str(facts.st_dev), str(facts.st_ino)) == (device, inode)
    return facts.st_size - int(size) if same and facts.st_size >= int(size) else None
