"""Pictures of answers: what stands in them, drawn with the real matplotlib."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import numpy as np
import polars as pl
import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from matplotlib.container import BarContainer  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

import envoylog  # noqa: E402
from envoylog.charts.chart import Chart  # noqa: E402
from envoylog.questions.answer import Answer  # noqa: E402
from envoylog.questions.library import questions  # noqa: E402
from envoylog.questions.question import Question  # noqa: E402
from envoylog.questions.scope import Basis  # noqa: E402

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
BASIS = Basis(START, START, 7)


def answer(frame: pl.DataFrame, chart: Chart, **units: str) -> Answer:
    question = Question(
        "q", "What is it?", "overview", (), "So.", "select 1", chart=chart, units=units
    )
    return Answer(frame, "select 1", {}, question, BASIS)


def test_bars() -> None:
    frame = pl.DataFrame({"route": ["/a", "/$b\x1b", None], "time": [3.0, 2.0, 1.0]})
    ax = answer(frame, Chart("bar", "route", ("time",)), time="ms").plot()
    assert [bar.get_width() for bar in ax.containers[0]] == [3, 2, 1]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["/a", r"/\$b·", "-"]
    assert ax.get_xlabel() == "time [ms]"
    assert ax.get_ylabel() == "route"
    assert ax.get_title(loc="left") == "Highest time: /a, 3 ms"
    assert [text.get_text() for text in ax.texts] == [BASIS.window]
    assert ax.yaxis_inverted()
    matplotlib.pyplot.close("all")


def test_lines_of_a_series_on_given_axes() -> None:
    times = [START, START.replace(hour=13)]
    frame = pl.DataFrame(
        {"time": times * 2, "who": ["a", "a", "b", "b"], "rate": [0.1, None, 1, 0]}
    )
    given = Figure().subplots()
    ax = answer(frame, Chart("line", "time", ("rate",), "who"), rate="ratio").plot(ax=given)
    assert ax is given
    assert len(ax.lines) == 2
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    assert ax.yaxis.get_major_formatter()(0.25, 0) == "25%"


def test_a_heatmap() -> None:
    frame = pl.DataFrame({"hour": [0, 1, 0], "route": ["/a", "/a", "/b"], "n": [1, 2, 3]})
    ax = answer(frame, Chart("heatmap", "hour", ("route",), value="n")).plot(ax=Figure().subplots())
    shown = ax.images[0].get_array()
    assert shown is not None
    assert np.nan_to_num(np.ma.filled(shown, -1), nan=-1).tolist() == [[1, 2], [3, -1]]


def test_long_answers_are_cut_and_say_so() -> None:
    frame = pl.DataFrame({"x": [str(n) for n in range(50)], "y": range(50)})
    ax = answer(frame, Chart("bar", "x", ("y",))).plot(ax=Figure().subplots())
    assert len(ax.patches) == 30
    assert ax.texts[-1].get_text().endswith("; first 30 of 50 rows")


def test_nothing_is_shown_as_nothing() -> None:
    frame = pl.DataFrame({"x": [], "y": []}, schema={"x": pl.String, "y": pl.Int64})
    ax = answer(frame, Chart("bar", "x", ("y",))).plot(ax=Figure().subplots())
    assert [text.get_text() for text in ax.texts] == ["no requests", BASIS.window]
    assert ax.get_title(loc="left") == "What is it?"


def test_what_has_no_chart(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    with pytest.raises(envoylog.QueryError, match="free SQL has no chart"):
        log.sql("select 1").plot()
    with pytest.raises(envoylog.QueryError, match="q has no chart: its answer is a table"):
        answer(pl.DataFrame({"x": [1]}), Chart()).plot()


def test_every_chart_of_our_own_shows_its_answer(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    drawn = set()
    for question in questions().values():
        chart = question.chart
        if chart.kind == "none" or log.missing(question.needs):
            continue
        answer = log.ask(question.id)
        named = {*answer.frame.columns, *(f"share_{name}" for name in chart.y), "total"}
        for template in (chart.label, chart.note, chart.says):
            fields = {field for _text, field, *_rest in Formatter().parse(template) if field}
            assert fields <= named, (question.id, template)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ax = answer.plot(ax=Figure(layout="constrained").subplots())
        if chart.kind == "bar" and answer.frame.height:
            bars = ax.containers[0]
            assert isinstance(bars, BarContainer)
            widths = [bar.get_width() for bar in bars.patches]
            values = answer.frame[chart.y[0]].cast(pl.Float64).fill_null(np.nan).head(30)
            assert np.array_equal(widths, values.to_numpy(), equal_nan=True), question.id
        drawn.add(chart.kind)
    assert drawn == {"bar", "stack", "line", "band", "heatmap", "dot", "whisker", "span"}
