"""What is unlike earlier days stands in the headline, in a section, and on the figures."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from pathlib import Path

import pytest

from envoylog.charts.marks import Mark
from envoylog.questions.settings_file import parse_settings
from envoylog.reports.config import parse_config
from envoylog.reports.figures import figure
from envoylog.reports.report import Report
from envoylog.reports.unlike import marks
from tests.questions.test_anomalies import END, weeks

CONFIG = "\n".join(
    f"[[section]]\nquestion = '{name}'"
    for name in ("error-rate", "status-over-time", "latency-over-time", "anomalies")
)
HOURS = timedelta(hours=1)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("unlike")
    failing = {("api.example", back): 0.6 for back in (6, 5, 4)}
    with weeks(folder, errors=failing, traffic={("shop.example", 12): 5}) as log:
        config = parse_config(parse_settings(CONFIG, "report.toml"))
        return log.report(config, since=END - 24 * HOURS, until=END)


def marked(report: Report, name: str) -> tuple[Mark, ...]:
    (part,) = (part for part in report.parts if part.question.id == name)
    return marks(report, part)


def test_figures_mark_what_they_show(report: Report) -> None:
    errors = Mark(END - 6 * HOURS, END - 3 * HOURS, "errors: api.example")
    surge = Mark(END - 12 * HOURS, END - 11 * HOURS, "requests: shop.example")
    assert marked(report, "error-rate") == (errors,)
    assert set(marked(report, "status-over-time")) == {errors, surge}
    assert marked(report, "latency-over-time") == ()
    (part,) = (part for part in report.parts if part.question.id == "error-rate")
    drawn = figure(report, part)
    assert drawn
    assert "errors: api.example" in b64decode(drawn.source.partition(",")[2]).decode()


def test_the_headline_says_each_event_once(report: Report) -> None:
    told = [str(finding) for finding in report.findings if finding.section == "anomalies"]
    assert len(told) == 2
    (failing,) = (one for one in told if "errors" in one)
    assert failing.startswith("From 12:00 to 15:00 api.example had ")
    assert "where earlier days let expect" in failing


def test_a_log_of_few_days_says_so(istio_parquet: Path) -> None:
    import envoylog

    config = parse_config(parse_settings(CONFIG, "report.toml"))
    (part,) = (
        part
        for part in envoylog.report(istio_parquet, config=config).parts
        if part.question.id == "anomalies"
    )
    assert part.refusal.startswith("too few earlier days to compare with: 0 of the same kind")
