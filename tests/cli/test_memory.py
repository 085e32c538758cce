"""The allocators are told what to do, whoever starts the command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from envoylog.cli.memory import JEMALLOC

CONFIGURE = """
import os
from envoylog.cli.memory import share_memory
share_memory()
print(os.environ["_RJEM_MALLOC_CONF"])
"""
POLARS = "import os, polars; print(os.environ['_RJEM_MALLOC_CONF'])"


def said(code: str, chosen: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "_RJEM_MALLOC_CONF"}
    if chosen:
        environment["_RJEM_MALLOC_CONF"] = chosen
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.parametrize("chosen", ["", "narenas:8", "thp:always,narenas:8"])
def test_what_polars_left_in_the_environment_is_nobodys_choice(chosen: str) -> None:
    expected = f"{JEMALLOC},{chosen}" if chosen else JEMALLOC
    assert said(CONFIGURE, chosen) == expected
    left = said(POLARS, chosen)
    assert left != chosen
    assert said(CONFIGURE, left) == expected
