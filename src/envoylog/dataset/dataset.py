"""A dataset that grows: rows, rejects, and what was taken in, changed together or not at all.

The root is a Delta table of rows. `_rejects` below it is one of rejects, and `_envoylog` holds
state files. One commit decides: it adds rows and names the state that goes with them. Rejects are
listed in that state, and their own commit only follows; if it is missing, whoever opens the dataset
next makes it. So a run that is killed has either happened or not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from secrets import randbelow
from typing import Final

import polars as pl

from envoylog.dataset import rejects as rejects_file
from envoylog.dataset.partitions import DataFile, Facts
from envoylog.dataset.place import Folder, Place, find_place
from envoylog.dataset.state import Run, State, Taken
from envoylog.dataset.table import ConflictError, Number, Table
from envoylog.errors import DataError, OutputError

REJECTS: Final = "_rejects"
_STATES: Final = "_envoylog"
# A state's number is its turn, followed by digits of chance: two writers never share a name.
_TURN: Final = 10**6


class Dataset:
    """A dataset, open for reading; `writing` opens it for a run.

    Parameters
    ----------
    path : path
        A folder or a URL.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name = os.fspath(path)
        self.place = find_place(path)
        self.rows = Table(self.place.uri)
        self.rejects = Table(f"{self.place.uri}/{REJECTS}")
        self._number = self.rows.number(Number.STATE)
        self.state = self._read_state()

    @property
    def rejects_place(self) -> Place:
        """Where files of rejects are written."""
        return find_place(f"{self.name}/{REJECTS}")

    def prepare(self, schema: pl.Schema, facts: Facts) -> None:
        """Create it, or add the columns of a format to it."""
        self.rows.create(schema, facts)
        self.rejects.create(rejects_file.SCHEMA, {})

    def commit(
        self,
        run: Run,
        sources: Sequence[Taken],
        rows: Sequence[DataFile],
        rejects: Sequence[DataFile],
    ) -> None:
        """Let the new rows and rejects count, and remember how far the sources were read.

        Raises
        ------
        ConflictError
            If another run did so since this one began; nothing has changed then.
        """
        before = self.rows.number(Number.STATE)
        if before != self._number:
            # Seen since the state was read, as when the table got new columns.
            raise ConflictError(f"another ingest has written {self.name}; run again")
        number = (before // _TURN + 1) * _TURN + randbelow(_TURN)
        state = self.state.after(run, sources, rejects)
        name = _state_name(number)
        try:
            self.place.write(name, state.to_bytes())
        except OSError as error:
            raise OutputError(f"cannot write {self.name}: {error.strerror or error}") from None
        self.rows.commit({Number.STATE: number}, rows, info={"run": asdict(run)})
        self.settle(self.rows, self.place)
        self._number, self.state = number, state
        self._commit_rejects()
        for old in self.place.names(_STATES):
            if old not in {name, _state_name(before)}:
                with suppress(OSError):
                    self.place.remove(old)

    def settle(self, table: Table, place: Place) -> None:
        """Make sure that the last commit is on disk."""
        with suppress(OSError):
            place.settle(f"_delta_log/{table.version:020d}.json")

    def recover(self) -> None:
        """Do what a killed run left undone."""
        if self.rejects.exists or self.state.rejects:
            self._commit_rejects()

    def pending_rejects(self) -> tuple[DataFile, ...]:
        """Give the files of rejects that count, although their own commit is still to come."""
        number = self.rows.number(Number.STATE)
        return self.state.rejects if self.rejects.number(Number.STATE) < number else ()

    def _commit_rejects(self) -> None:
        if not (pending := self.pending_rejects()):
            return
        try:
            self.rejects.commit({Number.STATE: self.rows.number(Number.STATE)}, pending)
        except ConflictError:
            self.rejects.reload()  # another did it
        self.settle(self.rejects, self.rejects_place)

    def _read_state(self) -> State:
        if not self._number:
            return State()
        try:
            return State.from_bytes(self.place.read(_state_name(self._number)))
        except FileNotFoundError:
            raise DataError(
                f"{self.name} is damaged: {_state_name(self._number)} is missing, which says "
                "what was taken in; its rows can still be read"
            ) from None


@contextmanager
def writing(path: str | os.PathLike[str], wait: float) -> Iterator[Dataset]:
    """Open a dataset for one run, alone.

    Parameters
    ----------
    path : path
        A folder or a URL; it need not exist.
    wait : float
        How many seconds to wait for another run to finish.

    Raises
    ------
    OutputError
        If another run takes longer, or the folder cannot be written or holds something else.
    DataError
        If it is damaged.
    """
    place = find_place(path)
    if isinstance(place, Folder):
        _refuse_folder(place)
    try:
        with place.lock(wait):
            dataset = Dataset(path)
            dataset.recover()
            yield dataset
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None


def _refuse_folder(place: Folder) -> None:
    path = place.path
    reason = ""
    if not path.absolute().parent.is_dir():
        reason = f"the folder {path.absolute().parent} does not exist"
    elif path.exists() and not path.is_dir():
        reason = "it is no folder"
    elif path.is_dir() and not (path / "_delta_log").is_dir() and _holds_more(place):
        reason = "it is a folder with something else in it; choose a new one"
    if reason:
        raise OutputError(f"cannot write the dataset {path}: {reason}")


def _holds_more(place: Folder) -> bool:
    return any(found.name not in {".lock", REJECTS, _STATES} for found in place.path.iterdir())


def _state_name(number: int) -> str:
    return f"{_STATES}/state-{number}.parquet"


def numbers(*names: Number, table: Table) -> Mapping[Number, int]:
    """Count numbers of a table up by one."""
    return {name: table.number(name) + 1 for name in names}
