import re

import pytest

from envoylog.spec.operators import OPERATORS, RETIRED, SYNONYMS, Operator
from envoylog.spec.values import Absence, Argument, ValueType
from tests.format.real_envoy import validate, verdicts
from tests.spec.arguments import BUILT_IN, EXTENSIONS, right_argument, right_command

NUMBERS = (ValueType.INTEGER, ValueType.CODE, ValueType.PORT)


def test_there_are_164_built_in_operators_and_three_extensions() -> None:
    assert len(BUILT_IN) == 164
    assert len(OPERATORS) == 164 + len(EXTENSIONS)


def test_no_row_hides_another() -> None:
    from envoylog.spec import operators

    rows = [*operators._ROWS, *operators._EXTENSIONS]
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    assert names == [*sorted(row.name for row in operators._ROWS), *names[len(operators._ROWS) :]]


@pytest.mark.parametrize("row", OPERATORS.values(), ids=lambda row: row.name)
def test_row_is_complete(row: Operator) -> None:
    assert re.fullmatch(r"[A-Z0-9_]+", row.name)
    assert re.fullmatch(r"[~≤]?1\.[0-9]+", row.since)
    assert row.unit is None or row.unit in {"ms", "us", "By"}
    assert row.otel is None or re.fullmatch(r"[a-z0-9_.]+", row.otel)
    assert not row.note or row.note.endswith(".")
    assert not (row.truncates and row.argument is Argument.NONE), "only values with an argument"


@pytest.mark.parametrize(
    "row", [row for row in BUILT_IN if row.type in NUMBERS], ids=lambda row: row.name
)
def test_numbers_have_a_numeric_text_class(row: Operator) -> None:
    assert re.fullmatch(row.text_class.pattern, "42")
    assert not re.fullmatch(row.text_class.or_dash, "x")


def test_numbers_count_something() -> None:
    for row in BUILT_IN:
        if row.unit:
            assert row.type is ValueType.INTEGER, row.name
        if "DURATION" in row.name:
            assert row.unit == "ms", row.name
        if row.name.endswith(("_BYTES", "BYTES_SENT", "BYTES_RECEIVED", "BYTES_RETRANSMITTED")):
            assert row.unit == "By", row.name


def test_absence() -> None:
    assert {row.name for row in BUILT_IN if row.absence is Absence.LITERAL_DASH} == {
        "ENVIRONMENT",
        "RESPONSE_FLAGS",
        "RESPONSE_FLAGS_LONG",
    }
    empty = {row.name for row in BUILT_IN if row.absence is Absence.EMPTY}
    assert {"CUSTOM_FLAGS", "LOCAL_REPLY_BODY"} < empty
    assert all(name.endswith(("PORT", "ENDPOINT_ID", "FLAGS", "BODY")) for name in empty)


def test_synonyms_point_to_rows_alike() -> None:
    for name, family in SYNONYMS.items():
        row, first = (OPERATORS | RETIRED)[name], OPERATORS[family]
        assert family not in SYNONYMS
        assert (row.argument, row.type, row.text_class, row.absence, row.truncates) == (
            first.argument,
            first.type,
            first.text_class,
            first.absence,
            first.truncates,
        )


def test_retired_operators_are_not_among_the_living() -> None:
    assert not OPERATORS.keys() & RETIRED.keys()
    assert all(row.note for row in RETIRED.values())


@pytest.mark.envoy
def test_envoy_knows_every_operator() -> None:
    commands = [right_command(row) for row in BUILT_IN]
    assert validate(commands) == ""
    assert validate([{row.name: right_command(row) for row in BUILT_IN}]) == ""


@pytest.mark.envoy
def test_envoy_knows_the_extensions_by_no_name() -> None:
    said = verdicts([right_command(OPERATORS[name]) for name in EXTENSIONS])
    assert said == [f"Not supported field in StreamInfo: {name}" for name in EXTENSIONS]


@pytest.mark.envoy
@pytest.mark.parametrize(
    ("suffix", "is_right"),
    [
        pytest.param("", lambda row: row.argument is not Argument.REQUIRED, id="no argument"),
        pytest.param("()", lambda row: row.argument is not Argument.REQUIRED, id="empty"),
        pytest.param("({})", lambda row: row.argument is not Argument.NONE, id="argument"),
        pytest.param(":3", lambda row: _is_optional(row) and row.truncates, id="length alone"),
        pytest.param("({}):3", lambda row: row.truncates, id="argument and length"),
        pytest.param("({}):0", lambda row: row.truncates, id="length of zero"),
    ],
)
def test_envoy_agrees_with_the_rows(suffix: str, is_right: object) -> None:
    assert callable(is_right)
    formats = [f"%{row.name}{suffix.format(right_argument(row))}%" for row in BUILT_IN]
    said = dict(zip(formats, verdicts(formats), strict=True))
    wrong = [
        (given, said[given])
        for row, given in zip(BUILT_IN, formats, strict=True)
        if is_right(row) != (said[given] is None)
    ]
    assert wrong == []


def _is_optional(row: Operator) -> bool:
    return row.argument is not Argument.REQUIRED
