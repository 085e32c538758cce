"""`envoylog ask`: a question's own parameters as options, and what a person sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from envoylog.cli.ask import ask
from envoylog.errors import EnvoylogError, QueryError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ask, [*arguments], catch_exceptions=False)


def rows(result: Result) -> list[list[str]]:
    return [line.split() for line in result.stdout.splitlines()[3:]]


@pytest.mark.parametrize(
    "arguments",
    [
        ("slow-requests", "{data}", "--slower-than", "350"),
        ("--slower-than=350", "slow-requests", "{data}"),
        ("slow-requests", "{data}", "--set", "slower_than=350"),
        ("slow-requests", "{data}", "--set", "slower_than=1", "--slower-than", "350"),
    ],
)
def test_parameters_are_options(istio_parquet: Path, arguments: tuple[str, ...]) -> None:
    result = run(*(text.format(data=istio_parquet) for text in arguments))
    assert result.exit_code == 0
    assert [row[2] for row in rows(result)] == ["647", "401", "352"]


def test_a_wrong_value_is_refused(istio_parquet: Path) -> None:
    with pytest.raises(QueryError, match=r"sort='p98': the value must be one of sum, count"):
        run("profile", str(istio_parquet), "--sort", "p98")


def test_options_of_other_questions_are_refused(istio_parquet: Path) -> None:
    result = run("traffic", str(istio_parquet), "--sort", "p99")
    assert result.exit_code == 2
    assert "No such option '--sort'" in result.output


def test_help_of_a_question_lists_its_parameters() -> None:
    assert "--sort sum|count|4xx" in run("profile", "--help").output
    assert "--sort sum" not in run("--help").output


def test_questions_of_a_folder_have_options_too(istio_parquet: Path, tmp_path: Path) -> None:
    (tmp_path / "fast.sql").write_text(
        '-- title = "What is fast?"\n-- group = "latency"\n-- needs = ["duration"]\n'
        '-- reading = "Those below --most."\n-- [parameters.most]\n-- type = "integer"\n'
        '-- help = "At most so many ms."\n'
        "select count(*) as requests from requests where duration <= $most\n"
    )
    result = run("--questions", str(tmp_path), "fast", str(istio_parquet), "--most", "1000000")
    assert result.stdout.split()[-1] == "2,000"


def test_times_are_those_of_the_zone(istio_parquet: Path) -> None:
    asked = ("error-rate", str(istio_parquet), "--bucket", "1h", "--timezone")
    assert run(*asked, "UTC").stdout.splitlines()[2].startswith("2026-11-24 02:00:00  ")
    # Hours of India begin half an hour past those of UTC.
    assert run(*asked, "Asia/Kolkata").stdout.splitlines()[2].startswith("2026-11-24 08:00:00  ")
    milliseconds = run("slow-requests", str(istio_parquet), "--limit", "1").stdout
    assert "2026-11-24 02:37:03.763 " in milliseconds


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_a_picture_is_drawn_beside_the_answer(
    istio_parquet: Path, tmp_path: Path, ending: str, start: bytes
) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / f"flags.{ending}"
    asked = ("flags", str(istio_parquet), "--json")
    result = run(*asked, "--plot", str(picture))
    assert result.exit_code == 0
    assert result.stdout == run(*asked).stdout
    assert picture.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("question", "name", "message"),
    [
        ("flags", "flags.docx", r"flags\.docx: a picture's name ends in \.svg, \.png, \.pdf"),
        ("flags", "no/flags.svg", r"cannot write .*flags\.svg: the folder .* does not exist"),
        ("clock", "clock.svg", "clock has no chart: its answer is a table"),
    ],
)
def test_a_picture_that_cannot_be(
    istio_parquet: Path, tmp_path: Path, question: str, name: str, message: str
) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(EnvoylogError, match=message):
        run(question, str(istio_parquet), "--plot", str(tmp_path / name))
