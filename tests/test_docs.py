"""What README and docs show is what happens: every command and example in them is run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

import envoylog
from envoylog.cli import cli
from envoylog.questions.question import questions
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    marked = rf"executed by tests/test_docs.py -->\n```{language}\n(.*?)```"
    return re.findall(marked, text, re.DOTALL)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("sample_logs", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("page", "count"), [("README.md", 8), ("docs/formats.md", 7)])
def test_commands_of_a_page(workplace: Path, page: str, count: int) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    commands = [line[2:] for block in blocks(text, "console") for line in block.splitlines()]
    assert len(commands) == count
    outputs = {}
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "envoylog"
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=workplace,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        outputs[command] = done.stdout + done.stderr
    for command, shown in re.findall(
        r"<!-- output of: (.*?) -->\n```text\n(.*?)```", text, re.DOTALL
    ):
        printed = [line.split() for line in outputs[command].splitlines()]
        for line in shown.splitlines():
            if not line.startswith("seconds"):
                assert line.split() in printed, line


def test_python_of_the_readme(workplace: Path) -> None:
    (code,) = blocks(README, "python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=workplace, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_readme_starts_with_the_two_commands() -> None:
    first = re.search(r"```console\n(.*?)```", README, re.DOTALL)
    assert first
    assert first[1] == "$ make demo\n$ make test\n"


def test_every_command_and_question_is_spoken_of() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name in (*cli.list_commands(click.Context(cli)), *questions()):
        assert name in changelog, name


def test_every_public_name_is_there_and_explained() -> None:
    for name in envoylog.__all__:
        assert (getattr(envoylog, name).__doc__ or "").strip(), name


def test_design_lists_every_room() -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    for room in (ROOT / "src" / "envoylog").iterdir():
        if room.is_dir() and not room.name.startswith("__"):
            assert f"`{room.name}/`" in design, room.name


def test_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "page",
    ["README.md", "CONTRIBUTING.md", "docs/design.md", "docs/formats.md", "sample_logs/README.md"],
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
