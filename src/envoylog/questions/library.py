"""The questions there are: ours, those of installed packages, and a team's own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from envoylog.errors import InputError, QueryError, UnknownNameError
from envoylog.questions.question import GROUPS, NAME, Question, read_question

#: Packages say `[project.entry-points."envoylog.questions"]`, `any_name = "a_package"`; the `.sql`
#: files of that package are questions.
ENTRY_POINTS: Final = "envoylog.questions"
_OURS: Final = "envoylog.questions"
_SUFFIX: Final = ".sql"

#: Folders of `.sql` files.
Folders = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@cache
def questions() -> dict[str, Question]:
    """List the questions of envoylog and of installed packages, in the order of their groups.

    Raises
    ------
    QueryError
        If a header is not what it should be, or two questions have one name.

    Examples
    --------
    >>> questions()["errors-by-authority"].title
    'Which authority fails?'
    """
    packages = [_OURS, *(entry.value for entry in entry_points(group=ENTRY_POINTS))]
    found: dict[str, Question] = {}
    for package in packages:
        try:
            folder = files(package)
        except ModuleNotFoundError as error:
            raise QueryError(
                f"the questions of the package {package} cannot be loaded: {error}"
            ) from None
        _add(found, folder, package)
    return _sorted(found)


def with_folders(folders: Folders) -> dict[str, Question]:
    """List all questions and those of the given folders.

    Parameters
    ----------
    folders : path or iterable of paths
        With one `.sql` file for each question.

    Returns
    -------
    dict of str to Question

    Raises
    ------
    InputError
        If there is no such folder, or it has no questions.
    QueryError
        If a header is not what it should be, or two questions have one name.
    """
    given = [folders] if isinstance(folders, (str, os.PathLike)) else list(folders)
    if not given:
        return questions()
    found = dict(questions())
    for path in map(Path, given):
        if not path.is_dir():
            raise InputError(f"no such folder of questions: {path}")
        own = _add(found, path, str(path))
        if not own:
            raise InputError(f"no questions (.sql files) in the folder {path}")
        for question in own:
            if question.python or question.remarks:
                raise QueryError(
                    f"{path}: {question.id} is answered by Python: put it into a package"
                )
    return _sorted(found)


def find_question(name: str, known: dict[str, Question] | None = None) -> Question:
    """Look a question up by its id, among all questions or those that are given."""
    if known is None and (ours := _ours(name)):
        return ours
    known = questions() if known is None else known
    if name not in known:
        raise UnknownNameError("question", name, list(known))
    return known[name]


@cache
def _ours(name: str) -> Question | None:
    """Read one of envoylog's own without a look at the others."""
    entry = files(_OURS) / f"{name}{_SUFFIX}"
    return _read(entry, _OURS) if NAME.fullmatch(name) and entry.is_file() else None


def _read(entry: Traversable, where: str) -> Question:
    try:
        text = entry.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{where}/{entry.name} cannot be read: {error}") from None
    return read_question(entry.name.removesuffix(_SUFFIX), text, f"{where}/{entry.name}")


def _add(found: dict[str, Question], folder: Traversable, where: str) -> list[Question]:
    added = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(_SUFFIX):
            continue
        question = _read(entry, where)
        if question.id in found:
            raise QueryError(f"{where}/{entry.name}: there is a question {question.id} already")
        found[question.id] = question
        added.append(question)
    return added


def _sorted(found: dict[str, Question]) -> dict[str, Question]:
    order = {group: number for number, group in enumerate(GROUPS)}
    return dict(
        sorted(
            found.items(),
            key=lambda item: (order.get(item[1].group, len(order)), item[1].group, item[0]),
        )
    )
