"""`envoylog check`: exit codes, a short list, and output that log content cannot act through."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from envoylog.cli import cli
from tests.questions.made import made

ERRORS = "question = 'errors-by-authority'\ncolumn = 'error_rate'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    hostile = "a\x1b[31m\u202e"
    rows = [{"authority": hostile, "response_code": 503}, {"authority": "b", "response_code": 200}]
    made(tmp_path, rows * 50).close()
    return tmp_path


def run(folder: Path, checks: str, *words: str) -> Result:
    (folder / "checks.toml").write_text(checks)
    data, config = str(folder / "made.parquet"), str(folder / "checks.toml")
    return CliRunner().invoke(
        cli, ["check", data, "--config", config, *words], standalone_mode=False
    )


def check(name: str, limits: str) -> str:
    return f"[[check]]\nname = '{name}'\n{ERRORS}{limits}\n"


def test_a_failure_ends_with_1_and_a_short_list(folder: Path) -> None:
    done = run(folder, check("calm", "max = 1") + check("errors", "max = '1%'"))
    assert done.return_value == 1
    assert done.stdout == (
        "FAILED      errors: a\\x1b[31m\\u202e: error_rate 100.00%, at most 1% (50 requests)\n"
        "ok          calm: at most 1\n"
    )
    assert done.stderr == "1 of 2 checks failed\n"


def test_quiet_says_nothing_where_all_holds(folder: Path) -> None:
    done = run(folder, check("calm", "max = 1"), "-q")
    assert (done.return_value, done.stdout, done.stderr) == (0, "", "")
    done = run(folder, check("calm", "max = 1") + check("errors", "max = 0"), "--quiet")
    assert (done.return_value, done.stdout.count("\n")) == (1, 1)


def test_unjudged_fails_unless_it_may(folder: Path) -> None:
    few = "max = 1\nmin_requests = 1000"
    done = run(folder, check("few", few))
    assert (done.return_value, done.stdout) == (
        1, "NOT JUDGED  few: 100 requests, fewer than 1,000\n",
    )  # fmt: skip
    done = run(folder, check("few", f"{few}\nunjudged = 'pass'"))
    assert (done.return_value, done.stdout[:10]) == (0, "NOT JUDGED")
    assert done.stderr == "0 of 1 check failed, 1 could not be judged\n"


def test_json_is_one_object(folder: Path) -> None:
    done = run(folder, check("errors", "max = '1%'"), "--json")
    assert done.return_value == 1
    document = json.loads(done.stdout)
    assert [row["labels"]["authority"] for row in document["checks"][0]["rows"]] == [
        "a\x1b[31m\u202e", "b",
    ]  # fmt: skip
    assert done.stdout.isascii()
    assert done.stdout.replace("\n", "").isprintable()


def test_metrics_go_to_a_file_or_to_stdout(folder: Path) -> None:
    done = run(folder, check("e", "max = 0"), "--to", "prometheus", str(folder / "e.prom"))
    assert done.return_value == 1
    text = (folder / "e.prom").read_text()
    assert 'envoylog_check_passed{check="e"} 0' in text
    done = run(folder, check("e", "max = 0"), "--to", "prometheus", "-")
    assert done.stdout.splitlines()[:3] == text.splitlines()[:3]
    assert done.stderr.startswith("FAILED      e: ")


@pytest.mark.parametrize(
    ("checks", "words", "code", "message"),
    [
        ("x = 1", (), 2, "the checks have 2 faults:\n"),
        (check("e", "max = 0"), ("--since", "noon"), 2, "'noon' is not a time"),
        (check("e", "max = 0"), ("--since", "1h", "--window", "day"), 2, "choose one of"),
        (check("e", "max = 0"), ("--json", "--to", "prometheus", "-"), 2, "choose one of"),
        (check("e", "max = 0"), ("--to", "prometheus", "no/such.prom"), 3, "does not exist"),
        (check("e", "max = 0"), ("--config", "no.toml"), 3, "no.toml cannot be read"),
    ],
)
def test_what_is_wrong_is_one_message(
    folder: Path, checks: str, words: tuple[str, ...], code: int, message: str
) -> None:
    (folder / "checks.toml").write_text(checks)
    done = subprocess.run(
        [sys.executable, "-m", "envoylog", "check", "made.parquet", "--config", "checks.toml",
         *words],
        cwd=folder, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_somebody_is_told_by_mail(folder: Path) -> None:
    """As the documentation says: `envoylog check … -q > failed.txt || mail …`."""
    (folder / "checks.toml").write_text(check("errors", "max = '1%'"))
    program = f"{sys.executable} -m envoylog"
    line = (
        f"{program} check made.parquet --config checks.toml -q > failed.txt 2>/dev/null"
        " || cp failed.txt mailed.txt"
    )
    subprocess.run(line, shell=True, cwd=folder, check=True)  # noqa: S602
    assert (folder / "mailed.txt").read_text().startswith("FAILED      errors: ")
