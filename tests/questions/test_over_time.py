"""Lines over time: small answers computed by hand."""

from __future__ import annotations

from pathlib import Path

from tests.questions.made import at, made, table


def test_status_over_time(tmp_path: Path) -> None:
    codes = "at response_code user_agent"
    rows = table(codes, (0, 200, None), (1, 204, None), (59, 404, None), (61, 503, "curl/8"))
    rows += table(codes, (181, 0, None), (182, 302, None), (183, None, None))
    rows += table(codes, (62, 500, "kube-probe/1.29"))
    answer = made(tmp_path, rows).ask("status-over-time", bucket="1m").pl()
    assert answer.rows() == [
        (at(0), 3, 0, 2, 0, 1, 0, 0),
        (at(60), 1, 0, 0, 0, 0, 1, 0),
        (at(120), 0, 0, 0, 0, 0, 0, 0),
        # Neither code 0 nor a code that is not logged is a status.
        (at(180), 3, 0, 0, 1, 0, 0, 2),
    ]


def test_latency_over_time(tmp_path: Path) -> None:
    rows = [{"at": 0, "duration": ms} for ms in (1, 2, 3, 4, 50)]
    rows += [{"at": 130, "duration": ms} for ms in (7, 9)]
    answer = made(tmp_path, rows, response_code=200).ask("latency-over-time", bucket="1m").pl()
    assert answer.rows() == [
        (at(0), 5, 3, None, None, 50),
        (at(60), 0, None, None, None, None),
        (at(120), 2, None, None, None, 9),
    ]


def test_latency_heatmap(tmp_path: Path) -> None:
    rows = [{"at": 0, "duration": ms} for ms in (2, 4, 5, 9, 10)]
    rows += [{"at": 61, "duration": 3}]
    answer = made(tmp_path, rows, response_code=200).ask("latency-heatmap", bucket="1m").pl()
    assert answer.rows() == [
        (at(0), 2, 5, 2),
        (at(0), 5, 10, 2),
        (at(0), 10, 20, 1),
        (at(60), 2, 5, 1),
        (at(60), 5, 10, 0),
        (at(60), 10, 20, 0),
    ]
