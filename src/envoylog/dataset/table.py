"""A Delta table: Parquet files by day, and a transaction log that says which of them count.

Commits are whole or not at all, on disks and in object stores. Each may carry numbers, and of two
commits at once that carry a number of the same name one fails. Spark, Trino, DuckDB and polars read
such tables.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from envoylog.dataset.partitions import PARTITION, DataFile, Facts
from envoylog.dataset.schema import described
from envoylog.errors import DataError, InputError, OutputError

if TYPE_CHECKING:
    from deltalake import DeltaTable

# At one commit every five minutes the log stays below two days and a few hundred small files.
_CONFIGURATION: Final = {
    "delta.checkpointInterval": "50",
    "delta.logRetentionDuration": "interval 2 days",
    "delta.enableExpiredLogCleanup": "true",
    "delta.deletedFileRetentionDuration": "interval 1 days",
}


class Number(StrEnum):
    """Numbers that commits carry."""

    STATE = "envoylog.state"
    """Which state file goes with the rows."""
    UPKEEP = "envoylog.upkeep"
    """Grows whenever files are removed, so that no two remove the same."""
    EXPIRED = "envoylog.expired"
    """How many rows were removed for their age."""
    CLEANED = "envoylog.cleaned"
    """When old files were deleted, in seconds since 1970."""


class ConflictError(OutputError):
    """Another writer has committed since this one began."""


class Table:
    """A Delta table.

    Parameters
    ----------
    uri : str
        A path or URL.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._delta: DeltaTable | None = None
        self.reload()

    @property
    def exists(self) -> bool:
        """Whether it was created."""
        return self._delta is not None

    def reload(self) -> None:
        """Look at what others have committed."""
        delta = _deltalake()
        try:
            if self._delta is None:
                self._delta = delta.DeltaTable(self.uri)
            else:
                self._delta.update_incremental()
        except delta.exceptions.TableNotFoundError:
            return
        except (delta.exceptions.DeltaError, OSError) as error:
            raise DataError(f"{self.uri} cannot be read: {_plain(error)}") from None

    def create(self, schema: pl.Schema, facts: Facts) -> None:
        """Create it, or add the columns that it lacks.

        Parameters
        ----------
        schema : polars.Schema
            The columns of the rows to come, without the partition column.
        facts : mapping
            What to note of the columns.

        Raises
        ------
        DataError
            If it has a column of the same name and another type.
        """
        delta = _deltalake()
        wanted = delta.Schema.from_arrow(
            described(pl.Schema({**schema, PARTITION: pl.Date()}), facts)
        )
        try:
            if self._delta is None:
                self._delta = delta.DeltaTable.create(
                    self.uri,
                    wanted,
                    mode="ignore",
                    partition_by=[PARTITION],
                    configuration=_CONFIGURATION,
                )
                self.reload()
            present = {field.name: field.type for field in self._delta.schema().fields}
            for field in wanted.fields:
                if present.get(field.name, field.type) != field.type:
                    raise DataError(
                        f"{self.uri} has a column {field.name} of another type "
                        f"({_type(present[field.name])}) than this format ({_type(field.type)}): "
                        "take these logs into another dataset"
                    )
            if new := [field for field in wanted.fields if field.name not in present]:
                self._delta.alter.add_columns(new)
                self.reload()
        except (delta.exceptions.DeltaError, OSError) as error:
            raise self._refused(error) from None

    def number(self, name: Number) -> int:
        """Tell the last number of this name that a commit carried; 0 if there was none."""
        return (self._delta.transaction_version(name) or 0) if self._delta else 0

    @property
    def version(self) -> int:
        """Of the transaction log."""
        return self._delta.version() if self._delta else -1

    @property
    def facts(self) -> dict[str, dict[str, str]]:
        """What is noted of the columns."""
        fields = self._delta.schema().fields if self._delta else []
        return {field.name: dict(field.metadata) for field in fields}

    def files(self) -> list[DataFile]:
        """List the files that count."""
        if self._delta is None:
            return []
        found = pl.DataFrame(self._delta.get_add_actions(flatten=True))
        return [
            DataFile(path, size, rows, str(day))
            for path, size, rows, day in found.select(
                "path", "size_bytes", "num_records", f"partition.{PARTITION}"
            ).rows()
        ]

    def newest(self) -> Any:  # noqa: ANN401 - a datetime, or None
        """Tell the time of the newest row."""
        if self._delta is None:
            return None
        found = pl.DataFrame(self._delta.get_add_actions(flatten=True))
        return found["max.start_time"].max() if "max.start_time" in found.columns else None

    def commit(
        self,
        numbers: Mapping[Number, int],
        add: Iterable[DataFile] = (),
        remove: Iterable[DataFile] = (),
        *,
        new_data: bool = True,
        info: Mapping[str, object] | None = None,
    ) -> None:
        """Let files count, or count no more.

        Parameters
        ----------
        numbers : mapping
            What the commit carries.
        add, remove : iterable of DataFile
            Files that are there already, and files of the table.
        new_data : bool
            Whether the rows change, and not only the files that hold them.
        info : mapping, optional
            For those who read the history.

        Raises
        ------
        ConflictError
            If another has committed one of the numbers since `reload`.
        OutputError
            If the log cannot be written.
        """
        from deltalake.transaction import AddAction, CommitProperties, RemoveAction, Transaction

        if self._delta is None:
            raise ValueError("the table was not created")
        now = int(time.time() * 1000)
        actions: list[AddAction | RemoveAction] = [
            *(
                AddAction(file.path, file.size, {PARTITION: file.day}, now, new_data, file.stats)
                for file in add
            ),
            *(
                RemoveAction(file.path, new_data, now, file.size, {PARTITION: file.day})
                for file in remove
            ),
        ]
        delta = _deltalake()
        try:
            self._delta.create_write_transaction(
                actions,
                mode="append",
                schema=self._delta.schema(),
                partition_by=[PARTITION],
                commit_properties=CommitProperties(
                    custom_metadata={"envoylog": dict(info)} if info else None,
                    app_transactions=[Transaction(name, at) for name, at in numbers.items()],
                ),
            )
        except delta.exceptions.CommitFailedError as error:
            raise self._refused(error) from None
        except (delta.exceptions.DeltaError, OSError) as error:
            raise OutputError(f"cannot write {self.uri}: {_plain(error)}") from None
        self.reload()

    def _refused(self, error: Exception) -> OutputError:
        """Tell another writer from a disk that is full."""
        if any(words in str(error) for words in ("oncurrent", "changed since", "already exists")):
            return ConflictError(f"another ingest has written {self.uri}; run again")
        return OutputError(f"cannot write {self.uri}: {_plain(error)}")

    def clean(self) -> None:
        """Delete files that have not counted for a day, and those that killed runs left."""
        if self._delta is None:
            return
        delta = _deltalake()
        try:
            self._delta.vacuum(
                retention_hours=24, dry_run=False, enforce_retention_duration=False, full=True
            )
            self.reload()
            self._delta.create_checkpoint()
            self._delta.cleanup_metadata()
        except (delta.exceptions.DeltaError, OSError) as error:
            raise OutputError(f"cannot clean {self.uri}: {_plain(error)}") from None


def _deltalake() -> Any:  # noqa: ANN401 - a module
    try:
        import deltalake
    except ImportError:
        raise InputError("datasets need: pip install 'envoylog[dataset]'") from None
    return deltalake


def _type(found: object) -> str:
    return str(getattr(found, "type", found))


def _plain(error: Exception) -> str:
    """Say in one line what is a tree of causes in colours."""
    causes = [re.sub(r"\x1b\[\d+m|\u21b3", "", line).strip() for line in str(error).splitlines()]
    return ": ".join(dict.fromkeys([*causes[:2], *causes[-1:]]))
