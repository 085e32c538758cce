"""Where a dataset lies: a folder, or a prefix in an object store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from envoylog.dataset.lock import locked
from envoylog.errors import InputError

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class Place(Protocol):
    """Where files of a dataset are written, each whole or not at all."""

    @property
    def uri(self) -> str:
        """What the table format calls it."""

    def write(self, name: str, data: bytes) -> None:
        """Write a new file; it is on disk when this returns."""

    def read(self, name: str) -> bytes:
        """Read a file; `FileNotFoundError` if there is none."""

    def names(self, folder: str) -> list[str]:
        """List the files of a folder."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    def settle(self, name: str) -> None:
        """Make sure that a file which somebody else wrote is on disk."""

    def lock(self, wait: float) -> AbstractContextManager[None]:
        """Keep other writers out."""


@dataclass(frozen=True)
class Folder:
    """A dataset in a folder.

    Attributes
    ----------
    path : Path
        The folder; it need not exist.
    """

    path: Path

    @property
    def uri(self) -> str:
        """The absolute path."""
        return str(self.path.absolute())

    def write(self, name: str, data: bytes) -> None:
        """Write a new file; it is on disk when this returns."""
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _sync(path.parent)
        except BaseException:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise

    def read(self, name: str) -> bytes:
        """Read a file."""
        return (self.path / name).read_bytes()

    def names(self, folder: str) -> list[str]:
        """List the files of a folder."""
        place = self.path / folder
        return [f"{folder}/{path.name}" for path in place.iterdir()] if place.is_dir() else []

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def settle(self, name: str) -> None:
        """Make sure that a file which somebody else wrote is on disk."""
        _sync(self.path / name)
        _sync((self.path / name).parent)

    @contextmanager
    def lock(self, wait: float) -> Iterator[None]:
        """Keep other writers out.

        Parameters
        ----------
        wait : float
            How many seconds to wait for it.

        Raises
        ------
        OutputError
            If another holds it for longer.
        """
        self.path.mkdir(exist_ok=True)
        with locked(self.path / ".lock", wait, f"another ingest is writing {self.path}"):
            yield


@dataclass(frozen=True)
class Bucket:
    """A dataset in an object store.

    Attributes
    ----------
    url : str
        Such as `s3://bucket/prefix`. Credentials and the endpoint come from the environment.
    """

    url: str

    @property
    def uri(self) -> str:
        """The URL."""
        return self.url

    @cached_property
    def _store(self) -> ObjectStore:
        try:
            from obstore.store import from_url
        except ImportError:
            raise InputError(f"{self.url} needs: pip install 'envoylog[s3]'") from None
        return from_url(self.url)

    def write(self, name: str, data: bytes) -> None:
        """Write an object."""
        self._store.put(name, data)

    def read(self, name: str) -> bytes:
        """Read an object."""
        return bytes(self._store.get(name).bytes())

    def names(self, folder: str) -> list[str]:
        """List the objects under a prefix."""
        return [found["path"] for page in self._store.list(folder) for found in page]

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        with suppress(FileNotFoundError):
            self._store.delete(name)

    def settle(self, name: str) -> None:
        """Nothing: what an object store has taken is safe."""

    @contextmanager
    def lock(self, wait: float) -> Iterator[None]:  # noqa: ARG002
        """Nothing: of two that write at once, the transaction log lets one through."""
        yield


def find_place(path: str | os.PathLike[str]) -> Place:
    """Tell a folder from an object store."""
    name = os.fspath(path)
    return Bucket(name.rstrip("/")) if "://" in name else Folder(Path(name))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
