"""A `report.toml` is read strictly: what is wrong is told with its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from envoylog.cli import cli
from envoylog.errors import ConfigurationError, InputError
from envoylog.questions.library import questions
from envoylog.questions.settings_file import parse_settings
from envoylog.reports.compared import COMPARED
from envoylog.reports.config import Config, parse_config, read_config
from envoylog.reports.sections import DATA_QUALITY, DEFAULT, Filters

WRONG = [
    ("titel = 'x'", 1, "no key 'titel': did you mean 'title'? known: title, window"),
    ("\nwindow = 'soon'", 2, "window: 'soon' is not a length of time"),
    ("compare = 'yesterday'", 1, "compare = 'yesterday': write 1d, 7d, auto or none"),
    ("timezone = 'Europe/Atlantis'", 1, "no time zone 'Europe/Atlantis'"),
    ("rows = 'many'", 1, "rows must be a whole number"),
    ("include = 'robots'", 1, "no kind of request 'robots'"),
    ("vantage = 'above'", 1, "no vantage 'above'"),
    ("authority = [1]", 1, "authority must be a text or a list of texts"),
    ("section = 'clients'", 1, "write [[section]], once for each"),
    ("[[section]]\ntitle = 'x'", 1, "the section lacks a question"),
    ("[[section]]\nquestion='a'\n[[section]]\nquestion='b'\nrow = 1", 5, "no key 'row'"),
    ("[[section]]\nquestion = 'a'\nchart = 'yes'", 3, "chart must be true or false"),
    ("[[section]]\nquestion = 'a'\nparameters = 1", 3, "parameters must be a table"),
    ("[links]\nrequest_id = 'javascript:{request_id}'", 2, "must start with https:// or http://"),
    ("[links]\nauthority = 'https://{authority}/'", 2, "the host must not come from the log"),
    ("[links]\nrequest_id = 'https://t.example/{'", 2, "a brace is left open"),
    ("[links]\nwindow = 'https://g.example/{from}'", 2, "no time 'from'"),
    ("[links]\nrequest_id = 'https://t.example/{0}'", 2, "{0} is no column"),
]


@pytest.mark.parametrize(("text", "line", "message"), WRONG)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_config(parse_settings(text, "report.toml"))
    assert str(error.value).startswith(f"report.toml, line {line}: ")
    assert message in str(error.value)


def test_what_is_no_toml_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"report\.toml is not TOML: .*line 1"):
        parse_settings("title = = 1\n", "report.toml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_config(tmp_path / "report.toml")


def test_an_empty_file_is_the_default() -> None:
    assert parse_config(parse_settings("", "report.toml")) == Config()


def test_a_full_file_is_understood() -> None:
    text = """
    title = "Shop"
    window = "7d"
    compare = "none"
    timezone = "Europe/Zurich"
    rows = 5
    authority = "shop.*"
    where = "method = 'GET'"
    [links]
    request_id = "https://tempo.example.com/{request_id}"
    [[section]]
    question = "slow-routes"
    title = "Slow"
    rows = 3
    columns = ["route", "p99"]
    limit = 10
    bucket = "1h"
    chart = false
    where = "duration > 10"
    [section.parameters]
    least = 50
    """
    config = parse_config(parse_settings(text, "report.toml"))
    (section,) = config.sections
    assert (config.title, config.window, config.compare) == ("Shop", timedelta(days=7), "none")
    assert (section.rows, section.columns, section.asked) == (3, ("route", "p99"), 10)
    assert section.parameters == {"least": 50}
    assert section.filters.within(config.filters) == Filters(
        where="(method = 'GET') and (duration > 10)", authority=("shop.*",)
    )


def test_questions_that_are_asked_and_compared_exist() -> None:
    asked = {section.question for section in (*DEFAULT, *DATA_QUALITY)}
    assert asked | set(COMPARED) <= set(questions())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("question = 'clyents'", "section 1 of the report, clyents: no question 'clyents'"),
        ("question = 'clients'\nwhere = 'select 1'", "section 1 of the report, clients: "),
        ("question = 'clients'\ncolumns = ['ip']", "no column of clients 'ip'"),
        ("question = 'slow-routes'\nparameters = {lest = 1}", "no parameter 'lest'"),
    ],
)
def test_the_command_says_which_section_cannot_be_asked(
    istio_parquet: Path, tmp_path: Path, text: str, message: str
) -> None:
    config = tmp_path / "report.toml"
    config.write_text(f"[[section]]\n{text}")
    output = tmp_path / "report.html"
    arguments = ["report", str(istio_parquet), "-o", str(output), "--config", str(config)]
    done = CliRunner().invoke(cli, arguments)
    assert isinstance(done.exception, ConfigurationError)
    assert message in str(done.exception)
    assert not output.exists()
