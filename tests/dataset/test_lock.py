"""Of two writers one waits; a killed one holds nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from envoylog.dataset.lock import locked
from envoylog.errors import OutputError

_HOLD = """
import sys, time
from pathlib import Path
from envoylog.dataset.lock import locked
with locked(Path(sys.argv[1]), 0, ""):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_keeps_others_out_until_its_holder_is_gone(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, path], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        message = rf"busy \(process {holder.pid}\); waited 0.1 s: run again later"
        with pytest.raises(OutputError, match=message), locked(path, 0.1, "busy"):
            pass
        holder.kill()
    with locked(path, 0, "busy"):
        pass


def test_a_lock_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"), locked(tmp_path / "no" / "l", 0, ""):
        pass
