"""Metrics are read by the official parsers, of OpenMetrics and of Prometheus' older format."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

import envoylog
from envoylog.errors import OutputError
from envoylog.questions.settings_file import parse_settings
from envoylog.reports.checks.checked import Checked
from envoylog.reports.checks.config import parse_checks
from envoylog.reports.checks.openmetrics import MOST_SERIES
from tests.questions.made import at, made

HOSTILE = ['a"} 1\nenvoylog_check_passed{check="x"} 1', "back\\slash\\", "\x1b[31mred", "\u202eltr",
           "{}#,=", "ünïcode", ""]  # fmt: skip
CONFIG = """
[[check]]
name = 'quoted "name"'
question = "latency-by-authority"
column = "max"
max = "10ms"
[[check]]
name = "errors"
question = "errors-by-authority"
column = "error_rate"
max = 1
[[check]]
name = "sizes"
question = "large-bodies"
column = "largest"
max = "10MB"
[[check]]
name = "rows"
question = "unread"
max = 0
[[check]]
name = "unjudged"
question = "upstream-hosts"
max = 0
"""


def families_of(text: str) -> dict[str, Metric]:
    return {
        family.name: family
        for family in openmetrics.text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    }


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    rows = [
        {"at": n, "authority": authority, "duration": 1500, "bytes_sent": 2_000_000}
        for n, authority in enumerate(HOSTILE)
    ]
    log = made(tmp_path, rows, response_code=200, method="GET", path="/")
    return log.check(parse_checks(parse_settings(CONFIG, "c.toml")), now=at(60))


def test_both_parsers_read_the_same(checked: Checked) -> None:
    text = checked.to_prometheus()
    families = families_of(text)
    samples = {
        name: {tuple(sorted(one.labels.items())): one.value for one in family.samples}
        for name, family in families.items()
    }
    older = {
        family.name: {tuple(sorted(one.labels.items())): one.value for one in family.samples}
        for family in prometheus(text)
    }
    assert samples == older
    assert {family.type for family in families.values()} == {"gauge"}
    # The collector refuses timestamps.
    assert not any(one.timestamp for family in families.values() for one in family.samples)
    passed = {dict(key)["check"]: value for key, value in samples["envoylog_check_passed"].items()}
    assert passed == {'quoted "name"': 0, "errors": 1, "sizes": 1, "rows": 1, "unjudged": 0}
    judged = {dict(key)["check"]: value for key, value in samples["envoylog_check_judged"].items()}
    assert [name for name, value in judged.items() if not value] == ["unjudged"]


def test_values_are_in_base_units(checked: Checked) -> None:
    families = families_of(checked.to_prometheus())
    assert {one.value for one in families["envoylog_check_value_seconds"].samples} == {1.5}
    assert {one.value for one in families["envoylog_check_value_ratio"].samples} == {0.0}
    assert {one.value for one in families["envoylog_check_value_bytes"].samples} == {2e6}
    assert families["envoylog_check_value_seconds"].unit == "seconds"
    newest = families["envoylog_newest_request_timestamp_seconds"].samples[0].value
    assert newest == at(len(HOSTILE) - 1).timestamp()
    assert families["envoylog_checked_timestamp_seconds"].samples[0].value == at(60).timestamp()


def test_hostile_labels_stay_labels(checked: Checked) -> None:
    text = checked.to_prometheus()
    families = families_of(text)
    labels = {one.labels["authority"] for one in families["envoylog_check_value_ratio"].samples}
    assert labels == {
        r'a"} 1\nenvoylog_check_passed{check="x"} 1', "back\\slash\\", r"\x1b[31mred",
        r"\u202eltr", "{}#,=", "ünïcode", "",
    }  # fmt: skip
    assert len(families["envoylog_check_passed"].samples) == 5
    assert not any(ord(character) < 32 and character != "\n" for character in text)


def test_many_rows_are_not_as_many_series(tmp_path: Path) -> None:
    rows = [{"authority": f"host-{n}", "response_code": 200 + 300 * (n == 7)} for n in range(300)]
    text = "[[check]]\nname='e'\nquestion='errors-by-authority'\ncolumn='error_rate'\nmax='1%'"
    checked = made(tmp_path, rows).check(parse_checks(parse_settings(text, "c.toml")))
    families = families_of(checked.to_prometheus())
    samples = families["envoylog_check_value_ratio"].samples
    assert len(samples) == MOST_SERIES
    # The one that fails is among them, wherever it stood.
    assert [one.labels["authority"] for one in samples if one.value] == ["host-7"]


def test_the_file_is_replaced_as_a_whole(checked: Checked, tmp_path: Path) -> None:
    path = tmp_path / "envoylog.prom"
    path.write_text("old")
    checked.to_prometheus(path)
    assert path.read_text() == checked.to_prometheus()
    assert [one.name for one in tmp_path.glob("*prom*")] == ["envoylog.prom"]
    with pytest.raises(OutputError, match="does not exist"):
        checked.to_prometheus(tmp_path / "no" / "x.prom")


def test_public_names_are_there() -> None:
    assert envoylog.Checked is Checked
