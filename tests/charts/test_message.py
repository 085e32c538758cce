"""What titles say, and what they do not."""

from __future__ import annotations

from typing import Any

import pytest

from envoylog.charts.message import message
from envoylog.errors import QueryError
from tests.charts.pictures import minutes, picture

NAMES = ["a", "b", "c"]
SAYS = "{x} fails most: {y}"


@pytest.mark.parametrize(
    ("kind", "y", "more", "expected"),
    [
        ("bar", [5, 9, 1], {}, "b fails most: 9"),
        ("bar", [5, 9, 1], {"says": ""}, "Highest y: b, 9"),
        ("bar", [9, 9, 1], {}, ""),  # equals: none is first
        ("bar", [0, 0, 0], {}, ""),
        ("bar", [None, None, None], {}, ""),
        ("bar", [None, 3, 1], {}, "b fails most: 3"),
        ("bar", [float("nan"), 3, 1], {}, "b fails most: 3"),
        ("bar", [-9, 5, 1], {}, "a fails most: -9"),  # of changes the largest
        ("bar", [5, 9, 1], {"whole": False}, ""),  # what was cut off may be more
        ("bar", [9, 5, 1], {"whole": False}, "a fails most: 9"),  # unless it is in order
        ("bar", [9, 5, 1], {"message": "Judged\u202e."}, "Judged·."),
        ("dot", [0.5, 0.1, 0.6], {"limits": {"alike": 0.5}}, "b fails most: 0.1"),
        ("dot", [1, 2, 3], {"verdict": "v", "otherwise": "None."}, "None."),
    ],
)
def test_of_rows(kind: str, y: list[Any], more: dict[str, Any], expected: str) -> None:
    columns = {"x": NAMES, "y": y, "v": ["alike", None, "too few"]}
    assert message(picture(kind, "x", "y", columns, **{"says": SAYS, **more})) == expected


def test_a_verdict_decides() -> None:
    columns = {"x": NAMES, "y": [0.9, 0.7, 0.2], "v": ["alike", "slower", "faster"]}
    made = picture("dot", "x", "y", columns, verdict="v", says="{x} is {v}", otherwise="None.")
    assert message(made) == "b is slower"


def test_two_values_are_compared() -> None:
    columns = {"x": NAMES, "before": [10, 10, None], "after": [11, 30, 90]}
    made = picture("dot", "x", "before after", columns, says="{x}: {before}, {after}")
    assert message(made) == "b: 10, 30"


def test_intervals_speak_by_their_sure_end() -> None:
    columns = {"x": NAMES, "p": [5, 50, 20], "low": [4, 1, 15], "high": [6, 99, 25]}
    made = picture("whisker", "x", "p low high", columns, says="{x}: {low} or more")
    assert message(made) == "c: 15 or more"


@pytest.mark.parametrize(
    ("y", "whole", "expected"),
    [
        ([5], True, "Only a: 5 y"),
        ([5], False, ""),
        ([0], True, ""),
        ([None], True, ""),
        ([], True, ""),
    ],
)
def test_one_row_is_no_comparison(y: list[int | None], whole: bool, expected: str) -> None:
    columns = {"x": NAMES[: len(y)], "y": y}
    assert message(picture("bar", "x", "y", columns, says=SAYS, whole=whole)) == expected


@pytest.mark.parametrize(
    ("y", "more", "expected"),
    [
        ([1, 9, 3], {}, "Y peaks at 9, 11-24 12:01"),
        ([1, 9, 3], {"says": "{y} at {t}"}, "9 at 11-24 12:01"),
        ([1, 9, 3], {"whole": False}, ""),
        ([2, 2, 2], {}, "Y is 2 throughout"),
        ([None, None, None], {}, ""),
        ([None, 4, None], {}, ""),  # one point does not say what it was throughout
    ],
)
def test_over_time(y: list[Any], more: dict[str, Any], expected: str) -> None:
    assert message(picture("line", "t", "y", {"t": minutes(0, 1, 2), "y": y}, **more)) == expected


def test_bands_speak_of_the_highest_quantile() -> None:
    columns = {"t": minutes(0, 1), "p50": [9, 1], "p99": [10, 99]}
    made = picture("band", "t", "p50 p99", columns, units={"p50": "ms", "p99": "ms"})
    assert message(made) == "P99 peaks at 99 ms, 11-24 12:01"


def test_parts_are_summed() -> None:
    columns = {"t": minutes(0, 1), "5xx": [1, 2], "2xx": [3, 6]}
    says = "{share_5xx} of {total} answered 5xx"
    assert message(picture("stack", "t", "5xx 2xx", columns, says=says)) == "25% of 12 answered 5xx"
    assert message(picture("stack", "t", "5xx 2xx", columns)) == "2xx: 75% of 12"
    nothing = {"t": minutes(0, 1), "5xx": [0, 0], "2xx": [0, None]}
    assert message(picture("stack", "t", "5xx 2xx", nothing, says=says)) == ""


def test_cells() -> None:
    columns = {"t": minutes(0, 1), "y": ["a", "b"], "n": [1, 5]}
    assert message(picture("heatmap", "t", "y", columns, value="n")) == (
        "Most n: 5 at b, 11-24 12:01"
    )
    columns |= {"n": [5, 5]}
    assert message(picture("heatmap", "t", "y", columns, value="n")) == ""


def test_spans() -> None:
    columns = {"since": minutes(0), "until": minutes(5), "name": ["x"]}
    made = picture("span", "since", "until", columns, says="{name} from {since} to {until}")
    assert message(made) == "x from 11-24 12:00 to 11-24 12:05"


def test_hostile_values_are_words() -> None:
    columns = {"x": ["{y}\x1b{0.__class__}", "b"], "y": [5, 1]}
    assert (
        message(picture("bar", "x", "y", columns, says=SAYS)) == "{y}·{0.__class__} fails most: 5"
    )


def test_a_template_without_its_column_is_refused() -> None:
    made = picture("bar", "x", "y", {"x": ["a", "b"], "y": [5, 1]}, says="{z} fails")
    with pytest.raises(QueryError, match=r"q: the template '\{z\} fails': KeyError\('z'\)"):
        message(made)
