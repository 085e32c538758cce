"""Tables fit the terminal, and lose nothing on the way."""

from __future__ import annotations

import os
import pty
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

import envoylog
from envoylog.cli.tables import table_text
from envoylog.display.shown import shown, unit_shown
from envoylog.questions.library import questions

WIDTHS = (80, 120, 200)


@pytest.fixture(scope="module")
def log(istio_parquet: Path) -> Iterator[envoylog.AccessLog]:
    with envoylog.open(istio_parquet) as opened:
        yield opened


def letters(text: str) -> Counter[str]:
    return Counter("".join(text.replace("─", "").split()))


@pytest.mark.parametrize("name", sorted(questions()))
def test_answers_fit_and_are_whole(log: envoylog.AccessLog, name: str) -> None:
    question = questions()[name]
    if log.missing(question.needs):
        pytest.skip("Istio's format lacks what it needs")
    frame, units = log.ask(name).pl(), question.units
    if frame.is_empty():
        pytest.skip("Envoy's samples have nothing of the kind")
    cells = [
        [shown(value, units.get(column)) for column, value in zip(frame.columns, row, strict=True)]
        for row in frame.rows()
    ]
    whole = letters(
        "".join(cell.text for row in cells for cell in row)
        + "".join(frame.columns)
        + "".join(
            unit_shown(units.get(column))
            for number, column in enumerate(frame.columns)
            if cells[0][number].is_number
        )
    )
    for width in WIDTHS:
        text = table_text(frame.columns, frame.rows(), units, width=width)
        assert max(map(len, text.splitlines())) <= width
        # Blocks repeat the names; nothing is missing either way.
        assert whole <= letters(text)
        words = set(text.split())
        assert {cell.text for row in cells for cell in row if cell.is_number} <= words


def test_a_table_becomes_lines_then_blocks() -> None:
    header, rows = ("requests", "meaning"), [(12345, "a meaning of some words"), (7, None)]
    rows = [(number, text and f"{text}, {text}") for number, text in rows]
    assert table_text(header, rows).splitlines() == [
        "requests  meaning",
        f"{58 * '─'}",
        "  12,345  a meaning of some words, a meaning of some words",
        "       7  -",
    ]
    assert table_text(header, rows, width=40).splitlines() == [
        "requests  meaning",
        f"{40 * '─'}",
        "  12,345  a meaning of some words, a",
        "          meaning of some words",
        "       7  -",
    ]
    assert table_text(header, rows, {"requests": "By"}, width=30).splitlines() == [
        "requests  12,345 B",
        "meaning   a meaning of some",
        "          words, a meaning of",
        "          some words",
        "",
        "requests  7 B",
        "meaning   -",
    ]
    assert table_text(header, [], width=10).split()[:2] == ["requests", "meaning"]


@pytest.mark.parametrize(("columns", "blocks"), [(100, True), (400, False)])
def test_on_a_real_terminal(istio_parquet: Path, columns: int, blocks: bool) -> None:
    command = [sys.executable, "-m", "envoylog", "ask", "errors-explained", str(istio_parquet)]
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "dumb"}
    with Popen(command, stdout=theirs, stderr=-3, env=environment) as process:
        os.close(theirs)
        text = b""
        while piece := _read(ours):
            text += piece
    assert process.returncode == 0
    lines = text.decode().splitlines()
    assert max(map(len, lines)) <= columns
    assert any(line.startswith("look_at  ") for line in lines) is blocks
    assert b"\x1b" not in text


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # How Linux says that the other end is closed.
        return b""
