"""The command as the shell sees it: real processes, exit codes, stdout and stderr apart."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

COMMAND = [sys.executable, "-m", "envoylog"]


def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], input=stdin, capture_output=True, check=False
    )


def test_parse_then_ask(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    parsed = run("parse", "--format", "istio", "sample_logs/istio.log", "-o", out)
    assert (parsed.returncode, parsed.stdout) == (0, b"")
    summary = parsed.stderr.decode()
    for words in (
        "lines       2,148",
        "rows        2,000  10 ambiguous",
        "148 envoy application log",
    ):
        assert words in summary
    assert summary.endswith(f"wrote      {out} and {tmp_path / 'out.rejects.parquet'}\n")

    asked = run("ask", "errors-by-authority", out)
    assert asked.returncode == 0
    first, _rule, row, *_rest = asked.stdout.decode().splitlines()
    assert first.split() == ["authority", "requests", "4xx", "5xx", "code_0", "error_rate"]
    assert row.split() == ["api.example.com", "790", "95", "231", "28", "29.24%"]
    assert "How to read it: 5xx counts" in asked.stderr.decode()

    answered = json.loads(run("ask", "clients", out, "--limit", 1, "--json").stdout)
    assert answered["requests"] == 2000
    assert len(answered["rows"]) == 1
    lines = run("ask", "clients", out, "--limit", 2, "--csv").stdout.decode().splitlines()
    assert lines[0].startswith("client_ip,requests,share,errors,error_rate,time,bytes_received,")
    assert len(lines) == 3
    counted = run("sql", out, "select count(*) as n from access", "--csv")
    assert counted.stdout == b"n\n2000\n"
    assert b"no rejects" in run("rejects", out).stderr


def test_summary_as_json(tmp_path: Path) -> None:
    done = run(
        "parse", "-f", "envoy", "sample_logs/envoy.log", "-o", tmp_path / "o.parquet", "--json"
    )
    summary = json.loads(done.stdout)
    assert summary["lines"] == summary["rows"] == 2000
    assert done.stderr == b""


def test_standard_input_and_output(tmp_path: Path) -> None:
    log = Path("sample_logs/envoy.log").read_bytes()
    done = run(
        "parse", "-f", "envoy", "-", "-o", "-", "--rejects", tmp_path / "r.parquet", stdin=log
    )
    assert done.returncode == 0
    assert pl.read_parquet(done.stdout).height == 2000
    assert pl.read_parquet(tmp_path / "r.parquet").is_empty()


def test_the_wrong_format(tmp_path: Path) -> None:
    done = run("parse", "-f", "envoy", "sample_logs/istio.log", "-o", tmp_path / "o.parquet", "-q")
    assert done.returncode == 1
    assert done.stderr.decode() == (
        "envoylog: 2,000 of 2,000 lines were rejected: envoy does not fit these logs; "
        "they look like --format istio-1.23\n"
    )
    grouped = run("rejects", tmp_path / "o.parquet").stdout.decode().splitlines()[2]
    assert grouped.split(maxsplit=2)[:2] == ["2,000", "bytes_received"]
    example = json.loads(run("rejects", tmp_path / "o.parquet", "--json").stdout)[0]["examples"][0]
    assert example["source"] == "sample_logs/istio.log"
    lenient = ("--max-reject-rate", 1)
    again = run(
        "parse", "-f", "envoy", "sample_logs/istio.log", "-o", tmp_path / "p.parquet", *lenient
    )
    assert again.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["parse"], 2, "envoylog parse: Missing argument 'LOGS...'."),
        (["parse", "a.log"], 2, "envoylog parse: Missing option '--output' / '-o'."),
        (
            ["parse", "-f", "istio", "nowhere.log", "-o", "o"],
            3,
            "envoylog: no such file or directory: nowhere.log",
        ),
        (
            ["parse", "-f", "istio", "*.nothing", "-o", "o"],
            3,
            "envoylog: no file matches *.nothing",
        ),
        (["parse", "-f", "istio", "{empty}", "-o", "o"], 3, "envoylog: no files in the directory"),
        (
            ["parse", "-f", "istoi", "sample_logs", "-o", "o"],
            2,
            "envoylog: no format or file 'istoi': did you mean 'istio'?",
        ),
        (
            ["parse", "-f", "istio", "sample_logs/envoy.log", "-o", "no/dir/o"],
            3,
            "envoylog: cannot write no/dir/o: the folder no/dir does not exist",
        ),
        (
            ["parse", "-f", "istio", "sample_logs/envoy.log", "-o", "-"],
            2,
            "envoylog parse: rows go to stdout: say where rejects go",
        ),
        (
            ["parse", "-f", "istio", "x", "-o", "-", "--json"],
            2,
            "envoylog parse: --json and -o - both want stdout",
        ),
        (["ask", "clients", "README.md"], 3, "envoylog: README.md cannot be read as Parquet"),
        (["ask", "clients", "nowhere"], 3, "envoylog: no such file: nowhere"),
        (["ask"], 2, "envoylog ask: say which question and which data, or --list"),
        (
            ["ask", "clients", "x", "--json", "--csv"],
            2,
            "envoylog ask: choose one of --json and --csv",
        ),
        (
            ["rejects", "nowhere.rejects.parquet"],
            3,
            "envoylog: no such file: nowhere.rejects.parquet",
        ),
        (["nonsense"], 2, "envoylog: No such command 'nonsense'."),
    ],
)
def test_mistakes_get_one_line(tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    done = run(*(argument.format(empty=tmp_path) for argument in arguments))
    assert done.stderr.decode().startswith(words)
    assert done.stderr.count(b"\n") == 1
    assert (done.returncode, done.stdout) == (code, b"")


def test_a_format_with_typos_shows_each_place() -> None:
    done = run("format", "explain", "%PROTOCL% %req(:path)% %DURATION")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "envoylog: the format has 2 faults:",
        "command operators are upper case",
        "  %PROTOCL% %req(:path)% %DURATION",
        "            ^^^^^^^^^^^^",
        "the command operator is not closed with `%`",
        "  %PROTOCL% %req(:path)% %DURATION",
        "                         ^^^^^^^^^",
    ]


def test_unknown_operators_are_noted() -> None:
    done = run("format", "explain", "%PROTOCL% %DURATION%")
    assert (
        "note: %PROTOCL% is not an operator of Envoy 1.40: read as free text"
        in done.stdout.decode()
    )
    facts = json.loads(run("format", "explain", "istio", "--json").stdout)
    assert [field["column"] for field in facts["fields"]][:3] == ["start_time", "method", "path"]
    assert b"istio-1.23" in run("format", "list").stdout
    assert len(json.loads(run("format", "list", "--json").stdout)) == 10


def test_hostile_text_reaches_no_terminal(tmp_path: Path) -> None:
    agent = "\x1b[2J\x9b31m\u202eevil"
    (tmp_path / "a.log").write_text(
        '{"ua":"' + agent.replace("\x1b", "\\u001b") + '"}\noops \x1b[0m\n'
    )
    out = tmp_path / "o.parquet"
    run("parse", "-f", '{"ua":"%REQ(USER-AGENT)%"}', tmp_path / "a.log", "-o", out)
    shown = run("sql", out, "select user_agent from access").stdout + run("rejects", out).stdout
    for character in "\x1b\x9b\u202e":
        assert character not in shown.decode()
    assert "\\x1b[2J\\x9b31m\\u202eevil" in shown.decode()
    raw = json.loads(run("sql", out, "select user_agent from access", "--json").stdout)
    assert raw["rows"][0]["user_agent"] == agent


def test_a_broken_pipe_is_quiet(istio_parquet: Path) -> None:
    command = " ".join([*COMMAND, "sql", str(istio_parquet), "'select * from access'", "--csv"])
    done = subprocess.run(f"{command} | head -1", shell=True, capture_output=True, check=False)  # noqa: S602
    assert done.stdout.startswith(b"start_time,method")
    assert done.stderr in {b"", b"2000 rows\n"}


def test_progress_on_a_terminal_only(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    arguments = ["parse", "-f", "envoy", "sample_logs/envoy.log", "-o", str(tmp_path / "o.parquet")]
    with subprocess.Popen(
        [*COMMAND, *arguments], stderr=follower, env={**os.environ, "TERM": "xterm"}
    ) as process:
        os.close(follower)
        seen = b""
        while True:
            try:
                chunk = os.read(leader, 4096)
            except OSError:
                break
            if not chunk:
                break
            seen += chunk
        assert process.wait() == 0
    os.close(leader)
    assert b"2,000 lines" in seen
    assert b"\x1b[2K" in seen


@pytest.mark.parametrize("flag", ["-h", "--help", "-V", "--version"])
def test_help_and_version_load_no_dataframe_library(flag: str) -> None:
    code = (
        "import sys\nfrom envoylog.cli import cli\n"
        f"assert cli.main(['{flag}'], standalone_mode=False) == 0\n"
        "heavy = {'polars', 'pyarrow', 'duckdb', 'rich', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("words", [["ask", "--list"], ["ask", "--list", "--json"], ["--help"]])
def test_standard_output_that_is_full(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3
    said = "envoylog: cannot write standard output: No space left on device\n"
    assert done.stderr.decode() == said


def test_import_envoylog_is_light() -> None:
    code = "import sys, envoylog; assert not {'polars', 'duckdb'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


def test_completion_offers_names() -> None:
    env = {**os.environ, "_ENVOYLOG_COMPLETE": "bash_complete", "COMP_CWORD": "3"}
    env["COMP_WORDS"] = "envoylog parse --format ist"
    done = subprocess.run(COMMAND, env=env, capture_output=True, check=False)
    assert b"plain,istio-json" in done.stdout


def test_colours_are_off_without_a_terminal(istio_parquet: Path) -> None:
    assert b"\x1b[" not in run("ask", "clients", istio_parquet).stdout
