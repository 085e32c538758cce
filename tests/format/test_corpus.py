"""Formats that people use, from a corpus beside the repository; skipped where it is not there."""

import json
from pathlib import Path
from typing import Any

import pytest

from envoylog.errors import FormatError
from envoylog.format.document import Encoding, read_document
from envoylog.format.plan import make_plan
from tests.format.real_envoy import verdicts

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus in {CORPUS}")


def rows(name: str) -> list[dict[str, Any]]:
    path = CORPUS / name
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found = [json.loads(line) for line in lines]
    return [row for row in found if row["kind"] in {"text", "json"}]


FORMATS, INVALID = rows("formats.jsonl"), rows("invalid_formats.jsonl")


def refusal(row: dict[str, Any]) -> str:
    try:
        document = read_document(row["format"], Encoding.TEXT if row["kind"] == "text" else None)
        assert make_plan(document).fields
    except FormatError as error:
        return str(error)
    return ""


def needs_an_extension(said: str | None) -> bool:
    return said is not None and said.startswith("Not supported field in StreamInfo: ")


def has_no_command(said: str) -> bool:
    return said.startswith("the format has a fault:\nthere is no command operator in it")


@pytest.mark.envoy
def test_formats_are_read_as_envoy_does() -> None:
    assert len(FORMATS) > 50
    wrong = []
    for row, theirs in zip(FORMATS, verdicts([row["format"] for row in FORMATS]), strict=True):
        ours = refusal(row)
        differ = bool(ours) != bool(theirs)
        if differ and not needs_an_extension(theirs) and not has_no_command(ours):
            wrong.append((row["id"], ours, theirs))
    assert wrong == []


def test_most_formats_compile() -> None:
    compiled = [row for row in FORMATS if not refusal(row)]
    assert len(compiled) >= len(FORMATS) * 0.9


@pytest.mark.envoy
def test_verdicts_of_envoy_s_own_tests() -> None:
    assert len(INVALID) > 15
    wrong = []
    for row, theirs in zip(INVALID, verdicts([row["format"] for row in INVALID]), strict=True):
        ours, is_bad = refusal(row), row["id"].startswith("bad")
        differ = bool(ours) != is_bad
        known = needs_an_extension(theirs) or has_no_command(ours)
        if bool(theirs) != is_bad or (differ and not known):
            wrong.append((row["id"], ours, theirs))
    assert wrong == []
