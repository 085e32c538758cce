"""Answers in every form, with hostile content."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

import envoylog
from envoylog.questions.answer import Answer

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@x",
    "\tx",
    "<script>alert(1)</script>",
    "a,b\nc",
    None,
]


@pytest.fixture
def answer() -> Answer:
    return Answer(pl.DataFrame({"user_agent": HOSTILE, "n": range(len(HOSTILE))}), "select …")


def test_csv_has_no_formulas(answer: Answer, tmp_path: Path) -> None:
    text = answer.to_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == text
    cells = [row[0] for row in csv.reader(io.StringIO(text))][1:]
    assert cells[:5] == ["'" + cell for cell in HOSTILE[:5] if cell]
    assert cells[5:] == [*HOSTILE[5:7], ""]


def test_html_is_escaped(answer: Answer) -> None:
    html = answer._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_json_is_one_object(istio_parquet: Path, tmp_path: Path) -> None:
    answer = envoylog.open(istio_parquet).ask("clients", limit=2)
    text = answer.to_json(tmp_path / "a.json")
    assert (tmp_path / "a.json").read_text() == text
    value = json.loads(text)
    assert value["question"] == "clients"
    assert value["requests"] == 2000
    assert value["rows"] == answer.pl().to_dicts()


def test_frames_agree(istio_parquet: Path) -> None:
    answer = envoylog.open(istio_parquet).ask("errors-by-authority")
    assert answer.arrow().to_pylist() == answer.pl().to_dicts()
    assert pa.table(answer).to_pylist() == answer.pl().to_dicts()
    assert list(answer.df()["requests"]) == answer.pl()["requests"].to_list()
    assert answer.headline in repr(answer)
