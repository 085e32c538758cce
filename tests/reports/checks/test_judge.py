"""One value is judged by its limits, or cannot be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from envoylog.questions.settings_file import parse_settings
from envoylog.reports.checks.config import Check, parse_checks
from envoylog.reports.checks.judge import Cell, judge
from envoylog.reports.checks.outcome import State


def check(limits: str) -> Check:
    text = f"[[check]]\nname = 'it'\nquestion = 'authorities'\ncolumn = 'requests'\n{limits}"
    return parse_checks(parse_settings(text, "c.toml")).checks[0]


@pytest.mark.parametrize(
    ("limits", "value", "state", "reason"),
    [
        ("max = 3", 3, State.PASSED, ""),
        ("max = 3\nmin = 1", 0, State.FAILED, "at least 1"),
        ("max = 3\nmin = 4", 3.5, State.FAILED, "at most 3, at least 4"),
        ("max = 1", True, State.PASSED, ""),
        ("max = 3", None, State.UNJUDGED, "there is no value"),
        ("max = 3", float("nan"), State.UNJUDGED, "there is no value"),
        ("min = 3", float("inf"), State.UNJUDGED, "there is no value"),
        ("is = 'better'", "better", State.PASSED, ""),
        ("is = ['better', 'worse']", "no difference", State.FAILED, "must be better or worse"),
        ("is_not = 'worse'", "worse", State.FAILED, "must not be worse"),
        ("is_not = 'worse'", "better", State.PASSED, ""),
        ("is_not = 'worse'", "not enough data", State.UNJUDGED, "not enough data"),
        ("is = 'not enough data'", "not enough data", State.PASSED, ""),
        ("is_not = 'no data'", "no data", State.FAILED, "must not be no data"),
        ("is_not = 'met'", "", State.UNJUDGED, "no verdict"),
        ("is = 'true'", True, State.PASSED, ""),
        ("is = 'true'", False, State.FAILED, "must be true"),
        ("is = 'noon'", datetime(2026, 11, 24, tzinfo=UTC), State.FAILED, "must be noon"),
    ],
)  # fmt: skip
def test_a_value_is_judged(limits: str, value: object, state: State, reason: str) -> None:
    row = judge(check(limits), Cell(value), "", {})
    assert (row.state, row.reason) == (state, reason)


def test_requests_are_enough_if_they_were_once() -> None:
    fall = check("max_fall = '50%'\nbaseline = '7d'\nmin_requests = 10")
    assert judge(fall, Cell(0, 0), "", {}, Cell(9, 9)).state is State.UNJUDGED
    assert judge(fall, Cell(0, 0), "", {}, Cell(10, 10)).state is State.FAILED
