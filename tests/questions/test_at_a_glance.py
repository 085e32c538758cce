"""What notebooks show of parsers, runs and logs."""

from __future__ import annotations

from pathlib import Path

import envoylog
from envoylog.pipeline.summary import RunSummary


def test_a_log(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    page, text = log._repr_html_(), repr(log)
    for shown in (page, text):
        assert "2,000 rows, 2026-11-24 02:37:01 to 2026-11-24 02:37:05 UTC" in shown
        assert str(istio_parquet) in shown
    asked = sum(not log.missing(question.needs) for question in log.questions.values())
    assert f"{asked} questions can be asked" in page
    for name in (*log.questions, *log.columns):
        assert f">{name}</td>" in page
    # Why a column is NULL: what the format lacks.
    assert "NULL: needs %DOWNSTREAM_TLS_VERSION%" in page


def test_a_log_without_times(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("200 12\n")
    format_ = "%RESPONSE_CODE% %DURATION%"
    run = envoylog.parse(tmp_path / "x.log", format=format_, to=tmp_path / "x.parquet")
    assert repr(envoylog.open(run.output)).startswith("1 rows\n")


def test_a_log_that_is_closed(istio_parquet: Path) -> None:
    with envoylog.open(istio_parquet) as log:
        pass
    assert repr(log) == f"AccessLog(['{istio_parquet}'])"


def test_a_run(istio_run: RunSummary) -> None:
    page = istio_run._repr_html_()
    for shown in ("2,148", "2,000", "10 ambiguous", "148 envoy application log"):
        assert shown in page
    assert istio_run.output in page


def test_an_ingest(tmp_path: Path, samples: Path) -> None:
    first, second = (
        envoylog.ingest(samples / "envoy.log", format="envoy", into=tmp_path / "data")
        for _ in range(2)
    )
    assert "new lines" in first._repr_html_()
    assert "1 new" in first._repr_html_()
    assert "nothing new" in second._repr_html_()
    assert "1 known" in second._repr_html_()


def test_several_formats_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("200 12ms\n5 HTTP/2\n")
    run = envoylog.parse(
        tmp_path / "x.log",
        format=["%RESPONSE_CODE% %DURATION%ms", "%DURATION% %PROTOCOL%"],
        to=tmp_path / "x.parquet",
    )
    assert run._repr_html_().count(str(tmp_path / "x.log")) == 2
