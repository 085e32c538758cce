"""What a dataset has taken in: each source with its offset, and what became of its lines.

One Parquet file holds it. Which file is true says the transaction log of the dataset: the commit
that adds rows names the state that goes with them, so both change at the same moment.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, field, replace
from datetime import datetime
from typing import Final

import polars as pl

from envoylog.dataset.partitions import DataFile
from envoylog.logs.fingerprints import Fingerprint

#: Runs that are remembered one by one.
RUNS: Final = 100
_SCHEMA: Final = pl.Schema(
    {
        "name": pl.String(),
        "stamp": pl.String(),
        "offset": pl.Int64(),
        "lines": pl.Int64(),
        "heads": pl.List(pl.String()),
        "tail": pl.String(),
        "waiting": pl.Int64(),
        "copy": pl.Boolean(),
        "seen": pl.Datetime("us", "UTC"),
    }
)
_KEY: Final = "envoylog.state"


@dataclass(frozen=True, slots=True)
class Taken:
    """One source, as far as it was taken in.

    Attributes
    ----------
    name : str
        The last name under which it was seen.
    stamp : str
        What tells without reading whether it changed: device, inode, size and time of a file, the
        entity tag of an object. Empty if it must be read again.
    content : Fingerprint
        Its content up to where it was taken in.
    lines : int
        How many lines that were.
    waiting : int
        Bytes after the last newline, left for the next run.
    copy : bool
        Whether another source has the same content, so that nothing was taken from this one.
    seen : datetime
        About when it was last there.
    """

    name: str
    stamp: str
    content: Fingerprint
    lines: int
    waiting: int
    copy: bool
    seen: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """What became of lines. `lines = rows + rejects + skipped`."""

    lines: int = 0
    rows: int = 0
    rejects: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Run:
    """One commit of new lines: when, from how many sources, what became of the lines."""

    time: str
    sources: int
    lines: int
    rows: int
    rejects: int
    skipped: int


@dataclass(frozen=True, slots=True)
class State:
    """What a dataset has taken in.

    Attributes
    ----------
    sources : tuple of Taken
        Every source that is remembered.
    total : Count
        Since the dataset began.
    expired_rows, expired_rejects : int
        Those among them that were too old to keep.
    runs : tuple of Run
        The last runs, oldest first.
    rejects : tuple of DataFile
        Files of rejects that belong to the same commit as this state.
    cleaned : str
        When old files were last removed, ISO 8601.
    """

    sources: tuple[Taken, ...] = ()
    total: Count = field(default_factory=Count)
    expired_rows: int = 0
    expired_rejects: int = 0
    runs: tuple[Run, ...] = ()
    rejects: tuple[DataFile, ...] = ()
    cleaned: str = ""

    def after(self, run: Run, sources: Iterable[Taken], rejects: Sequence[DataFile]) -> State:
        """Make the state after a run."""
        return replace(
            self,
            sources=tuple(sources),
            total=self.total + Count(run.lines, run.rows, run.rejects, run.skipped),
            runs=(*self.runs, run)[-RUNS:] if run.lines else self.runs,
            rejects=tuple(rejects),
        )

    def to_bytes(self) -> bytes:
        """Write it as Parquet."""
        frame = pl.DataFrame(
            [
                (
                    taken.name,
                    taken.stamp,
                    taken.content.offset,
                    taken.lines,
                    list(taken.content.heads),
                    taken.content.tail,
                    taken.waiting,
                    taken.copy,
                    taken.seen,
                )
                for taken in self.sources
            ],
            schema=_SCHEMA,
            orient="row",
        )
        facts = {
            "total": asdict(self.total),
            "expired_rows": self.expired_rows,
            "expired_rejects": self.expired_rejects,
            "runs": [list(astuple(run)) for run in self.runs],
            "rejects": [asdict(file) for file in self.rejects],
            "cleaned": self.cleaned,
        }
        buffer = io.BytesIO()
        frame.write_parquet(buffer, metadata={_KEY: json.dumps(facts)})
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> State:
        """Read what `to_bytes` wrote."""
        facts = json.loads(pl.read_parquet_metadata(io.BytesIO(data))[_KEY])
        sources = tuple(
            Taken(name, stamp, Fingerprint(offset, tuple(heads), tail), lines, waiting, copy, seen)
            for name, stamp, offset, lines, heads, tail, waiting, copy, seen in pl.read_parquet(
                io.BytesIO(data)
            )
            .select(_SCHEMA.names())
            .rows()
        )
        return cls(
            sources=sources,
            total=Count(**facts["total"]),
            expired_rows=facts["expired_rows"],
            expired_rejects=facts["expired_rejects"],
            runs=tuple(Run(*run) for run in facts["runs"]),
            rejects=tuple(DataFile(**file) for file in facts["rejects"]),
            cleaned=facts["cleaned"],
        )
