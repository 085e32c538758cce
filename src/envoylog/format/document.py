"""A format as its operator wrote it: one TEXT string, or a JSON dictionary of strings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from envoylog.errors import FormatError, Problem
from envoylog.format.commands import faults
from envoylog.format.lexer import Command, Literal, scan

#: A JSON format as a Python value: strings with commands, nested objects, lists and literals.
JsonFormat = Mapping[str, object]


#: Where a value stands in a JSON record: keys, and numbers for places in a list.
Path = tuple[str | int, ...]


class Encoding(StrEnum):
    """How records are written."""

    TEXT = "TEXT"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Member:
    """A format string and where its text stands in a record.

    Attributes
    ----------
    path : Path
        The JSON keys that lead to it; empty for the whole of a TEXT record.
    tokens : tuple of Literal or Command
        The format string, lexed.
    """

    path: Path
    tokens: tuple[Literal | Command, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A lexed and checked format.

    Attributes
    ----------
    encoding : Encoding
        TEXT or JSON.
    members : tuple of Member
        One for TEXT; one for every string that holds commands for JSON.
    text : str
        The format as given; JSON as one line.
    literals : tuple of (Path, value)
        What stands in every JSON record as it is.
    ends_line : bool
        Whether the record ends with a newline: always for JSON, for TEXT if it is written so.
    notes : tuple of str
        What was understood in a way that its author may not expect.
    """

    encoding: Encoding
    members: tuple[Member, ...]
    text: str
    literals: tuple[tuple[Path, object], ...] = ()
    ends_line: bool = True
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """How many lines of the log one record takes."""
        return 1 if self.encoding is Encoding.JSON else self.text.count("\n") + 1


def read_document(source: str | JsonFormat, encoding: Encoding | str | None = None) -> Document:
    r"""Lex and check a format.

    Parameters
    ----------
    source : str or mapping
        A TEXT format string, a JSON dictionary, or a string that holds one.
    encoding : {"TEXT", "JSON"}, optional
        TEXT keeps a string that looks like JSON as TEXT, as Envoy does when it is given one as a
        text format. By default a string that is a JSON object is a JSON dictionary.

    Returns
    -------
    Document

    Raises
    ------
    FormatError
        With every fault of every format string in it.

    Examples
    --------
    >>> read_document('{"took": "%DURATION%"}').encoding
    <Encoding.JSON: 'JSON'>
    >>> read_document("took %DURATION%\n").members[0].path
    ()
    """
    if not isinstance(source, str):
        return _read_json(source)
    if encoding != Encoding.TEXT and source.lstrip().startswith("{"):
        try:
            value = json.loads(source)
        except (ValueError, RecursionError) as error:
            if encoding == Encoding.JSON:
                raise FormatError([_json_problem(source, error)]) from None
        else:
            return _read_json(value)
    elif encoding == Encoding.JSON:
        raise FormatError([Problem(0, 1, "a JSON format starts with `{`", source)])
    return _read_text(source)


def _read_text(source: str) -> Document:
    text, notes = source.replace("\r\n", "\n"), []
    # As the last line of a file it has a newline after it.
    if (line := text.removesuffix("\n")).endswith("\\n"):
        text = f"{line[:-2]}\n"
        notes.append("the backslash-n at the end was read as the newline that ends each record")
    ends_line, text = text.endswith("\n"), text.removesuffix("\n")
    tokens, problems = _lex(text)
    if not problems and not any(isinstance(token, Command) for token in tokens):
        problems.append(Problem(0, len(text), "there is no command operator in it", text))
    if problems:
        raise FormatError(problems)
    return Document(
        Encoding.TEXT, (Member((), tokens),), text, ends_line=ends_line, notes=tuple(notes)
    )


def _read_json(source: JsonFormat) -> Document:
    members: list[Member] = []
    literals: list[tuple[Path, object]] = []
    problems: list[Problem] = []
    for path, value in _leaves(source):
        if not isinstance(value, str):
            literals.append((path, value))
            continue
        tokens, found = _lex(value, ".".join(map(str, path)))
        problems += found
        if any(isinstance(token, Command) for token in tokens):
            members.append(Member(path, tokens))
        else:
            literals.append((path, "".join(token.text for token in tokens)))
    text = json.dumps(source, ensure_ascii=False, default=dict)
    if not problems and not members:
        problems.append(Problem(0, len(text), "there is no command operator in it", text))
    if problems:
        raise FormatError(problems)
    return Document(Encoding.JSON, tuple(members), text, tuple(literals))


def _lex(text: str, key: str = "") -> tuple[tuple[Literal | Command, ...], list[Problem]]:
    tokens, problems = scan(text, key)
    problems += [
        Problem(token.start, token.end, fault, text, key)
        for token in tokens
        if isinstance(token, Command)
        for fault in faults(token)
    ]
    return tokens, sorted(problems, key=lambda problem: problem.start)


def _leaves(node: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from _leaves(value, (*path, place))
    else:
        yield path, node


def _json_problem(source: str, error: Exception) -> Problem:
    at = error.pos if isinstance(error, json.JSONDecodeError) else 0
    at = min(at, max(0, len(source) - 1))
    return Problem(at, at + 1, f"not JSON: {error}", source)
