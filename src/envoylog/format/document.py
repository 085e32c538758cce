"""A format as its operator wrote it: one TEXT string, or a JSON dictionary of strings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from envoylog.errors import FormatError, Problem
from envoylog.format.commands import faults
from envoylog.format.lexer import Command, Literal, tokenize

#: A JSON format as a Python value: strings with commands, nested objects, lists and literals.
JsonFormat = Mapping[str, object]


class Encoding(StrEnum):
    """How records are written."""

    TEXT = "TEXT"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Member:
    """A format string and where its text stands in a record.

    Attributes
    ----------
    path : tuple of str
        The JSON keys that lead to it; empty for the whole of a TEXT record.
    tokens : tuple of Literal or Command
        The format string, lexed.
    """

    path: tuple[str, ...]
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
    notes : tuple of str
        What was understood in a way that its author may not expect.
    """

    encoding: Encoding
    members: tuple[Member, ...]
    text: str
    notes: tuple[str, ...] = ()


def read_document(source: str | JsonFormat, encoding: Encoding | None = None) -> Document:
    r"""Lex and check a format.

    Parameters
    ----------
    source : str or mapping
        A TEXT format string, a JSON dictionary, or a string that holds one.
    encoding : Encoding, optional
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
    if encoding is not Encoding.TEXT and source.lstrip().startswith("{"):
        try:
            value = json.loads(source)
        except (ValueError, RecursionError) as error:
            if encoding is Encoding.JSON:
                raise FormatError([_json_problem(source, error)]) from None
        else:
            return _read_json(value)
    elif encoding is Encoding.JSON:
        raise FormatError([Problem(0, 1, "a JSON format starts with `{`", source)])
    return _read_text(source)


def _read_text(source: str) -> Document:
    text, notes = source, []
    if text.endswith("\\n"):
        text = text[:-2]
        notes.append("the backslash-n at the end was read as the newline that ends each record")
    text = text.removesuffix("\n").removesuffix("\r")
    tokens, problems = _lex(text)
    if "\n" in text:
        message = "a newline inside a record is not supported: one record must be one line"
        problems.append(Problem(text.index("\n"), text.index("\n") + 1, message, text))
    if not problems and not any(isinstance(token, Command) for token in tokens):
        problems.append(Problem(0, len(text), "there is no command operator in it", text))
    if problems:
        raise FormatError(problems)
    return Document(Encoding.TEXT, (Member((), tokens),), text, tuple(notes))


def _read_json(source: JsonFormat) -> Document:
    members: list[Member] = []
    problems: list[Problem] = []
    notes: list[str] = []
    for path, value in _leaves(source):
        key = ".".join(path)
        if isinstance(value, list):
            notes.append(f'the list under "{key}" is kept as JSON text in `extra`')
            problems += [problem for text in _strings(value) for problem in _lex(text, key)[1]]
        if not isinstance(value, str):
            continue
        tokens, found = _lex(value, key)
        problems += found
        if any(isinstance(token, Command) for token in tokens):
            members.append(Member(path, tokens))
    if not problems and not members:
        problems.append(Problem(0, 1, "there is no command operator in it", "{}"))
    if problems:
        raise FormatError(problems)
    text = json.dumps(source, ensure_ascii=False)
    return Document(Encoding.JSON, tuple(members), text, tuple(notes))


def _lex(text: str, key: str = "") -> tuple[tuple[Literal | Command, ...], list[Problem]]:
    try:
        tokens = tokenize(text, key)
    except FormatError as error:
        return (), list(error.problems)
    problems = [
        Problem(token.start, token.end, fault, text, key)
        for token in tokens
        if isinstance(token, Command)
        for fault in faults(token)
    ]
    return tokens, problems


def _leaves(
    node: JsonFormat, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, (list, Mapping)):
        for value in node.values() if isinstance(node, Mapping) else node:
            yield from _strings(value)


def _json_problem(source: str, error: Exception) -> Problem:
    at = error.pos if isinstance(error, json.JSONDecodeError) else 0
    at = min(at, max(0, len(source) - 1))
    return Problem(at, at + 1, f"not JSON: {error}", source)
