"""Write files whole or not at all: a temporary name, fsync, rename."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from envoylog.errors import OutputError


@contextmanager
def replacing(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Give temporary names for files, and put them in place together when all went well.

    Parameters
    ----------
    *paths : Path
        The files to write; whatever stands there is replaced.

    Yields
    ------
    tuple of Path
        Where to write instead, in the same folders.

    Raises
    ------
    OutputError
        If a folder does not exist or a file cannot be written.
    """
    for path in paths:
        _refuse_place(path)
    # A link stays a link: what it points to is replaced.
    paths = tuple(path.resolve() for path in paths)
    temporary = tuple(path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in paths)
    for path in paths:
        _remove_leftovers(path)
    try:
        yield temporary
        for path in temporary:
            _sync(path)
        for source, target in zip(temporary, paths, strict=True):
            source.replace(target)
        for folder in {path.parent for path in paths}:
            _sync(folder)
    except OSError as error:
        names = " and ".join(map(str, paths))
        raise OutputError(f"cannot write {names}: {error.strerror or error}") from None
    finally:
        for path in temporary:
            path.unlink(missing_ok=True)


def _refuse_place(path: Path) -> None:
    reason = ""
    if not path.parent.is_dir():
        reason = f"the folder {path.parent} does not exist"
    elif path.is_dir():
        reason = "it is a folder"
    elif path.exists() and not path.is_file():
        reason = "it is a device or a pipe; use - for stdout"
    if reason:
        raise OutputError(f"cannot write {path}: {reason}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_leftovers(path: Path) -> None:
    """Remove what killed runs left behind; a running one keeps its file."""
    for leftover in path.parent.glob(f".{escape(path.name)}.*.tmp"):
        process = leftover.name.removesuffix(".tmp").rpartition(".")[2]
        if process.isdigit() and not _is_running(int(process)):
            leftover.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
