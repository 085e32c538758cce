"""A report of real lines, as people open it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import envoylog
from envoylog.cli import cli
from envoylog.errors import QueryError
from envoylog.questions.library import questions
from envoylog.reports.config import Config
from envoylog.reports.sections import Section
from tests.browser import visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def report(istio_parquet: Path) -> envoylog.Report:
    return envoylog.report(istio_parquet)


@pytest.fixture(scope="module")
def page(report: envoylog.Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    report.to_html(path)
    return path


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_the_page(browser: Browser, page: Path, width: int, scheme: str) -> None:
    with visiting(
        browser, page, viewport={"width": width, "height": 900}, color_scheme=scheme
    ) as visit:
        assert visit.overflow() <= 0
        assert visit.barriers() == []
        assert (visit.requests, visit.errors, visit.dialogs) == ([], [], [])


def test_a_table_sorts_by_its_values(browser: Browser, page: Path) -> None:
    with visiting(browser, page) as visit:
        table = visit.page.get_by_role("group", name="Which authority fails?").locator("table")
        head = table.get_by_role("button", name="4xx")
        column = "rows => rows.map(row => Number(row.cells[2].textContent.replaceAll(',', '')))"
        seen = []
        for _ in range(2):
            head.click()
            seen.append(table.locator("tbody tr").evaluate_all(column))
        assert seen[0] == sorted(seen[0], reverse=True) != sorted(seen[0])
        assert seen[1] == sorted(seen[0])
        assert visit.errors == []


def test_the_page_needs_no_script(browser: Browser, page: Path) -> None:
    with visiting(browser, page, java_script_enabled=False) as visit:
        assert visit.page.get_by_role("heading", name="Which authority fails?").is_visible()
        visit.page.get_by_text("The table").first.click()
        assert visit.page.get_by_role("columnheader", name="error rate").first.is_visible()


def test_the_page_prints(browser: Browser, page: Path) -> None:
    with visiting(browser, page) as visit:
        visit.page.emulate_media(media="print", color_scheme="dark")
        ground = "getComputedStyle(document.body).backgroundColor"
        assert visit.page.evaluate(ground) == "rgb(255, 255, 255)"
        assert not visit.page.get_by_role("navigation").is_visible()
        assert visit.page.pdf(format="A4").startswith(b"%PDF")


def test_the_page_is_small_and_opens_at_once(browser: Browser, page: Path) -> None:
    assert page.stat().st_size < 2_000_000
    with visiting(browser, page) as visit:
        timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
        assert 0 < visit.page.evaluate(timing) < 10_000  # machines of tests are busy


def test_another_process_writes_the_same_bytes(istio_parquet: Path, page: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "envoylog", "report", istio_parquet, "-o", "-"],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LANG": "C"},
        capture_output=True,
        check=True,
    )
    assert done.stdout == page.read_bytes()
    assert done.stderr == b""


def test_a_report_shows_itself(report: envoylog.Report) -> None:
    assert repr(report).splitlines()[:2] == [
        "Access log report, 2026-11-24 02:37:01 to 2026-11-24 02:37:06 UTC",
        "wrong: 13.00% (255 of 1,962 requests) failed.",
    ]
    assert "<b>13.00%</b>" in report._repr_html_()


def test_an_extra_that_is_missing_is_told(
    istio_parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "jinja2" else find(name)
    )
    with pytest.raises(
        QueryError, match=r"a report needs jinja2: pip install 'envoylog\[report\]'"
    ):
        envoylog.report(istio_parquet)


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["-o", "nowhere/report.html"], "the folder nowhere does not exist", 3),
        (["-o", "-", "--compare", "soon"], "'soon' is not a length of time", 2),
        (["-o", "-", "--since", "2026-11-25", "--until", "2026-11-24"], "the window is empty", 2),
        (["-o", "-", "--config", "nowhere.toml"], "nowhere.toml cannot be read", 3),
        (["-o", "-", "--timezone", "Mars"], "no time zone 'Mars'", 2),
    ],
)
def test_wrong_words_are_told_in_one_line(
    istio_parquet: Path, tmp_path: Path, arguments: list[str], message: str, code: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "envoylog", "report", istio_parquet, *arguments],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_json_has_what_the_questions_answer(report: envoylog.Report, istio_parquet: Path) -> None:
    found = json.loads(report.to_json())
    with envoylog.open(istio_parquet) as log:
        answer = json.loads(log.ask("errors-by-authority", limit=10).to_json())
    sections = {section["question"]: section for section in found["sections"]}
    assert sections["errors-by-authority"]["answer"]["rows"] == answer["rows"]


def test_every_question_can_stand_in_a_report(istio_parquet: Path) -> None:
    config = Config(sections=tuple(map(Section, questions())), rows=3)
    found = envoylog.report(istio_parquet, config=config)
    assert len(found.parts) == len(questions())
    headings = [line for line in found.to_md().splitlines() if line.startswith("## ")]
    assert len(headings) == len(questions()) + 1


def test_the_command_writes_by_the_name_of_the_file(istio_parquet: Path, tmp_path: Path) -> None:
    for name, start in (("r.html", "<!DOCTYPE"), ("r.md", "# "), ("r.json", "{")):
        done = CliRunner().invoke(cli, ["report", str(istio_parquet), "-o", str(tmp_path / name)])
        assert (done.exit_code, done.stdout) == (0, "")
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
