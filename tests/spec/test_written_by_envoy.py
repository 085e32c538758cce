"""What the real Envoy writes for every operator and specifier belongs to its row."""

import json
from pathlib import Path

import pytest
import regex

from envoylog.format.document import read_document
from envoylog.format.plan import make_plan
from envoylog.spec.operators import OPERATORS
from envoylog.spec.strftime import SPECIFIERS
from envoylog.spec.values import Absence, ValueType
from sample_logs.traffic import run
from tests.spec.arguments import BUILT_IN, right_command

pytestmark = pytest.mark.envoy

# No value of the traffic holds it.
SEPARATOR = "\x1f"
TEXT = SEPARATOR.join(right_command(row) for row in BUILT_IN) + "\n"
JSON = {row.name: right_command(row) for row in BUILT_IN}
TIMES = {name: f"%START_TIME(%{name})%" for name in SPECIFIERS}


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("logs")
    run(directory, {"text.log": TEXT, "json.log": JSON, "times.log": TIMES}, requests=80)
    return directory


def test_texts_belong_to_the_class_of_their_row(logs: Path) -> None:
    fields = make_plan(read_document(TEXT)).fields
    wrong = {
        (field.command.text, value)
        for line in (logs / "text.log").read_text().splitlines()
        for field, value in zip(fields, line.split(SEPARATOR), strict=True)
        if not regex.fullmatch(field.pattern, value)
    }
    assert wrong == set()


def test_json_values_have_the_type_and_absence_of_their_row(logs: Path) -> None:
    wrong = {
        (name, repr(value))
        for line in (logs / "json.log").read_text().splitlines()
        for name, value in json.loads(line).items()
        if not _belongs(name, value)
    }
    assert wrong == set()


def _belongs(name: str, value: object) -> bool:
    row = OPERATORS[name]
    if value is None:
        return row.absence in {Absence.DASH, Absence.EMPTY}
    if row.type in {ValueType.INTEGER, ValueType.CODE, ValueType.PORT}:
        return isinstance(value, int)
    return row.type is ValueType.ANY or (isinstance(value, str) and value != "-") or _dash(name)


def _dash(name: str) -> bool:
    return OPERATORS[name].absence is Absence.LITERAL_DASH


def test_specifiers_write_what_their_row_says(logs: Path) -> None:
    wrong = {
        (name, value)
        for line in (logs / "times.log").read_text().splitlines()
        for name, value in json.loads(line).items()
        if not regex.fullmatch(SPECIFIERS[name].pattern, value)
    }
    assert wrong == set()
