"""What holds for every question, whoever wrote it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import envoylog
from envoylog.catalog.columns import CANONICAL, DERIVED
from envoylog.catalog.companions import COMPANIONS
from envoylog.charts.chart import CHARTS
from envoylog.cli.ask import ask
from envoylog.questions.library import questions
from envoylog.questions.question import GROUPS

ALL = sorted(questions())
_COLUMNS = {*CANONICAL, *DERIVED, *(name for one in COMPANIONS for name in one.columns)}


@pytest.fixture(scope="module")
def log(istio_parquet: Path) -> Iterator[envoylog.AccessLog]:
    with envoylog.open(istio_parquet) as opened:
        yield opened


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[envoylog.AccessLog]:
    """Give a log whose format has one operator, which no question asks for."""
    path = tmp_path_factory.mktemp("poor") / "poor.parquet"
    pl.DataFrame({"stream_id": ["a", "b"]}).write_parquet(path)
    with envoylog.open(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shuffled(
    istio_parquet: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[envoylog.AccessLog]:
    """Give the same log, its rows in another order."""
    path = tmp_path_factory.mktemp("shuffled") / "shuffled.parquet"
    pl.read_parquet(istio_parquet).sample(fraction=1, shuffle=True, seed=5).write_parquet(path)
    with envoylog.open(path) as opened:
        yield opened


def answered(log: envoylog.AccessLog, name: str, **options: object) -> envoylog.Answer | None:
    """Ask, or give None where the question needs what Istio's format has not."""
    question = questions()[name]
    if log.missing(question.needs):
        return None
    return log.ask(name, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ALL)
def test_the_header_is_whole(name: str) -> None:
    question = questions()[name]
    assert question.title.endswith("?")
    assert question.title[0].isupper()
    assert len(question.reading) > 80
    assert question.reading.endswith(".")
    assert question.group in GROUPS
    assert question.chart.kind in CHARTS
    assert {part for need in question.needs for part in need.split("|")} <= _COLUMNS
    for parameter in question.parameters.values():
        assert parameter.help.endswith(".")


@pytest.mark.parametrize("name", ALL)
def test_a_log_without_the_columns_says_which_operators_to_add(
    poor: envoylog.AccessLog, name: str
) -> None:
    needs = questions()[name].needs
    if not needs:
        pytest.skip("needs nothing")
    with pytest.raises(envoylog.QueryError) as raised:
        poor.ask(name)
    message = str(raised.value)
    assert message.startswith(f"{name} cannot be answered: ")
    missing = poor.missing(needs)
    assert missing
    assert all(reason in message for reason in missing)
    assert "\n" not in message


@pytest.mark.parametrize("name", ALL)
def test_the_answer_is_the_same_each_time_and_has_its_columns(
    log: envoylog.AccessLog, shuffled: envoylog.AccessLog, name: str
) -> None:
    answer = answered(log, name)
    if answer is None:
        pytest.skip("Istio's format lacks what it needs")
    # Only `late` may depend on the order of the rows: it asks for it.
    again = (log if name == "late" else shuffled).ask(name).pl()
    assert_frame_equal(answer.pl(), again)
    columns = set(answer.pl().columns)
    chart = answer.question.chart if answer.question else None
    assert chart is not None
    assert chart.columns <= columns
    assert set(questions()[name].units) <= columns


@pytest.mark.parametrize("name", ALL)
def test_a_window_without_requests_is_no_accident(log: envoylog.AccessLog, name: str) -> None:
    answer = answered(log, name, since="2030-01-01")
    if answer is None:
        pytest.skip("Istio's format lacks what it needs")
    assert answer.basis is not None
    assert answer.basis.requests == 0
    assert any("no request matches" in note for note in answer.notes)


@pytest.mark.parametrize("name", ALL)
def test_the_example_is_a_command_line(name: str) -> None:
    arguments = shlex.split(questions()[name].example)
    context = ask.make_context("ask", [name, "data.parquet", *arguments], resilient_parsing=False)
    assert context.params["question"] == name
    assert context.params["data"] == ("data.parquet",)
