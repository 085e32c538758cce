import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.errors import FormatError
from envoylog.format.document import Encoding, JsonFormat, Path, read_document
from envoylog.format.lexer import Command, tokenize

NO_COMMAND = "there is no command operator in it"

#: Source, text of the format, whether the record ends with a newline, number of notes.
TEXTS = [
    ("%PROTOCOL%", "%PROTOCOL%", False, 0),
    ("%PROTOCOL%\n", "%PROTOCOL%", True, 0),
    ("%PROTOCOL%\r\n", "%PROTOCOL%", True, 0),
    ("%PROTOCOL%\\n", "%PROTOCOL%", True, 1),
    ("%PROTOCOL%\\n\n", "%PROTOCOL%", True, 1),
    ("%PROTOCOL%\\n\r\n", "%PROTOCOL%", True, 1),
    ("%PROTOCOL%\\n ", "%PROTOCOL%\\n ", False, 0),
    ("%PROTOCOL%\t", "%PROTOCOL%\t", False, 0),
    ("\r%PROTOCOL% ", "\r%PROTOCOL% ", False, 0),
    ("{%PROTOCOL%}", "{%PROTOCOL%}", False, 0),
    # Records of several lines.
    ("%PROTOCOL%\n%DURATION%\n", "%PROTOCOL%\n%DURATION%", True, 0),
    ("{\r\n%PROTOCOL%}", "{\n%PROTOCOL%}", False, 0),
    ("%PROTOCOL%\n\n", "%PROTOCOL%\n", True, 0),
]

#: Format, paths of its members, its literals.
JSONS: list[tuple[JsonFormat, list[Path], list[tuple[Path, object]]]] = [
    ({"a": "%PROTOCOL%"}, [("a",)], []),
    ({"a": "%PROTOCOL% %DURATION%ms"}, [("a",)], []),
    ({"a": {"b": {"c": "%PROTOCOL%"}}, "d": "%DURATION%"}, [("a", "b", "c"), ("d",)], []),
    ({"": "%PROTOCOL%"}, [("",)], []),
    ({"%REQ(A)%": "%PROTOCOL%", "%": 1}, [("%REQ(A)%",)], [(("%",), 1)]),
    (
        {"x": 1, "y": None, "z": True, "w": "100%%", "u": "%PROTOCOL%"},
        [("u",)],
        [(("x",), 1), (("y",), None), (("z",), True), (("w",), "100%")],
    ),
    (
        {"a": ["%PROTOCOL%", {"b": 1}, [["%DURATION%"]]]},
        [("a", 0), ("a", 2, 0, 0)],
        [(("a", 1, "b"), 1)],
    ),
    ({"a": "%PROTOCOL%\n%DURATION%"}, [("a",)], []),
]

#: Format, encoding, then each fault: its key and message.
REFUSED: list[tuple[str | JsonFormat, Encoding | None, list[tuple[str, str]]]] = [
    ("", None, [("", NO_COMMAND)]),
    ("\n", None, [("", NO_COMMAND)]),
    ("%%", None, [("", NO_COMMAND)]),
    ("plain text", Encoding.TEXT, [("", NO_COMMAND)]),
    ("%PROTOCOL%", Encoding.JSON, [("", "a JSON format starts with `{`")]),
    ("", Encoding.JSON, [("", "a JSON format starts with `{`")]),
    ('["%PROTOCOL%"]', Encoding.JSON, [("", "a JSON format starts with `{`")]),
    ("{", Encoding.JSON, [("", "not JSON: Expecting property name")]),
    ('{"a":"%PROTOCOL%",}', Encoding.JSON, [("", "not JSON: ")]),
    ('{"a":' * 100_000, Encoding.JSON, [("", "not JSON: ")]),
    ('{"a":' * 100_000, None, [("", NO_COMMAND)]),
    ({}, None, [("", NO_COMMAND)]),
    ({"a": 1, "b": "c"}, None, [("", NO_COMMAND)]),
    ({"a": "%PROTOCOL(x)%"}, None, [("a", "%PROTOCOL% takes no argument")]),
    ({"a": {"b": "%x%"}}, None, [("a.b", "command operators are upper case")]),
    (
        {"a": "%x%", "b": "%PROTOCOL:1%", "c": "%PROTOCOL%"},
        None,
        [("a", "command operators"), ("b", "%PROTOCOL% does not allow a length")],
    ),
    (
        {"a": ["ok", {"b": "%x%"}, [["%REQ()%"]]], "c": "%PROTOCOL%"},
        None,
        [("a.1.b", "command operators are upper case"), ("a.2.0.0", "%REQ(…)% needs an argument")],
    ),
]


@pytest.mark.parametrize(("source", "text", "ends_line", "notes"), TEXTS)
def test_text(source: str, text: str, ends_line: bool, notes: int) -> None:
    document = read_document(source)
    assert document.encoding is Encoding.TEXT
    assert (document.text, document.ends_line) == (text, ends_line)
    assert document.lines == len(text.split("\n"))
    assert [member.path for member in document.members] == [()]
    assert len(document.notes) == notes


@pytest.mark.parametrize(("source", "paths", "literals"), JSONS)
def test_json(source: JsonFormat, paths: list[Path], literals: list[tuple[Path, object]]) -> None:
    document = read_document(source)
    assert document.encoding is Encoding.JSON
    assert (document.lines, document.ends_line) == (1, True)
    assert [member.path for member in document.members] == paths
    assert list(document.literals) == literals
    assert all(
        any(isinstance(token, Command) for token in member.tokens) for member in document.members
    )
    assert json.loads(document.text) == source
    # The same as a string, with any layout.
    assert read_document(json.dumps(source, indent=2)) == document
    assert read_document("\n" + json.dumps(source), Encoding.JSON) == document


@pytest.mark.parametrize(("source", "encoding", "expected"), REFUSED, ids=lambda x: str(x)[:40])
def test_refused(
    source: str | JsonFormat, encoding: Encoding | None, expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(FormatError) as caught:
        read_document(source, encoding)
    problems = caught.value.problems
    assert [problem.key for problem in problems] == [key for key, _ in expected]
    for problem, (_, message) in zip(problems, expected, strict=True):
        assert problem.message.startswith(message)


def test_json_is_text_where_asked() -> None:
    document = read_document('{"a": "%PROTOCOL%"}', Encoding.TEXT)
    assert document.encoding is Encoding.TEXT


def test_broken_json_is_text() -> None:
    assert read_document('{"a": "%PROTOCOL%",}').encoding is Encoding.TEXT


def test_all_faults_of_all_commands_are_told() -> None:
    with pytest.raises(FormatError) as caught:
        read_document("%PROTOCOL(x):3% %REQ% %START_TIME(%n)%")
    places = [problem.text[problem.start : problem.end] for problem in caught.value.problems]
    assert places == ["%PROTOCOL(x):3%", "%PROTOCOL(x):3%", "%REQ%", "%START_TIME(%n)%"]


PIECES = st.sampled_from(
    ["%", "%%", "%PROTOCOL%", "%REQ(a)%", "%x%", "%REQ%", "{", '"', ":", "}", "\n", "\\n", "a", " "]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from([None, *Encoding]))
def test_any_string_is_read_or_refused(text: str, encoding: Encoding | None) -> None:
    refused: FormatError | None = None
    try:
        document = read_document(text, encoding)
    except FormatError as error:
        refused = error
    else:
        if document.encoding is Encoding.TEXT:
            assert tokenize(document.text) == document.members[0].tokens
        else:
            assert read_document(document.text, Encoding.JSON) == document
    for problem in refused.problems if refused else ():
        assert problem.picture()
        assert 0 <= problem.start <= problem.end <= max(1, len(problem.text))
