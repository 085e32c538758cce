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
from tests.conftest import ROOT

PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("sample_logs/*.md"))
}
README = PAGES["README.md"]


def blocks(text: str, language: str) -> list[str]:
    marked = rf"executed by tests/test_docs.py -->\n```{language}\n(.*?)```"
    return re.findall(marked, text, re.DOTALL)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("sample_logs", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_pages_have_examples_that_are_executed() -> None:
    for page in ("README.md", "docs/formats.md"):
        assert blocks(PAGES[page], "console"), page


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if blocks(text, "console")])
def test_commands_of_a_page(workplace: Path, page: str) -> None:
    """Run the `$ envoylog …` lines of a page in order; lines without `$` are output."""
    text = PAGES[page]
    commands = [
        line[2:]
        for block in blocks(text, "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    outputs = {}
    for command in commands:
        words = shlex.split(command, comments=True)
        assert words[0] == "envoylog"
        code = re.search(r"  # ends with (\d)$", command)
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=workplace,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == (int(code[1]) if code else 0), f"{command}\n{done.stderr}"
        outputs[command] = done.stdout + done.stderr
    for command, shown in re.findall(
        r"<!-- output of: (.*?) -->\n```text\n(.*?)```", text, re.DOTALL
    ):
        printed = [line.split() for line in outputs[command].splitlines()]
        for line in shown.splitlines():
            if not line.startswith("seconds"):
                assert line.split() in printed, line


@pytest.mark.parametrize("page", [page for page, text in PAGES.items() if blocks(text, "python")])
def test_python_of_a_page(workplace: Path, page: str) -> None:
    """Run the Python of a page as one program."""
    code = "\n".join(blocks(PAGES[page], "python"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=workplace, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_readme_starts_with_the_two_commands() -> None:
    first = re.search(r"```console\n(.*?)```", README, re.DOTALL)
    assert first
    assert first[1] == "$ make demo\n$ make test\n"


def test_every_command_is_spoken_of() -> None:
    for name in cli.list_commands(click.Context(cli)):
        assert f"`envoylog {name}" in PAGES["CHANGELOG.md"] or f"`{name}`" in PAGES["CHANGELOG.md"]


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


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGES[page]):
        assert ((ROOT / page).parent / target).exists(), target
