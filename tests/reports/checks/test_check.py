"""Checks hold, fail, or cannot be judged, and say which; answers are known by hand."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

import envoylog
from envoylog.errors import ConfigurationError
from envoylog.questions.settings_file import parse_settings
from envoylog.reports.checks.config import parse_checks
from envoylog.reports.checks.outcome import Outcome, State
from tests.conftest import ROOT
from tests.questions.made import START, at, made

DAY = 86_400
#: Today a.example fails 2 of 100, b.example is silent, c.example is new; yesterday all went well.
HOUR = [
    *({"at": n, "authority": "a.example", "response_code": 503} for n in range(2)),
    *({"at": n, "authority": "a.example", "response_code": 200} for n in range(2, 100)),
    *({"at": n, "authority": "c.example", "response_code": 200} for n in range(5)),
]  # fmt: skip
YESTERDAY = [
    *({"at": n - DAY, "authority": "a.example", "response_code": 200} for n in range(80)),
    *({"at": n - DAY, "authority": "b.example", "response_code": 200} for n in range(50)),
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> envoylog.AccessLog:
    rows = [*YESTERDAY, *HOUR]
    return made(tmp_path_factory.mktemp("checks"), rows, method="GET", path="/", duration=7)


def judged(log: envoylog.AccessLog, check: str, top: str = "") -> Outcome:
    text = f"since = '{START.isoformat()}'\n{top}\n[[check]]\nname = 'it'\n{check}"
    config = parse_checks(parse_settings(text, "checks.toml"))
    return log.check(config, until=at(3600)).outcomes[-1]


BEFORE_AFTER = """\
question = 'before-after'
column = 'verdict'
is = ['better', 'no difference']
parameters = { at = '2026-11-24T12:00:00Z' }
"""
ERRORS = "question = 'errors-by-authority'\ncolumn = 'error_rate'\n"


@pytest.mark.parametrize(
    ("check", "state", "lines"),
    [
        (f"{ERRORS}max = '2%'", State.PASSED, ["it: at most 2%"]),
        (f"{ERRORS}max = '1%'", State.FAILED,
         ["it: a.example: error_rate 2.00%, at most 1% (100 requests)"]),
        (f"{ERRORS}max = '1%'\nauthority = 'c.*'", State.PASSED,
         ["it: c.example: error_rate 0.00%, at most 1% (5 requests)"]),
        (f"{ERRORS}max = '1%'\nrows = {{ authority = 'c.example' }}", State.PASSED,
         ["it: c.example: error_rate 0.00%, at most 1% (5 requests)"]),
        # Too few: of one row, of all, and no rows at all.
        (f"{ERRORS}max = '2%'\nmin_requests = 100", State.PASSED,
         [("it: a.example: error_rate 2.00%, at most 2% (100 requests); "
           "1 row not judged: fewer than 100 requests")]),
        (f"{ERRORS}max = '2%'\nmin_requests = 101", State.UNJUDGED,
         ["it: 2 rows not judged: fewer than 101 requests"]),
        (f"{ERRORS}max = '2%'\nmin_requests = 106", State.UNJUDGED,
         ["it: 105 requests, fewer than 106"]),
        (f"{ERRORS}max = '2%'\nauthority = 'd.example'", State.UNJUDGED,
         ["it: the answer has no rows, of 0 requests"]),
        # Silence of an authority: against the day before, or by the number of rows.
        ("question = 'authorities'\ncolumn = 'requests'\nbaseline = '1d'\nmax_fall = '90%'",
         State.FAILED, ["it: b.example: requests 0, was 50, may fall by 90% (0 requests)"]),
        ("question = 'authorities'\nauthority = 'b.example'\nmin = 1", State.FAILED,
         ["it: rows 0, at least 1"]),
        ("question = 'authorities'\nauthority = 'c.example'\nmin = 1", State.PASSED,
         ["it: rows 1, at least 1"]),
        # What was nothing rises by any number, but by no share.
        ("question = 'authorities'\ncolumn = 'requests'\nbaseline = '1d'\nmax_rise = 10",
         State.FAILED, ["it: a.example: requests 100, was 80, may rise by 10 (100 requests)"]),
        ("question = 'authorities'\ncolumn = 'requests'\nbaseline = '1d'\nmax_rise = '30%'",
         State.PASSED, [("it: may rise by 30%; 1 row not judged: the baseline is 0")]),
        (f"{ERRORS}baseline = '1d'\nmax_rise = 0.01\nauthority = 'a.example'", State.FAILED,
         ["it: a.example: error_rate 2.00%, was 0.00%, may rise by 0.01 (100 requests)"]),
        (f"{ERRORS}baseline = '1d'\nmax_rise = 0.01\nauthority = 'c.example'", State.UNJUDGED,
         ["it: 1 row not judged: not in the baseline"]),
        (f"{ERRORS}baseline = '2d'\nmax_rise = 0.01", State.UNJUDGED,
         ["it: the baseline begins 2026-11-22 12:00:00 UTC, the data 2026-11-23 12:00:00 UTC"]),
        # Sums, and what the log cannot tell.
        ("question = 'errors-by-authority'\ncolumn = '5xx'\nsum = true\nmax = 1", State.FAILED,
         ["it: 5xx 2, at most 1"]),
        ("question = 'upstream-hosts'\ncolumn = 'error_rate'\nmax = 1", State.UNJUDGED,
         [("it: this log's format lacks %UPSTREAM_HOST%, %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%; "
           "add it to the format, or ask another question (envoylog ask --list)")]),
        # The window of a question that looks back by itself.
        ("question = 'traffic'\ncolumn = 'this'\nrows = { measure = 'requests' }\nmax = 105",
         State.PASSED, ["it: requests: this 105, at most 105"]),
        # Judgements: there is one version only, so no verdict.
        ("question = 'canary'\ncolumn = 'verdict'\nis_not = 'worse'", State.UNJUDGED, None),
        (BEFORE_AFTER, State.UNJUDGED,
         ["it: 1 row not judged: not enough data"]),
    ],
)  # fmt: skip
def test_what_becomes_of_a_check(
    log: envoylog.AccessLog, check: str, state: State, lines: list[str] | None
) -> None:
    outcome = judged(log, check)
    assert outcome.state is state, outcome
    assert outcome.fails == (state is not State.PASSED)
    if lines is not None:
        assert outcome.lines == lines


def test_objectives_are_checked_row_by_row(log: envoylog.AccessLog, tmp_path: Path) -> None:
    (tmp_path / "slo.toml").write_text(
        "period = '1h'\n"
        "[[objective]]\nname = 'a'\nkind = 'availability'\ntarget = 99\nauthority = 'a.example'\n"
        "[[objective]]\nname = 'c'\nkind = 'availability'\ntarget = 99\nauthority = 'c.example'\n"
    )
    path = tmp_path / "checks.toml"
    path.write_text(
        "[[check]]\nname = 'budget'\nquestion = 'slo'\ncolumn = 'spent'\nmax = '80%'\n"
        "parameters = { objectives = 'slo.toml' }\n"
        "[[check]]\nname = 'burn'\nquestion = 'slo'\ntable = 'burn'\ncolumn = '6h'\nmax = 1\n"
        "parameters = { objectives = 'slo.toml' }\n"
    )
    budget, burn = envoylog.check(log, path, until=at(3600)).outcomes
    # Two of a hundred failed where one may.
    assert budget.lines == ["budget: a: spent 200.00%, at most 80% (100 requests)"]
    assert burn.lines == ["burn: a: 6h 2, at most 1"]


def test_unjudged_may_pass_and_is_told(log: envoylog.AccessLog) -> None:
    outcome = judged(log, f"{ERRORS}max = 1\nmin_requests = 1000", "unjudged = 'pass'")
    assert (outcome.state, outcome.fails) == (State.UNJUDGED, False)
    assert outcome.lines == ["it: 105 requests, fewer than 1,000"]


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("question = 'errors-by-authority'\ncolumn = 'error-rate'\nmax = 1",
         "line 6: no column of errors-by-authority 'error-rate': did you mean 'error_rate'?"),
        (f"{ERRORS}max = '5ms'", "line 7: max = '5ms': the column is in ratio"),
        ("question = 'errors-by-authority'\ncolumn = 'authority'\nmax = 1",
         "line 6: the column authority holds no numbers; these do: requests, 4xx"),
        (f"{ERRORS}max = 1\nkey = 'host'", "line 8: no column of errors-by-authority 'host'"),
        (f"{ERRORS}max = 1\nwhere = 'colour = 1'", "line 3: "),
        (f"{ERRORS}max = 1\nsince = 'noon'", "line 8: 'noon' is not a time"),
        (f"{ERRORS}max = 1\nparameters = {{ least = 1 }}", "no parameter 'least'"),
        ("question = 'slo'\nmax = 1\nparameters = { objectives = 'no.toml' }", "no.toml cannot be"),
        ("question = 'canary'\ntable = 'burn'\nmax = 1\nparameters = { by = 'authority' }",
         "line 6: no table 'burn'"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_told_with_its_line(
    log: envoylog.AccessLog, check: str, fault: str
) -> None:
    with pytest.raises(ConfigurationError) as told:
        judged(log, check)
    assert str(told.value).startswith("checks.toml, line ")
    assert fault in str(told.value)


def test_a_log_that_fell_silent_fails(log: envoylog.AccessLog) -> None:
    """Counted back from the newest request, a silent log would look healthy for ever."""
    text = f"max_age = '15m'\n[[check]]\nname = 'it'\n{ERRORS}max = 1"
    config = parse_checks(parse_settings(text, "checks.toml"))
    newest = at(99)
    for minutes, state in ((15, State.PASSED), (16, State.FAILED)):
        checked = log.check(config, now=newest + timedelta(minutes=minutes))
        assert [one.state for one in checked.outcomes] == [state, State.PASSED]
    assert checked.lines()[0] == (
        "FAILED      age of the data: the newest request is of 2026-11-24 12:01:39 UTC; "
        "at most 0:15:00 ago"
    )


def test_data_without_requests_are_not_judged(tmp_path: Path) -> None:
    empty = made(tmp_path, [], authority="a")
    config = parse_checks(parse_settings(f"[[check]]\nname = 'it'\n{ERRORS}max = 1", "c.toml"))
    checked = empty.check(config)
    assert not checked.ok
    assert checked.headline == (
        "0 of 1 check failed, 1 could not be judged, which counts as a failure"
    )


def test_complete_windows_are_judged(log: envoylog.AccessLog) -> None:
    text = f"window = 'hour'\n[[check]]\nname = 'it'\n{ERRORS}max = '1%'"
    config = parse_checks(parse_settings(text, "c.toml"))
    (outcome,) = log.check(config, now=at(3700)).outcomes
    assert (outcome.since, outcome.until) == (at(0), at(3600))
    assert outcome.state is State.FAILED
    (outcome,) = log.check(config, now=at(3500)).outcomes
    assert outcome.lines == ["it: the answer has no rows, of 0 requests"]


def test_results_are_given_in_every_form(log: envoylog.AccessLog) -> None:
    text = f"[[check]]\nname = '<b>it</b>'\n{ERRORS}max = '1%'"
    checked = log.check(parse_checks(parse_settings(text, "c.toml")), since=START)
    document = json.loads(checked.to_json())
    assert not document["ok"]
    (one,) = document["checks"]
    assert [row["value"] for row in one["rows"]] == [0.02, 0.0]
    assert one["unit"] == "ratio"
    assert checked.pl()["state"].to_list() == ["failed", "ok"]
    assert "&lt;b&gt;it&lt;/b&gt;" in checked._repr_html_()
    assert "1 of 1 check failed" in repr(checked)


def test_the_documented_checks_are_understood() -> None:
    for path in ROOT.glob("docs/examples/*checks*.toml"):
        assert envoylog.check is not None
        parse_checks(parse_settings(path.read_text(), path.name))
