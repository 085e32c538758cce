"""Find the logs that the user means: files, folders, globs, object stores, standard input."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Self

from envoylog.errors import InputError
from envoylog.logs.compression import Peeked, Readable
from envoylog.logs.order import in_order

STDIN: Final = "-"
#: How the outputs of earlier runs end.
NO_LOGS: Final = ".parquet"


@dataclass(frozen=True, slots=True)
class Source:
    """One file of log bytes.

    Attributes
    ----------
    name : str
        The path as found; it is what rejects refer to.
    size : int
        In bytes, as stored; 0 where it is not known.
    modified : float
        When it was last written to, in seconds since 1970; 0 where it is not known.
    identity : str
        What stays when it is renamed: device and inode, or the tag of an object; may be empty.
    """

    name: str
    size: int = 0
    modified: float = 0
    identity: str = ""

    def open(self, offset: int = 0) -> AbstractContextManager[Readable]:
        """Open it for reading, as it is stored.

        What is written to a file after it was opened belongs to the next run.

        Parameters
        ----------
        offset : int
            Where to start, in bytes.

        Returns
        -------
        context manager of Readable

        Raises
        ------
        InputError
            If it cannot be opened.
        """
        stream = _open(self.name)
        stream.seek(offset)
        return Opened(self.name, stream, os.fstat(stream.fileno()).st_size - offset)

    @property
    def size_is_known(self) -> bool:
        """Whether it has a size before it is read."""
        return True

    def sample(self, size: int) -> bytes:
        """Read its first `size` bytes; raises `InputError` as `open` does."""
        with self.open() as stream:
            return stream.read(size)


@dataclass(frozen=True, slots=True)
class Pipe(Source):
    """Standard input or a FIFO, which can be read but once."""

    _opened: list[tuple[Peeked, Opened]] = field(default_factory=list, compare=False, repr=False)

    def open(self, offset: int = 0) -> AbstractContextManager[Readable]:
        """Open it, or go back to where a sample was taken."""
        return self._reading(offset)

    @contextmanager
    def _reading(self, offset: int) -> Iterator[Readable]:
        stream, opened = self._stream(0)
        stream.read(offset)
        yield stream
        if self.name != STDIN:
            opened.stream.close()

    def sample(self, size: int) -> bytes:
        """Read its first `size` bytes, which will be read again."""
        return self._stream(size)[0].peek(size)

    @property
    def size_is_known(self) -> bool:
        """Whether it has a size before it is read."""
        return False

    def _stream(self, size: int) -> tuple[Peeked, Opened]:
        if not self._opened:
            opened = Opened(self.name, sys.stdin.buffer if self.name == STDIN else _open(self.name))
            self._opened.append((Peeked(opened, size), opened))
        return self._opened[0]


@dataclass
class Opened:
    """A file that was opened: it is read to the size that it had then, and no further.

    Attributes
    ----------
    name : str
        For messages.
    stream : binary file
        At its start.
    left : int, optional
        How many bytes to read.
    """

    name: str
    stream: IO[bytes]
    left: int = sys.maxsize

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes; fewer only at the end."""
        parts: list[bytes] = []
        size = min(size, self.left)
        try:
            while size > 0 and (part := self.stream.read(size)):
                parts.append(part)
                size -= len(part)
                self.left -= len(part)
        except OSError as error:
            raise unreadable(self.name, error) from None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stream.close()


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes
    ----------
    sources : tuple of Source
        In the order in which to read them.
    missing : tuple of InputError
        What was asked for and is not there.
    """

    sources: tuple[Source, ...]
    missing: tuple[InputError, ...] = ()


def find_sources(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> list[Source]:
    """Resolve what the user gave; all of it must be there.

    Parameters
    ----------
    paths : path, or iterable of paths
        Files, folders (all files below them, but hidden ones and Parquet), globs, `-`, and
        `s3://`, `gs://` or `az://` with a bucket and an object, a folder of objects or a glob.

    Returns
    -------
    list of Source
        In the order given, each file once. The files of a folder or a glob come by the time of
        their last change, and what was rotated from the oldest to the newest.

    Raises
    ------
    InputError
        If one does not exist, or nothing is found in it.
    """
    found = look_for(paths)
    if found.missing:
        raise found.missing[0]
    return list(found.sources)


def look_for(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> Found:
    """Resolve what the user gave, as `find_sources` does, and tell what is not there.

    Raises
    ------
    InputError
        If there is nothing at all.
    """
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    found: dict[str, Source] = {}
    missing: list[InputError] = []
    for path in given:
        try:
            for source in _expand(os.fspath(path)):
                found.setdefault(source.name, source)
        except InputError as error:
            missing.append(error)
    if not found:
        raise missing[0] if missing else InputError("no log files given")
    return Found(tuple(found.values()), tuple(missing))


def unreadable(name: str, error: OSError) -> InputError:
    """Say that a source cannot be read, and why."""
    return InputError(f"cannot read {name}: {error.strerror or error}")


def _open(name: str) -> IO[bytes]:
    try:
        return Path(name).open("rb", buffering=0)
    except OSError as error:
        raise unreadable(name, error) from None


def _expand(name: str) -> list[Source]:
    if "://" in name:
        from envoylog.logs.objects import find_objects

        return find_objects(name)
    path = Path(name)
    if name == STDIN:
        return [Pipe(STDIN)]
    if path.is_dir():
        if files := in_order(_files_below(path)):
            return files
        raise InputError(f"no files in the directory {name}")
    if path.exists():
        return [_source(name)]
    if glob.has_magic(name):
        matches = glob.glob(name, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute ones
        files = in_order([_source(match) for match in matches if Path(match).is_file()])
        if files:
            return files
        raise InputError(f"no file matches {name}")
    raise InputError(f"no such file or directory: {name}")


def _files_below(folder: Path) -> list[Source]:
    # Links to folders are followed, as /var/log/containers needs it, but not in circles.
    found: list[Source] = []
    seen: set[tuple[int, int]] = set()
    for top, folders, files in os.walk(folder, followlinks=True):
        facts = Path(top).stat()
        if (facts.st_dev, facts.st_ino) in seen:
            folders.clear()
            continue
        seen.add((facts.st_dev, facts.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            _source(str(file))
            for file in (Path(top) / name for name in files)
            if not file.name.startswith(".") and file.suffix != NO_LOGS and file.is_file()
        ]
    return found


def _source(name: str) -> Source:
    facts = Path(name).stat()
    if not stat.S_ISREG(facts.st_mode):
        return Pipe(name)  # or a terminal: it has no size to speak of
    return Source(name, facts.st_size, facts.st_mtime, f"{facts.st_dev}:{facts.st_ino}")
