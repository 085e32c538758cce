"""Rejects, explored: every group, where reading stopped, and what would read them."""

from __future__ import annotations

from pathlib import Path

import pytest

import envoylog
from envoylog.questions.rejects import Rejects

FORMAT = '%RESPONSE_CODE% "%REQ(USER-AGENT)%" %DURATION%'
LINES = [
    '200 "curl" 12',
    '200 "curl" twelve',
    '503 "<script>alert(1)</script>" 9 and more',
    '[2026-11-24T02:37:01.455Z] "GET / HTTP/1.1" 200 - 0 5 1 - "-" "curl" "-" "a.example" "-"',
    '200 "curl',
]


@pytest.fixture
def rejects(tmp_path: Path) -> Rejects:
    (tmp_path / "x.log").write_text("\n".join(LINES) + "\n")
    run = envoylog.parse(tmp_path / "x.log", format=FORMAT, to=tmp_path / "x.parquet")
    assert run.rejects == 4
    return envoylog.open(run.output).rejects()


def test_every_reject_is_in_a_group(rejects: Rejects) -> None:
    assert rejects.count == 4
    assert rejects.pl()["count"].sum() == 4
    assert list(rejects.df()["reason"]) == rejects.pl()["reason"].to_list()
    texts = {example["text"] for group in rejects.pl()["examples"] for example in group}
    assert texts == set(LINES[1:])


@pytest.mark.parametrize(
    ("line", "read"), [(LINES[1], '200 "curl" '), (LINES[4], '200 "'), (LINES[3], "")]
)
def test_it_shows_where_reading_stopped(rejects: Rejects, line: str, read: str) -> None:
    assert line[: rejects.stopped_at(line)] == read


def test_html_marks_the_rest_and_lets_nothing_act(rejects: Rejects) -> None:
    page = rejects._repr_html_()
    assert "4 rejects" in page
    assert "<script>" not in page
    assert "200 &quot;curl&quot; <mark>twelve</mark>" in page
    assert "--format envoy" in page
    assert page.count("<details>") == len(rejects.pl())


def test_no_rejects_are_told(istio_parquet: Path) -> None:
    found = envoylog.open(istio_parquet).rejects()
    assert found.count == 0
    assert "every line was read or skipped" in found._repr_html_()


def test_where_the_format_is_unknown_lines_stand_unmarked(rejects: Rejects) -> None:
    page = Rejects(rejects.frame)._repr_html_()
    assert "<mark>" not in page
    assert "twelve" in page
