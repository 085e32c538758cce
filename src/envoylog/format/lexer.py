r"""The lexer of Envoy's substitution format strings.

The grammar, as `source/common/formatter/substitution_formatter.cc` has it and the real binary
confirms, scanned from the left:

1. a character that is not `%` is literal;
2. `%%` at the start of a token is one literal `%`;
3. anything else that starts with `%` must match
   ``%([A-Z0-9_]+)(?:\((.*?)\))?(?::([0-9]+))?%``, where `.` excludes the newline.

The argument is lazy up to the first `)%` or `):N%`, so it may hold `)` and `%`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from envoylog.errors import FormatError, Problem

_COMMAND = re.compile(r"%([A-Z0-9_]+)(?:\((.*?)\))?(?::([0-9]+))?%")
_MAX_LENGTH = 2**64 - 1

# What people write when they mean a command; each explains one way to miss the grammar.
_NEAR_MISSES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"%[A-Z0-9_]*[a-z][A-Za-z0-9_]*(?:\([^%\n]*\))?(?::[0-9]+)?%"),
        "command operators are upper case",
    ),
    (
        re.compile(r"% *[A-Z][A-Z0-9_]* *(?:\([^%\n]*\))? *%"),
        "no blanks may stand inside a command operator",
    ),
    (
        re.compile(r"%[A-Z0-9_]+(?:\([^%\n]*\))?:[^%\n]*%"),
        "the length after `:` must be a whole number of bytes",
    ),
    (
        re.compile(r"%[A-Z0-9_]+\([^)%\n]*(?![^%\n])%?"),
        "the parenthesis of the argument is not closed before `%`",
    ),
    (
        re.compile(r"%[A-Z0-9_]+(?:\([^%\n]*\))?(?::[0-9]+)?"),
        "the command operator is not closed with `%`",
    ),
)
_LONE = "a lone `%`: write `%%` for a percent sign, or a command operator such as %PROTOCOL%"


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands in every record as it is; `%%` is already one `%`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Command:
    """One command operator with its argument and length.

    Attributes
    ----------
    name : str
        Between `%` and the first of `(`, `:` and `%`.
    argument : str or None
        Between the parentheses; None for none and for empty ones, which Envoy treats alike.
    length : int or None
        After `:`, in bytes.
    start, end : int
        The span in the text.
    """

    name: str
    argument: str | None
    length: int | None
    start: int
    end: int

    @property
    def text(self) -> str:
        """The operator as Envoy would read it."""
        argument = f"({self.argument})" if self.argument else ""
        length = "" if self.length is None else f":{self.length}"
        return f"%{self.name}{argument}{length}%"


def tokenize(text: str, key: str = "") -> tuple[Literal | Command, ...]:
    """Cut a format string into literals and commands.

    Parameters
    ----------
    text : str
        A TEXT format, or one value of a JSON format.
    key : str
        The JSON key of that value, for messages.

    Returns
    -------
    tuple of Literal or Command
        In order; neighbouring literals are one.

    Raises
    ------
    FormatError
        With every place where Envoy's grammar is broken.

    Examples
    --------
    >>> [token.text for token in tokenize("%PROTOCOL% took %DURATION%ms")]
    ['%PROTOCOL%', ' took ', '%DURATION%', 'ms']
    """
    tokens, problems = scan(text, key)
    if problems:
        raise FormatError(problems)
    return tokens


def scan(text: str, key: str = "") -> tuple[tuple[Literal | Command, ...], list[Problem]]:
    """Cut a format string as `tokenize` does, and return the faults beside the tokens."""
    tokens: list[Literal | Command] = []
    problems: list[Problem] = []
    literal, literal_start, at = "", 0, 0

    def close_literal(end: int) -> None:
        nonlocal literal
        if literal:
            tokens.append(Literal(literal, literal_start, end))
            literal = ""

    while at < len(text):
        if not literal:
            literal_start = at
        if text[at] != "%":
            stop = text.find("%", at)
            stop = len(text) if stop < 0 else stop
            literal += text[at:stop]
            at = stop
        elif text.startswith("%%", at):
            literal += "%"
            at += 2
        elif match := _COMMAND.match(text, at):
            close_literal(at)
            name, argument, digits = match.groups()
            # Python reads at most 4300 digits; 99 are too many with any other than zeros.
            length = None if digits is None else int(digits.lstrip("0")[:99] or "0")
            if length is not None and length > _MAX_LENGTH:
                message = "the length does not fit into 64 bits"
                problems.append(Problem(match.start(3), match.end(3), message, text, key))
            tokens.append(Command(name, argument or None, length, *match.span()))
            at = match.end()
        else:
            problem = _diagnose(text, at, key)
            problems.append(problem)
            at = problem.end
    close_literal(at)
    return tuple(tokens), problems


def _diagnose(text: str, at: int, key: str) -> Problem:
    for pattern, message in _NEAR_MISSES:
        if (match := pattern.match(text, at)) and match.end() > at + 1:
            return Problem(at, match.end(), message, text, key)
    return Problem(at, at + 1, _LONE, text, key)
