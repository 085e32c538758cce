"""A line costs no more instructions than it did; no load of the machine changes that."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.guard import EXPECTED, TOLERANCE, counted
from benchmarks.shapes import SHAPES


@pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind here")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_parse_costs_no_more_instructions_than_before(name: str, tmp_path: Path) -> None:
    assert 1 < counted(SHAPES[name], tmp_path).ratio < EXPECTED[name] * (1 + TOLERANCE)
