from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from envoylog.errors import FormatError
from envoylog.format.lexer import Command, Literal, tokenize

Shape = str | tuple[str, str | None, int | None]

ACCEPTED: list[tuple[str, list[Shape]]] = [
    ("", []),
    ("plain text", ["plain text"]),
    ("%%", ["%"]),
    ("100%%", ["100%"]),
    ("%%%%", ["%%"]),
    ("a%%b%%c", ["a%b%c"]),
    ("%PROTOCOL%", [("PROTOCOL", None, None)]),
    ("%PROTOCOL()%", [("PROTOCOL", None, None)]),
    ("%A_1%", [("A_1", None, None)]),
    ("%0%", [("0", None, None)]),
    # `%%` is an escape only where a token starts.
    ("%REQ(A)%%RESP(B)%", [("REQ", "A", None), ("RESP", "B", None)]),
    ("%%%PROTOCOL%", ["%", ("PROTOCOL", None, None)]),
    ("%PROTOCOL%%%", [("PROTOCOL", None, None), "%"]),
    ("%%PROTOCOL%%", ["%PROTOCOL%"]),
    ("%PROTOCOL%:3", [("PROTOCOL", None, None), ":3"]),
    ("%UPSTREAM_HOST%(x)", [("UPSTREAM_HOST", None, None), "(x)"]),
    # The argument ends at the first `)%` or `):N%`.
    ("%START_TIME(%Y)x)%", [("START_TIME", "%Y)x", None)]),
    ('%CEL(a.contains("x)y"))%', [("CEL", 'a.contains("x)y")', None)]),
    ('%CEL("a)%b")', [("CEL", '"a', None), 'b")']),
    ("%REQ(A):1)%", [("REQ", "A):1", None)]),
    ("%REQ(A):1)%:2%%", [("REQ", "A):1", None), ":2%"]),
    ("%REQ(A% x %REQ(B)%", [("REQ", "A% x %REQ(B", None)]),
    ("%REQ(A)(B)%", [("REQ", "A)(B", None)]),
    ("%REQ(()%", [("REQ", "(", None)]),
    ("%REQ( )%", [("REQ", " ", None)]),
    ("%REQ(A):0%", [("REQ", "A", 0)]),
    ("%REQ(A):007%", [("REQ", "A", 7)]),
    ("%REQ:3%", [("REQ", None, 3)]),
    ("%REQ():3%", [("REQ", None, 3)]),
    ("%REQ(A):18446744073709551615%", [("REQ", "A", 2**64 - 1)]),
    (f"%REQ(A):{'0' * 5000}1%", [("REQ", "A", 1)]),
    # Any other character is literal.
    ("\r\t\x00\n é\u2028", ["\r\t\x00\n é\u2028"]),
    ("%REQ(é\r\t)%", [("REQ", "é\r\t", None)]),
]

LONE = "a lone `%`"
CASE = "command operators are upper case"
BLANK = "no blanks may stand inside"
LENGTH = "the length after `:` must be a whole number"
PAREN = "the parenthesis of the argument is not closed"
OPEN = "the command operator is not closed"
TOO_LONG = "the length does not fit into 64 bits"

#: Format, then each fault: the text under its carets and the start of its message.
REFUSED: list[tuple[str, list[tuple[str, str]]]] = [
    ("%", [("%", LONE)]),
    ("%%%", [("%", LONE)]),
    ("100%", [("%", LONE)]),
    ("5% of %PROTOCOL%", [("%", LONE)]),
    ("%é%", [("%", LONE), ("%", LONE)]),
    ("%()%", [("%", LONE), ("%", LONE)]),
    ("%req(a)%", [("%req(a)%", CASE)]),
    ("%Protocol%", [("%Protocol%", CASE)]),
    ("x%y%z", [("%y%", CASE)]),
    ("%PROTOCOL %", [("%PROTOCOL %", BLANK)]),
    ("% PROTOCOL%", [("% PROTOCOL%", BLANK)]),
    ("%REQ (A)%", [("%REQ (A)%", BLANK)]),
    ("%REQ(A):%", [("%REQ(A):%", LENGTH)]),
    ("%REQ(A):-1%", [("%REQ(A):-1%", LENGTH)]),
    ("%REQ(A):+1%", [("%REQ(A):+1%", LENGTH)]),
    ("%REQ(A): 3%", [("%REQ(A): 3%", LENGTH)]),
    ("%REQ(A):3x%", [("%REQ(A):3x%", LENGTH)]),
    ("%REQ(A):3:4%", [("%REQ(A):3:4%", LENGTH)]),
    ("%REQ(A):٣%", [("%REQ(A):٣%", LENGTH)]),
    ("%REQ(A", [("%REQ(A", PAREN)]),
    ("%REQ(A%", [("%REQ(A%", PAREN)]),
    ("%REQ(FIRST?SECOND% x", [("%REQ(FIRST?SECOND%", PAREN)]),
    ("%PROTOCOL", [("%PROTOCOL", OPEN)]),
    ("%REQ(A)", [("%REQ(A)", OPEN)]),
    ("%REQ(A):3", [("%REQ(A):3", OPEN)]),
    ("%REQ(A)%%%RESP(B)%", [("%", LONE)]),
    ("%HOSTNAME%PROTOCOL%", [("%", LONE)]),
    ("%REQ(A):18446744073709551616%", [("18446744073709551616", TOO_LONG)]),
    (f"%REQ(A):{'9' * 5000}%", [("9" * 5000, TOO_LONG)]),
    ("%REQ(a\nb)%", [("%REQ(a", PAREN), ("%", LONE)]),
    ("%REQ(A)\n%", [("%REQ(A)", OPEN), ("%", LONE)]),
    ("%a% %PROTOCOL% %b% %", [("%a%", CASE), ("%b%", CASE), ("%", LONE)]),
]


def shape(token: Literal | Command) -> Shape:
    return token.text if isinstance(token, Literal) else (token.name, token.argument, token.length)


def spelled(token: Literal | Command) -> str:
    return token.text.replace("%", "%%") if isinstance(token, Literal) else token.text


@pytest.mark.parametrize(("text", "expected"), ACCEPTED)
def test_tokens(text: str, expected: list[Shape]) -> None:
    assert [shape(token) for token in tokenize(text)] == expected


@pytest.mark.parametrize(("text", "expected"), REFUSED)
def test_faults(text: str, expected: list[tuple[str, str]]) -> None:
    with pytest.raises(FormatError) as caught:
        tokenize(text, "key")
    problems = caught.value.problems
    assert [text[problem.start : problem.end] for problem in problems] == [
        under for under, _ in expected
    ]
    for problem, (_, message) in zip(problems, expected, strict=True):
        assert problem.message.startswith(message)
        assert (problem.text, problem.key) == (text, "key")


# Pieces of formats, so that random text comes near to the grammar.
PIECES = st.sampled_from(
    ["%", "%%", "PROTOCOL", "REQ", "(", ")", ")%", ":", "3", "?", " ", "\n", "a", "é", '"']
)
FORMATS = st.lists(PIECES, max_size=20).map("".join) | st.text(max_size=20)


@settings(deadline=None)
@given(FORMATS)
@example("%REQ(" * 50)
@example("% " * 50)
def test_any_text_gives_tokens_or_faults_inside_it(text: str) -> None:
    try:
        tokens = tokenize(text)
    except FormatError as error:
        spans = [(problem.start, problem.end) for problem in error.problems]
        assert spans
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert spans == sorted(spans)
    else:
        assert "".join(text[token.start : token.end] for token in tokens) == text
        assert [token.start for token in tokens] == [0, *(token.end for token in tokens[:-1])][
            : len(tokens)
        ]
        # The canonical spelling means the same.
        again = tokenize("".join(spelled(token) for token in tokens))
        assert [shape(token) for token in again] == [shape(token) for token in tokens]
        assert not any(
            isinstance(before, Literal) and isinstance(after, Literal)
            for before, after in pairwise(tokens)
        )


ARGUMENTS = st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=8).filter(
    lambda argument: ")" not in argument
)
COMMANDS = st.builds(
    Command,
    st.from_regex(r"[A-Z0-9_]{1,8}", fullmatch=True),
    st.none() | ARGUMENTS,
    st.none() | st.integers(0, 2**64 - 1),
    st.just(0),
    st.just(0),
)
LITERALS = st.builds(Literal, st.text(min_size=1, max_size=5), st.just(0), st.just(0))


@settings(deadline=None)
@given(st.lists(st.tuples(LITERALS, COMMANDS), max_size=4), st.none() | LITERALS)
def test_tokens_come_back(pairs: list[tuple[Literal, Command]], last: Literal | None) -> None:
    tokens = [token for pair in pairs for token in pair] + ([last] if last else [])
    text = "".join(spelled(token) for token in tokens)
    found = tokenize(text)
    assert [shape(token) for token in found] == [shape(token) for token in tokens]
    assert "".join(spelled(token) for token in found) == text
