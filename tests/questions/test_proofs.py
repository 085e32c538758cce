"""No question without proof: each is asked of rows written by hand, and of a real Envoy's log."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from envoylog.questions.library import questions
from tests.conftest import ROOT

_TESTS = ROOT / "tests"
#: What holds for all questions proves none.
_OF_ALL = {"test_every_question.py", "test_proofs.py", "test_headers.py", "test_independent.py"}
#: What tests call to ask.
_ASKING = {"ask", "_rows"}
PROOFS = {
    "a small answer computed by hand": [
        path for path in (_TESTS / "questions").rglob("test_*.py") if path.name not in _OF_ALL
    ],
    "an answer of a real Envoy, known to its clients": [*(_TESTS / "envoy").glob("test_*.py")],
}


def asked(path: Path) -> Iterator[str]:
    """Find the names in those functions of a module that ask."""
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef):
            nodes = list(ast.walk(function))
            called = (node.func for node in nodes if isinstance(node, ast.Call))
            if any(getattr(one, "attr", getattr(one, "id", None)) in _ASKING for one in called):
                yield from (str(node.value) for node in nodes if isinstance(node, ast.Constant))


PROVEN = {kind: {name for path in paths for name in asked(path)} for kind, paths in PROOFS.items()}


@pytest.mark.parametrize("kind", PROOFS)
@pytest.mark.parametrize("name", sorted(questions()))
def test_every_question_has_proof(name: str, kind: str) -> None:
    assert name in PROVEN[kind], f"write a test of {name}: {kind}"


@pytest.mark.parametrize("name", sorted(questions()))
def test_every_question_is_documented_with_its_answer(name: str) -> None:
    """`docs/generate.py --check` holds the answer on the page to the one of today."""
    page = (ROOT / "docs/reference/questions.md").read_text()
    _before, _heading, section = page.partition(f"\n### {name}\n")
    assert f"envoylog ask {name} DATA" in section.partition("\n### ")[0]
