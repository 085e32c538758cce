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


def test_types_that_are_not_plain(istio_parquet: Path) -> None:
    sql = """
        select ['=1', 'b'] as texts, [1, 2] as numbers, {'a': 1} as record,
        interval '90 seconds' as length, [[1]] as lists, 'x'::blob is null as flag
    """
    answer = envoylog.open(istio_parquet).sql(sql)
    header, row = csv.reader(io.StringIO(answer.to_csv()))
    assert header == ["texts", "numbers", "record", "length", "lists", "flag"]
    assert row[3] == "90.0"
    assert row[:3] == ["'=1,b", "1,2", '{"a": 1}']
    assert json.loads(answer.to_json())["rows"][0]["numbers"] == [1, 2]
