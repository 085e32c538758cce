"""Limits are in the units that people write, values in those of the column."""

from __future__ import annotations

import pytest

from envoylog.errors import QueryError
from envoylog.reports.checks.limits import Bound, Limit


@pytest.mark.parametrize(
    ("given", "unit", "limit"),
    [
        (0.01, "ratio", 0.01),
        ("1%", "ratio", 0.01),
        (250, "ms", 250),
        ("250ms", "ms", 250),
        ("1.5s", "ms", 1500),
        ("2 m", "s", 120),
        ("30us", "ms", 0.03),
        ("10MB", "By", 1e7),
        ("-5", "", -5),
    ],
)
def test_a_limit_is_converted(given: object, unit: str, limit: float) -> None:
    assert Limit.read(Bound.MAX, given).within(unit) == limit


@pytest.mark.parametrize(
    ("given", "unit", "message"),
    [
        ("1%", "ms", "max = '1%': the column is in ms"),
        ("5ms", "ratio", "max = '5ms': the column is in ratio"),
        ("5ms", "", "max = '5ms': the column has no unit"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused(given: str, unit: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        Limit.read(Bound.MAX, given).within(unit)


@pytest.mark.parametrize("given", [True, None, [1], "", "%", "1 parsec", "nan", "1e3", "1%%"])
def test_what_is_no_limit_is_refused(given: object) -> None:
    with pytest.raises(QueryError, match="write a number"):
        Limit.read(Bound.MIN, given)


@pytest.mark.parametrize(
    ("bound", "given", "value", "before", "holds"),
    [
        (Bound.MAX, 10, 10, None, True),
        (Bound.MAX, 10, 10.1, None, False),
        (Bound.MIN, 10, 9.9, None, False),
        (Bound.MAX_RISE, "50%", 150, 100, True),
        (Bound.MAX_RISE, "50%", 151, 100, False),
        (Bound.MAX_RISE, 20, 119, 100, True),
        (Bound.MAX_RISE, 20, 121, 100, False),
        (Bound.MAX_RISE, "50%", 5, 100, True),
        (Bound.MAX_FALL, "90%", 10, 100, True),
        (Bound.MAX_FALL, "90%", 9, 100, False),
        (Bound.MAX_FALL, "90%", 900, 100, True),
        (Bound.MAX_RISE, "50%", 5, None, None),
        (Bound.MAX_RISE, "50%", 5, 0, None),
        (Bound.MAX_RISE, "50%", 0, 0, True),
        (Bound.MAX_RISE, 3, 5, 0, False),
        (Bound.MAX_FALL, "50%", 5, 0, True),
    ],
)
def test_limits_hold_or_not(
    bound: Bound, given: object, value: float, before: float | None, holds: bool | None
) -> None:
    assert Limit.read(bound, given).holds(value, before, "") is holds
