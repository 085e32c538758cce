"""Read the questions: SQL files whose first comment is a TOML header."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from envoylog.errors import UnknownNameError


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes
    ----------
    id : str
        The file's name: what users type.
    title : str
        In plain words.
    group : str
        What it is about.
    needs : tuple of str
        Columns that it cannot do without; `a|b` means either.
    limit : int
        How many rows it gives unless told otherwise.
    reading : str
        How to read the answer.
    units : mapping of str to str
        UCUM units of its columns; `ratio` is a share of 1.
    sql : str
        A select over `requests`, the part of `access` within the window.
    """

    id: str
    title: str
    group: str
    needs: tuple[str, ...]
    limit: int
    reading: str
    units: Mapping[str, str]
    sql: str


def read_question(name: str, text: str) -> Question:
    """Read one file.

    Parameters
    ----------
    name : str
        Its name without `.sql`.
    text : str
        Its content: lines that start with `--` are the header, the rest is the select.

    Returns
    -------
    Question
    """
    lines = text.splitlines()
    size = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    header = tomllib.loads("\n".join(line[2:].removeprefix(" ") for line in lines[:size]))
    return Question(
        id=name,
        title=header["title"],
        group=header["group"],
        needs=tuple(header["needs"]),
        limit=header["limit"],
        reading=" ".join(header["reading"].split()),
        units=header.get("units", {}),
        sql="\n".join(lines[size:]).strip(),
    )


@cache
def questions() -> dict[str, Question]:
    """List all questions by id, in the order of their groups.

    Examples
    --------
    >>> sorted(questions())
    ['clients', 'errors-by-authority', 'latency-by-upstream-cluster']
    """
    folder = files(__package__)
    found = [
        read_question(entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    ]
    return {question.id: question for question in sorted(found, key=lambda q: (q.group, q.id))}


def find_question(name: str) -> Question:
    """Look a question up by its id."""
    if name not in questions():
        raise UnknownNameError("question", name, list(questions()))
    return questions()[name]
