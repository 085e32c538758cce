"""Headers of questions, their parameters, and where questions come from."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import envoylog
from envoylog.charts.chart import Chart
from envoylog.questions.library import questions, with_folders
from envoylog.questions.parameters import Kind, Parameter
from envoylog.questions.question import GROUPS, read_question

HEADER = """\
title = "Which tenant is slow?"
group = "latency"
needs = ["req_x_tenant", "duration"]
reading = "p90 of the duration."
"""
MORE = """\
without = ["probe", "stream"]
limit = 5
example = "--since 1h"
rates = true
[chart]
kind = "bar"
x = "tenant"
y = "p90"
[units]
p90 = "ms"
[parameters.least]
type = "integer"
default = 100
help = "How many."
"""


def text(header: str, sql: str = "select 1") -> str:
    return "".join(f"-- {line}\n" for line in header.splitlines()) + sql + "\n"


def test_a_whole_header() -> None:
    question = read_question("slow-tenants", text(HEADER + MORE, "select 1;"))
    assert question.needs == ("req_x_tenant", "duration")
    assert question.without == ("probe", "stream")
    assert (question.limit, question.example, question.rates) == (5, "--since 1h", True)
    assert question.chart == Chart("bar", "tenant", ("p90",))
    assert question.units == {"p90": "ms"}
    assert question.parameters == {"least": Parameter("least", Kind.INTEGER, "How many.", 100)}
    assert question.sql == "select 1"


def test_what_may_be_left_out() -> None:
    question = read_question("q", text(HEADER))
    assert (question.limit, question.without, question.chart.kind) == (20, (), "none")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("title = ", "q.sql: the header is not TOML: "),
        ("", "q.sql: the header lacks title, group, needs, reading"),
        (HEADER.replace("title", "tilte"), "the header: no key 'tilte': did you mean 'title'"),
        (HEADER.replace('["req_x_tenant", "duration"]', '"duration"'), "needs must be a list"),
        (HEADER.replace('"duration"]', "1]"), "needs holds 1, which is no text"),
        (HEADER + 'limit = "5"', "limit must be a whole number"),
        (HEADER + "limit = true", "limit must be a whole number"),
        (HEADER + "rates = 1", "rates must be true or false"),
        (HEADER + 'without = ["probes"]', "without: no value 'probes': did you mean 'probe'"),
        (HEADER + '[chart]\nkind = "pie"', "chart.kind: no value 'pie'"),
        (HEADER + '[chart]\nkind = "bar"\nx = "a"', "a chart needs x and y"),
        (HEADER + '[chart]\nkind = "heatmap"\nx = "a"\ny = "b"', "a heatmap needs value"),
        (HEADER + '[chart]\nkind = "bar"\nx = "a"\ny = ["b", "c"]', "a bar takes 1 column"),
        (HEADER + '[chart]\nkind = "whisker"\nx = "a"\ny = "b"', "a whisker takes 3 to 4 columns"),
        (HEADER + '[chart]\nkind = "line"\nx = "a"\ny = [3]', "chart.y holds 3, which is no text"),
        (HEADER + "[chart]\nlimits = { all = 'a lot' }", "chart.limits must be a table of numbers"),
        (HEADER + '[chart]\ncolour = "red"', "chart: no value 'colour'"),
        (HEADER + "[units]\np90 = 5", "units holds 5, which is no text"),
        (HEADER + "[parameters]\nleast = 5", "write [parameters.least] with type and help"),
        (HEADER + '[parameters.least]\nhelp = "x"', "the type of least must be one of integer"),
        (HEADER + '[parameters.least]\ntype = "integer"', "the parameter least lacks help"),
        (HEADER + '[parameters.limit]\ntype = "integer"\nhelp = "x"', "has limit already"),
        (HEADER + '[parameters.a-b]\ntype = "text"\nhelp = "x"', "name the parameter 'a-b'"),
        (HEADER + '[parameters.a]\ntype = "integer"\nhelp = "x"\ndefault = "y"',
         "the default of a: a='y': the value must be of type integer"),
        (HEADER + '[parameters.a]\ntype = "text"\nhelp = "x"\ndefualt = "y"',
         "parameters.a: no key 'defualt': did you mean 'default'"),
        (HEADER + '[parameters.a]\ntype = "text"\nhelp = "x"\nchoices = "y"', "a list of texts"),
    ],
)  # fmt: skip
def test_malformed_headers(header: str, words: str) -> None:
    with pytest.raises(envoylog.QueryError) as raised:
        read_question("q", text(header))
    assert words in str(raised.value)
    assert str(raised.value).startswith("q.sql: ")
    assert "\n" not in str(raised.value)


def test_other_faults_of_a_file() -> None:
    with pytest.raises(envoylog.QueryError, match="there is a header and no select after it"):
        read_question("q", text(HEADER, ""))
    with pytest.raises(envoylog.QueryError, match="name it in small letters"):
        read_question("My Question", text(HEADER))


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (Kind.INTEGER, " 5 ", 5),
        (Kind.INTEGER, 5, 5),
        (Kind.INTEGER, "-5", -5),
        (Kind.NUMBER, "0.25", 0.25),
        (Kind.NUMBER, 1, 1.0),
        (Kind.TEXT, "'; drop", "'; drop"),
        (Kind.INTERVAL, "90m", timedelta(minutes=90)),
        (Kind.INTERVAL, timedelta(1), timedelta(1)),
        (Kind.MOMENT, "1h", datetime(2026, 11, 24, 11, tzinfo=UTC)),
        (Kind.MOMENT, "2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        (Kind.MOMENT, None, None),
    ],
)
def test_values_of_parameters(kind: Kind, given: object, value: object) -> None:
    newest = datetime(2026, 11, 24, 12, tzinfo=UTC)
    found = Parameter("p", kind, "").value(given, newest)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Kind.INTEGER, "1.5"),
        (Kind.INTEGER, "1e3"),
        (Kind.INTEGER, "9" * 30),
        (Kind.NUMBER, "nan"),
        (Kind.NUMBER, "1; select"),
        (Kind.INTERVAL, "5 minutes"),
        (Kind.INTERVAL, "0s"),
        (Kind.MOMENT, "noon"),
    ],
)
def test_values_that_are_none(kind: Kind, given: str) -> None:
    with pytest.raises(envoylog.QueryError):
        Parameter("p", kind, "").value(given, datetime(2026, 11, 24, tzinfo=UTC))


def test_choices() -> None:
    parameter = Parameter("sort", Kind.TEXT, "", "sum", ("sum", "count"))
    assert parameter.value("count") == "count"
    with pytest.raises(envoylog.QueryError, match="must be one of sum, count"):
        parameter.value("size")


def test_a_folder_of_questions(tmp_path: Path, istio_parquet: Path) -> None:
    sql = "select count(*) as n from requests"
    header = HEADER.replace('["req_x_tenant", "duration"]', "[]")
    (tmp_path / "how-many.sql").write_text(text(header, sql))
    (tmp_path / "notes.txt").write_text("not a question")
    log = envoylog.open(istio_parquet, questions=tmp_path)
    assert log.ask("how-many").pl().item() == 2000
    assert len(with_folders([tmp_path])) == len(questions()) + 1


def test_folders_that_are_refused(tmp_path: Path) -> None:
    with pytest.raises(envoylog.InputError, match="no such folder of questions"):
        with_folders(tmp_path / "none")
    with pytest.raises(envoylog.InputError, match=r"no questions \(\.sql files\) in the folder"):
        with_folders(tmp_path)
    own = tmp_path / "clients.sql"
    own.write_text(text(HEADER))
    with pytest.raises(envoylog.QueryError, match="there is a question clients already"):
        with_folders(tmp_path)
    own.unlink()
    (tmp_path / "mine.sql").write_text(text(HEADER + 'python = "os:getcwd"'))
    with pytest.raises(envoylog.QueryError, match="answered by Python: put it into a package"):
        with_folders(tmp_path)
    (tmp_path / "mine.sql").write_bytes(b"\xff\xfe")
    with pytest.raises(envoylog.InputError, match=r"mine\.sql cannot be read"):
        with_folders(tmp_path)


def test_an_installed_package_offers_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "team_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "tenants.sql").write_text(text(HEADER))
    facts = tmp_path / "team_package-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: team-package\nVersion: 1\n")
    (facts / "entry_points.txt").write_text("[envoylog.questions]\nteam = team_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    questions.cache_clear()
    try:
        assert questions()["tenants"].title == "Which tenant is slow?"
    finally:
        monkeypatch.undo()
        questions.cache_clear()
        sys.modules.pop("team_package", None)
    assert "tenants" not in questions()


def test_groups_are_known() -> None:
    found = [question.group for question in questions().values()]
    assert set(found) <= set(GROUPS)
    assert found == sorted(found, key=GROUPS.index)
