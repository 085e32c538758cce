"""A real Envoy writes, a real logrotate rotates, and ingest runs meanwhile."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import polars as pl
import pytest

import envoylog
from envoylog.pipeline.ingest.status import read_status
from sample_logs import traffic

LOGROTATE: Final = shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin")
FORMAT: Final = '[%START_TIME%] %RESPONSE_CODE% "%REQ(X-REQUEST-ID)%" "%REQ(:PATH)%" %DURATION%\n'

pytestmark = [
    pytest.mark.envoy,
    pytest.mark.skipif(not LOGROTATE, reason="no logrotate here: apt-get install logrotate"),
]


def rotate(folder: Path, how: str) -> None:
    settings = folder.parent / f"{how}.conf"
    settings.write_text(
        f'"{folder}/access.log" {{\n rotate 99\n {how}\n compress\n delaycompress\n missingok\n}}\n'
    )
    settings.chmod(0o600)
    state = folder.parent / "state"
    subprocess.run([str(LOGROTATE), "--force", "--state", state, settings], check=True)
    if how == "create":
        for pid in writers(folder):
            os.kill(pid, signal.SIGUSR1)  # Envoy opens its logs again


def writers(folder: Path) -> list[int]:
    """Find the Envoy that writes into a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve(strict=True) == folder and (
                process / "exe"
            ).resolve().name.startswith("envoy"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def lines_on_disk(folder: Path) -> list[str]:
    found = []
    for file in folder.iterdir():
        data = file.read_bytes()
        found += (gzip.decompress(data) if file.suffix == ".gz" else data).decode().splitlines()
    return found


@pytest.mark.parametrize("how", ["create", "copytruncate"])
def test_nothing_is_lost_and_nothing_is_taken_twice(tmp_path: Path, how: str) -> None:
    folder, data = tmp_path / "logs", tmp_path / "data"
    folder.mkdir()
    rotations = 0
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(traffic.run, folder, {"access.log": FORMAT}, 1200, 3)
        while not running.done():
            if (folder / "access.log").exists() and (folder / "access.log").stat().st_size:
                rotate(folder, how)
                rotations += 1
                envoylog.ingest(f"{folder}/access.log*", FORMAT, into=data)
        sent = running.result()
    assert rotations >= 3
    envoylog.ingest(f"{folder}/access.log*", FORMAT, into=data)
    status = read_status(data)
    assert status.accounted
    assert (status.rejects, status.total.skipped) == (0, 0)
    taken = Counter(pl.read_delta(str(data))["request_id"].to_list())
    expected = Counter(one.request_id for one in sent)
    if how == "create":
        assert taken == expected
    else:
        # Between the copy and the truncation Envoy may write what nobody can read any more.
        # So: nothing twice, nothing that was not sent, and all that is in any file.
        assert taken <= expected
        parsed = envoylog.compile_format(FORMAT).parse_lines(lines_on_disk(folder))
        assert Counter(parsed.rows["request_id"].to_list()) <= taken
        assert sum(taken.values()) >= 0.9 * len(sent)
