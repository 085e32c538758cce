"""Find the Parquet files that the user means: of a dataset those that count now, and no others."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from envoylog.dataset.dataset import REJECTS
from envoylog.dataset.rejects import SKIPPED_SUFFIX, SUFFIX, rejects_path
from envoylog.dataset.table import Table
from envoylog.errors import InputError

if TYPE_CHECKING:
    from obstore.fsspec import FsspecStore

#: What `envoylog.open` takes.
Data = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_LOG: Final = "_delta_log"


@dataclass
class Files:
    """The files of what the user gave.

    Attributes
    ----------
    names : list of str
        What was given.
    paths : dict of str to str or None
        The Parquet files of rows, each with the root of its dataset, if it is part of one.
    """

    names: list[str]
    paths: dict[str, str | None] = field(default_factory=dict)

    @property
    def partitioned(self) -> bool:
        """Whether the folders of all files say their day."""
        return all(self.paths.values())

    @cached_property
    def store(self) -> FsspecStore | None:
        """What DuckDB needs to read from an object store; None for files."""
        schemes = {name.partition("://")[0] for name in self.names if "://" in name}
        return _store(*schemes) if schemes else None

    def rejects(self) -> list[str]:
        """Find the files of rejects that belong to the rows."""
        beside = (rejects_path(Path(path)) for path, root in self.paths.items() if root is None)
        found = [str(path) for path in beside if path.is_file()]
        for root in dict.fromkeys(root for root in self.paths.values() if root):
            found += dataset_rejects(root)
        return found


def find_files(data: Data) -> Files:
    """Find Parquet files.

    Parameters
    ----------
    data : path or iterable of paths
        Files, folders of them, datasets, glob patterns; `s3://` and the like.

    Raises
    ------
    InputError
        If there is nothing.
    """
    given = [data] if isinstance(data, (str, os.PathLike)) else list(data)
    found = Files([os.fspath(item) for item in given])
    for name in found.names:
        found.paths |= _remote(found, name) if "://" in name else _local(Path(name))
    if not found.paths:
        raise InputError("no Parquet files given")
    return found


def is_dataset(name: str) -> bool:
    """Tell whether a name is that of a dataset, and not of files."""
    # Of a file deltalake says that it cannot be read, and not that it is no table.
    return not Path(name).is_file() and Table(name.rstrip("/")).exists


def dataset_rejects(name: str) -> list[str]:
    """Find the files of rejects of a dataset."""
    return _current(f"{name.rstrip('/')}/{REJECTS}")


def _local(item: Path) -> dict[str, str | None]:
    if item.is_file():
        return {str(item): None}
    if (item / _LOG).is_dir():
        return _dataset(str(item))
    pattern = str(item / "**" / "*.parquet") if item.is_dir() else str(item)
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - takes absolute ones
    if not matches:
        what = "no Parquet files in the folder" if item.is_dir() else "no such file:"
        raise InputError(f"{what} {item}")
    roots: dict[Path, Path | None] = {}
    current: dict[Path, set[str]] = {}
    found: dict[str, str | None] = {}
    for match in map(Path, matches):
        root = _root(match.parent, roots)
        if root is None:
            if not match.name.endswith((SUFFIX, SKIPPED_SUFFIX)):
                found[str(match)] = None
        elif root.name != REJECTS:
            if root not in current:
                current[root] = set(_current(str(root)))
            if str(match.absolute()) in current[root]:
                found[str(match)] = str(root)
    return found


def _root(folder: Path, known: dict[Path, Path | None]) -> Path | None:
    """Find the dataset in which a folder is."""
    if folder not in known:
        if (folder / _LOG).is_dir():
            known[folder] = folder
        else:
            known[folder] = None if folder == folder.parent else _root(folder.parent, known)
    return known[folder]


def _remote(files: Files, name: str) -> dict[str, str | None]:
    scheme = f"{name.partition('://')[0]}://"
    root = name.rstrip("/")
    if Table(root).exists:
        return _dataset(root)
    store = files.store
    if store is None:
        raise InputError(f"no such file: {name}")
    try:
        found = store.find(name if not glob.has_magic(name) else _before_magic(name))
    except OSError as error:
        raise InputError(f"cannot read {name}: {str(error).partition(chr(10))[0]}") from None
    paths = [path if "://" in path else f"{scheme}{path}" for path in sorted(found)]
    if glob.has_magic(name):
        paths = [path for path in paths if _matches(path, name)]
    if not (
        rows := [
            p for p in paths if p.endswith(".parquet") and not p.endswith((SUFFIX, SKIPPED_SUFFIX))
        ]
    ):
        raise InputError(f"no Parquet files at {name}")
    return dict.fromkeys(rows)


def _before_magic(name: str) -> str:
    parts = name.split("/")
    return "/".join(parts[: next(n for n, part in enumerate(parts) if glob.has_magic(part))])


def _matches(path: str, pattern: str) -> bool:
    deep = "**" in pattern
    return fnmatchcase(path, pattern) and (deep or path.count("/") == pattern.count("/"))


def _dataset(root: str) -> dict[str, str | None]:
    if not (paths := _current(root)):
        raise InputError(f"the dataset {root} has no rows yet")
    return dict.fromkeys(paths, root)


def _current(root: str) -> list[str]:
    table = Table(root)
    return [f"{table.uri}/{file.path}" for file in table.files()]


def _store(*schemes: str) -> FsspecStore:
    try:
        from obstore.fsspec import FsspecStore
    except ImportError:
        raise InputError(f"{schemes[0]}:// needs: pip install 'envoylog[s3]'") from None
    store: FsspecStore = FsspecStore(schemes[0], client_options={"allow_http": True})  # type: ignore[call-overload]
    return store
