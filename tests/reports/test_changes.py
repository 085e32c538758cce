"""The headline of a day that is held against the day before, with numbers that are known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import envoylog
from envoylog.reports.config import Config
from envoylog.reports.findings import Severity
from envoylog.reports.sections import Section
from tests.questions.made import made

DAY = 86_400
COUNT = 1000
CONFIG = Config(sections=(Section("errors-explained"), Section("errors-by-authority")))
USUAL = {"authority": "shop.example.com", "path": "/buy", "response_code": 200, "duration": 20}


def day(
    start: int, *, errors: int = 10, count: int = COUNT, **other: object
) -> Iterator[Mapping[str, object]]:
    """Spread requests over a day, and the errors among them."""
    every = count // errors if errors else count + 1
    for number in range(count):
        row = USUAL | other | {"at": start + number * (DAY / count), "duration": 20 + number % 7}
        yield row | ({"response_code": 503} if number % every == every - 1 else {})


def report(folder: Path, *days: Iterator[Mapping[str, object]], **options: Any) -> envoylog.Report:
    rows = [row for one in days for row in one]
    same = {"method": "GET", "response_flags": None, "downstream_remote_address": "192.0.2.1:1"}
    with made(folder, rows, **same) as log:
        return envoylog.report(log, config=CONFIG, **options)


def sentences(found: envoylog.Report, severity: Severity) -> list[str]:
    return [str(one) for one in found.findings if one.severity is severity]


def test_a_rise_is_told_with_its_numbers_and_its_place(tmp_path: Path) -> None:
    found = report(
        tmp_path, day(0), day(DAY), day(DAY + 1, path="/pay", errors=100, count=200), compare="1d"
    )
    first = sentences(found, Severity.WRONG)[0]
    assert first.startswith(
        "The error rate rose to 9.17% (110 of 1,200 requests); the day before 1.00%: by "
    )
    assert "The route /pay has 100% of the errors that are new: 100 of its 200" in first


def test_programs_read_the_same_change(tmp_path: Path) -> None:
    found = json.loads(report(tmp_path, day(0), day(DAY, errors=100)).to_json())
    rates = [one for one in found["changes"] if one["measure"].startswith("error rate, ")]
    raw, judged = rates
    assert (raw["before"], raw["now"], raw["verdict"]) == (0.01, 0.1, None)
    assert raw["low"] < 0.09 < raw["high"]
    assert (judged["verdict"], judged["level"]) == ("worse", 0.95)


def test_no_change_is_no_news(tmp_path: Path) -> None:
    found = report(tmp_path, day(0), day(DAY))
    assert found.window.earlier_words == "the day before"
    assert sentences(found, Severity.WRONG) == []
    assert sentences(found, Severity.CHANGED) == []
    assert sentences(found, Severity.GOOD) == ["Nothing stands out."]
    assert "1.00% (10 of 1,000 requests) failed; the day before 1.00%: within" in str(
        sentences(found, Severity.FACT)
    )
    found = report(tmp_path, *(day(n * DAY, count=4000, errors=4) for n in (0, 1)))
    assert "0.10% (4 of 4,000 requests) failed, as the day before." in sentences(
        found, Severity.FACT
    )


def test_few_requests_tell_nothing(tmp_path: Path) -> None:
    found = report(tmp_path, day(0, count=20, errors=0), day(DAY, count=20, errors=1))
    assert "5.00% (1 of 20 requests) failed; the day before 0.00%: within what chance makes" in str(
        sentences(found, Severity.FACT)
    )


def test_an_authority_that_fell_silent_is_told(tmp_path: Path) -> None:
    found = report(tmp_path, day(0), day(1, authority="old.example.com", count=30), day(DAY))
    assert "old.example.com is silent: no request, 30 the day before." in sentences(
        found, Severity.WRONG
    )


def test_slower_and_fewer_requests_are_told(tmp_path: Path) -> None:
    slow = (dict(row, duration=200 + n % 7) for n, row in enumerate(day(DAY, count=500, errors=5)))
    found = report(tmp_path, day(0), slow)
    changed = sentences(found, Severity.CHANGED)
    assert any(
        one.startswith("Requests are slower than the day before: median 203") for one in changed
    )
    assert any(one.startswith("50% fewer requests than the day before: 50") for one in changed)


def test_what_compares_with_nothing_says_why(tmp_path: Path) -> None:
    found = report(tmp_path, day(0))
    assert found.window.earlier is None
    assert found.window.why_alone == "the data begin at 2026-11-24 12:00"
    found = report(tmp_path, day(0), compare="none")
    assert found.window.why_alone == "not asked for"


def test_a_window_without_requests_is_wrong(tmp_path: Path) -> None:
    found = report(tmp_path, day(0), day(3 * DAY), since="2026-11-25T14:00", until="2026-11-26")
    assert "There is no request in this window." in sentences(found, Severity.WRONG)
    assert found.to_html().startswith("<!DOCTYPE html>")


def test_a_week_goes_before_a_day(tmp_path: Path) -> None:
    days = (day(n * DAY, count=100, errors=1) for n in range(9))
    assert report(tmp_path, *days).window.earlier_words == "the week before"


def test_clocks_that_were_changed_leave_the_hours_the_same(tmp_path: Path) -> None:
    rows = (day(n * DAY, count=100, errors=1) for n in range(-33, -25))  # from October 22nd on
    found = report(
        tmp_path,
        *rows,
        since="2026-10-25T22:00Z",
        until="2026-10-26T23:00Z",
        compare="1d",
        timezone="Europe/Zurich",
    )
    assert found.window.before
    assert [end.isoformat() for end in found.window.before] == [
        "2026-10-24T21:00:00+00:00",
        "2026-10-25T23:00:00+00:00",
    ]


def test_a_table_shows_what_was_before(tmp_path: Path) -> None:
    found = report(tmp_path, day(0), day(DAY, count=2000, errors=100))
    sections = {one["question"]: one for one in json.loads(found.to_json())["sections"]}
    rows = {side: sections["errors-by-authority"][side]["rows"][0] for side in ("answer", "before")}
    assert (rows["answer"]["requests"], rows["before"]["requests"]) == (2000, 1000)
    lines = found.to_md().splitlines()
    assert any(
        line.startswith("| `shop.example.com` | 2,000 | 1,000 | 0 | 100 | 0 | 5.00% | 1.00% |")
        for line in lines
    )


@pytest.mark.parametrize("form", ["to_html", "to_md", "to_json"])
def test_what_the_format_lacks_is_told_in_a_line(tmp_path: Path, form: str) -> None:
    rows = [{"at": n, "path": "/"} for n in range(10)]
    with made(tmp_path, rows) as log:
        text = getattr(envoylog.report(log), form)()
    assert "lacks %RESPONSE" in text.replace("\\", "")
