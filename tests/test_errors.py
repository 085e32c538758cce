import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog import errors
from envoylog.errors import EnvoylogError, FormatError, Problem, UnknownNameError

ERRORS = [
    row for row in vars(errors).values() if isinstance(row, type) and issubclass(row, Exception)
]


def problem(text: str, start: int, end: int, key: str = "") -> Problem:
    return Problem(start, end, "wrong", text, key)


PICTURES = [
    (problem("abc", 1, 2), 100, "wrong\n  abc\n   ^"),
    (problem("abc", 0, 3, "k"), 100, 'key "k": wrong\n  abc\n  ^^^'),
    # A place behind the end, and an empty one.
    (problem("", 0, 1), 100, "wrong\n  \n  ^"),
    (problem("abc", 3, 3), 100, "wrong\n  abc\n     ^"),
    # The line of the fault alone; a fault that runs on is cut at its end.
    (problem("ab\ncd\nef", 4, 5), 100, "wrong\n  cd\n   ^"),
    (problem("ab\ncd\nef", 4, 8), 100, "wrong\n  cd\n   ^"),
    (problem("ab\ncd", 2, 3), 100, "wrong\n  ab\n    ^"),
    (problem("a\tb", 2, 3), 100, "wrong\n  a b\n    ^"),
    # Cut around the fault.
    (problem("0123456789abcdef", 0, 2), 8, "wrong\n  01234567…\n  ^^"),
    (problem("0123456789abcdef", 9, 11), 8, "wrong\n  …56789abc…\n       ^^"),
    (problem("0123456789abcdef", 14, 16), 8, "wrong\n  …abcdef\n       ^^"),
    (problem("0123456789abcdef", 2, 16), 8, "wrong\n  01234567…\n    ^^^^^^"),
]


@pytest.mark.parametrize(("fault", "width", "expected"), PICTURES)
def test_picture(fault: Problem, width: int, expected: str) -> None:
    assert fault.picture(width) == expected


# One column wide each, and nothing that ends or moves a line.
LINES = st.text(
    st.characters(codec="ascii", min_codepoint=32, exclude_characters="\x7f"), min_size=1
)


@settings(deadline=None)
@given(LINES, st.data(), st.integers(4, 120))
def test_carets_stand_under_the_fault(text: str, data: st.DataObject, width: int) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    message, shown, carets = problem(text, start, end).picture(width).split("\n")
    assert message == "wrong"
    assert len(shown) <= width + len("  ……")
    left, length = carets.index("^"), carets.count("^")
    assert carets == " " * left + "^" * length
    assert shown[left : left + length] == text[start : start + length]
    assert length == end - start or left + length == len(shown.removesuffix("…"))


def test_format_error_tells_every_fault() -> None:
    error = FormatError([problem("abc", 0, 1), problem("abc", 2, 3, "k")])
    assert str(error) == (
        'the format has 2 faults:\nwrong\n  abc\n  ^\nkey "k": wrong\n  abc\n    ^'
    )
    assert len(error.problems) == 2
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("name", "hint", "expected"),
    [
        ("istoi", "", "no format 'istoi': did you mean 'istio'? known: istio, envoy"),
        ("zzz", "", "no format 'zzz': known: istio, envoy"),
        ("zzz", "say it; ", "no format 'zzz': say it; known: istio, envoy"),
    ],
)
def test_unknown_name(name: str, hint: str, expected: str) -> None:
    error = UnknownNameError("format", name, ["istio", "envoy"], hint)
    assert str(error) == expected
    assert isinstance(error, LookupError)
    assert (error.kind, error.name, error.known) == ("format", name, ("istio", "envoy"))


def test_a_long_name_is_cut() -> None:
    assert len(str(UnknownNameError("format", "word " * 50, ["istio"]))) < 100


@pytest.mark.parametrize("row", ERRORS)
def test_every_error_is_an_envoylog_error(row: type[Exception]) -> None:
    assert issubclass(row, EnvoylogError)
    assert row.__doc__


def test_errors_travel_between_processes() -> None:
    told = [FormatError([problem("abc", 0, 1)]), errors.InputError(f"{Path('x')}: no such file")]
    for error in told:
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own
