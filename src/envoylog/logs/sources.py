"""Find the files that the user means: files, directories, globs, and `-` for standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from envoylog.errors import InputError

STDIN = "-"

# Compressed logs are not read yet; better to say so than to reject a million garbled lines.
_MAGIC = {
    b"\x1f\x8b": ("gzip", "zcat"),
    b"\x28\xb5\x2f\xfd": ("zstd", "zstdcat"),
    b"BZh": ("bzip2", "bzcat"),
    b"\xfd7zXZ\x00": ("xz", "xzcat"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of log bytes.

    Attributes
    ----------
    name : str
        The path as found, or `-`; it is what rejects refer to.
    size : int
        In bytes; 0 where it is not known.
    """

    name: str
    size: int

    def open(self) -> IO[bytes]:
        """Open it for reading.

        Returns
        -------
        binary file

        Raises
        ------
        InputError
            If it cannot be opened, or is compressed.
        """
        if self.name == STDIN:
            return sys.stdin.buffer
        try:
            if self.size:
                with Path(self.name).open("rb") as stream:
                    _refuse_compressed(self.name, stream.read(8))
            return Path(self.name).open("rb")
        except OSError as error:
            raise InputError(f"cannot read {self.name}: {error.strerror}") from None


def find_sources(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Source]:
    """Resolve what the user gave.

    Parameters
    ----------
    paths : path, or iterable of paths
        Files, directories (all files below them, but hidden ones and Parquet), globs, `-`.

    Returns
    -------
    list of Source
        In the order given, each file once; a directory's files by name.

    Raises
    ------
    InputError
        If one does not exist, or nothing is found in it.
    """
    given = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    found: dict[str, Source] = {}
    for path in given:
        for name in _expand(os.fspath(path)):
            found.setdefault(name, Source(name, _size(name)))
    if not found:
        raise InputError("no log files given")
    return list(found.values())


def _expand(name: str) -> list[str]:
    path = Path(name)
    if name == STDIN:
        return [STDIN]
    if path.is_dir():
        files = sorted(
            str(file)
            for file in path.rglob("*")
            if file.is_file()
            and file.suffix != ".parquet"  # the output of the last run
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
        )
        if not files:
            raise InputError(f"no files in the directory {name}")
        return files
    if path.exists():
        return [name]
    if glob.has_magic(name):
        matches = glob.glob(name, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute ones
        if files := sorted(match for match in matches if Path(match).is_file()):
            return files
        raise InputError(f"no file matches {name}")
    raise InputError(f"no such file or directory: {name}")


def _size(name: str) -> int:
    # A FIFO or a terminal has no size to speak of.
    return Path(name).stat().st_size if name != STDIN and Path(name).is_file() else 0


def _refuse_compressed(name: str, start: bytes) -> None:
    for magic, (kind, tool) in _MAGIC.items():
        if start.startswith(magic):
            raise InputError(
                f"{name} is compressed with {kind}, which is not read yet: "
                f"pipe it in with `{tool} {name} | envoylog parse … -`"
            )
