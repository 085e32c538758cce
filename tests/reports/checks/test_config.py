"""Every fault of a `checks.toml` is told, with its line and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from envoylog.errors import ConfigurationError, InputError
from envoylog.questions.settings_file import parse_settings
from envoylog.reports.checks.config import Checks, parse_checks, read_checks
from envoylog.reports.checks.limits import Bound, Limit

GOOD = """\
[[check]]
name = "errors"
question = "errors-by-authority"
column = "error_rate"
max = "1%"
"""
CANARY = "[[check]]\nname='c'\nquestion='canary'\ncolumn='verdict'\nis='better'\n"


def parse(text: str) -> Checks:
    return parse_checks(parse_settings(text, "checks.toml"))


def test_a_check_is_understood() -> None:
    text = f"""
since = "1h"
max_age = "15m"
unjudged = "pass"
where = "method = 'GET'"

{GOOD}min = 0
min_requests = 100
authority = ["a", "b*"]
where = "response_code > 0"
rows = {{ authority = "a" }}

[[check]]
name = "fall"
question = "authorities"
column = "requests"
unjudged = "fail"
baseline = "7d"
max_fall = "90%"
"""
    checks = parse(text)
    errors, fall = checks.checks
    assert (checks.since, str(checks.max_age)) == ("1h", "0:15:00")
    assert errors.limits == (Limit(Bound.MAX, 1, "%"), Limit(Bound.MIN, 0))
    assert (errors.unjudged, fall.unjudged) == ("pass", "fail")
    assert errors.filters.where == "(method = 'GET') and (response_code > 0)"
    assert errors.filters.authority == ("a", "b*")
    assert (errors.min_requests, dict(errors.rows)) == (100, {"authority": "a"})
    assert fall.baseline
    assert fall.baseline.days == 7


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: there is no [[check]]"),
        ("[check]\nname = 'a'", "line 1: write [[check]], once for each"),
        (f"colour = 1\n{GOOD}", "line 1: no key 'colour'"),
        (f"window = 'month'\n{GOOD}", "line 1: window = 'month': window must be hour or day or"),
        (f"window = 'day'\nsince = '1d'\n{GOOD}", "line 1: write window or since, not both"),
        (f"timezone = 'Mars'\n{GOOD}", "line 1: no time zone 'Mars'"),
        (f"max_age = 'old'\n{GOOD}", "line 1: max_age: 'old' is not a length of time"),
        (f"unjudged = 'maybe'\n{GOOD}", "line 1: unjudged = 'maybe': unjudged must be fail or pass"),
        (GOOD.replace("errors-by-authority", "errors"), "line 3: no question 'errors': did you mean"),
        (GOOD.replace("errors-by-authority", "canari"), "did you mean 'canary'?"),
        (GOOD.replace("name", "nam"), "line 2: no key 'nam': did you mean 'name'?"),
        (GOOD.replace('name = "errors"', ""), "line 1: the check lacks name"),
        (GOOD.replace('"1%"', '"lots"'), "line 5: max = 'lots': write a number, or \"1%\", \"250ms\""),
        (GOOD.replace('"1%"', "true"), "line 5: max = True: write a number"),
        (GOOD.replace('max = "1%"', ""), "line 1: the check has no limit: one of max, min, max_rise"),
        (GOOD.replace("max", "max_rise"), "line 5: max_rise needs a baseline, such as '7d'"),
        (f"{GOOD}baseline = '7d'", "line 6: a baseline needs max_rise or max_fall"),
        (f"{GOOD}min_requests = -1", "line 6: min_requests must be a whole number"),
        (f"{GOOD}table = 'burn'", "line 6: table is for slo, canary"),
        (f"{GOOD}sum = 'yes'", "line 6: sum must be true or false"),
        (f"{GOOD}include = 'probes'", "line 6: no kind of request 'probes': did you mean 'probe'?"),
        (f"{GOOD}{GOOD}", "line 7: two checks are called 'errors'"),
        ("[[check]]\nname='s'\nquestion='slo'\nmax=1", "line 1: slo needs parameters.objectives"),
        (f"{CANARY}[check.parameters]\nbe = 'host'", "line 7: no parameter 'be'"),
        (
            "[[check]]\nname='c'\nquestion='canary'\nmax_rise=1\nbaseline='7d'",
            "line 5: canary compares by itself: no baseline",
        ),
        ("[[check]]\nname='c'\nquestion='unread'\nis='a'", "line 4: is and is_not need a column"),
    ],
)  # fmt: skip
def test_a_fault_is_told(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    assert str(told.value).count("\n") == 0
    assert str(told.value).startswith("checks.toml, line ")
    assert fault in str(told.value)


def test_all_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = f"colour = 1\nunjudged = 'no'\n{GOOD.replace('1%', 'x')}{GOOD}maximum = 1\n"
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    head, *faults = str(told.value).splitlines()
    assert head == "the checks have 4 faults:"
    # The name stands twice only if both checks could be read.
    assert [fault.split(":")[0] for fault in faults] == [
        f"checks.toml, line {line}" for line in (1, 2, 7, 13)
    ]


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_checks(tmp_path / "no.toml")
    (tmp_path / "bad.toml").write_text("[[check")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        read_checks(tmp_path / "bad.toml")
