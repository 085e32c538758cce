"""A lock that keeps two writers apart; the system releases that of a killed one."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from envoylog.errors import OutputError

_PAUSE = 0.05


@contextmanager
def locked(path: Path, wait: float, work: str) -> Iterator[None]:
    """Hold a lock file, which stays where it is.

    Parameters
    ----------
    path : Path
        The file, which need not exist; its folder must.
    wait : float
        How many seconds to wait for another that holds it.
    work : str
        What that other is doing, for the message.

    Raises
    ------
    OutputError
        If another holds it for longer, or it cannot be written.
    """
    try:
        file = path.open("a+")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None
    with file:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    file.seek(0)
                    raise OutputError(
                        f"{work} (process {file.read()}); waited {wait:g} s: run again later, or "
                        "wait longer with --wait"
                    ) from None
                time.sleep(_PAUSE)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
