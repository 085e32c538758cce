import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from envoylog.spec.strftime import DATES, OFFSETS, SPECIFIERS, TIMES

MOMENTS = [
    datetime(2026, 11, 24, 6, 3, 15, 611000, UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999999, timezone(timedelta(hours=5, minutes=30))),
    datetime(1999, 1, 1, 0, 0, 0, 0, timezone(-timedelta(hours=8))),
]
# What every strftime of C writes the same way in its own locale.
COMMON = [name for name in SPECIFIERS if len(name) == 1 and name not in "klP"]


@pytest.mark.parametrize("name", COMMON)
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_patterns_admit_what_strftime_writes(name: str, moment: datetime) -> None:
    text = moment.strftime(f"%{name}")
    assert re.fullmatch(SPECIFIERS[name].pattern, text), text


@pytest.mark.parametrize("name", SPECIFIERS)
def test_patterns_refuse_the_empty_text_and_more_text(name: str) -> None:
    assert not re.fullmatch(SPECIFIERS[name].pattern, "")
    assert not re.fullmatch(SPECIFIERS[name].pattern, "2026-11-24 06:03:15 x")


def test_dates_and_times_are_made_of_specifiers() -> None:
    for row in (*DATES, *TIMES, OFFSETS):
        assert row <= SPECIFIERS.keys()
