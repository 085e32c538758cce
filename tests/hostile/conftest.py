"""One run of the hostile Envoy for all tests, whatever the number of processes."""

import fcntl
from pathlib import Path

import pytest

from tests.hostile.run import Run, run_once
from tests.hostile.settings import REQUESTS, SEED
from tests.hostile.truth import Truth, read_truth


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Run:
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "hostile"
    folder.mkdir(exist_ok=True)
    with Path(folder, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return run_once(folder, REQUESTS, SEED)


@pytest.fixture(scope="session")
def truth(hostile_run: Run) -> Truth:
    return read_truth(hostile_run.logs)
