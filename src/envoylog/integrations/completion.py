"""What can be typed next in a notebook: questions, options, columns."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from click.shell_completion import ShellComplete

from envoylog.integrations.commands import access, ask

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog

_WORDS = (
    "access",
    "count(*)",
    "from",
    "group by",
    "having",
    "limit",
    "order by",
    "select",
    "where",
)
_COMMANDS = {"ask": ask, "access": access}
# Python: the name of a question in `.ask("…`, and SQL in `where="…` and `.sql("…`.
_QUESTION = re.compile(r"""\.ask\(\s*(?:question\s*=\s*)?["']([\w-]*)$""")
_FILTER = re.compile(r"""\bwhere\s*=\s*(?:"[^"]*|'[^']*)$""")
_QUERY = re.compile(r"""\.sql\(\s*f?(?:\"{3}(?:(?!\"{3}).)*|"[^"]*|'[^']*)$""", re.DOTALL)


def complete(text: str, log: AccessLog | None) -> tuple[str, list[str]] | None:
    """Complete the text of a cell up to the cursor.

    Parameters
    ----------
    text : str
        What stands before the cursor.
    log : AccessLog or None
        The log at hand; without one, columns are those that every view has.

    Returns
    -------
    tuple of (str, list of str), or None
        What of the text is to be replaced, and by what; None where it is not ours.

    Examples
    --------
    >>> complete("%ask errors-by", None)
    ('errors-by', ['errors-by-authority'])
    """
    magic = re.match(r"\s*(?:\w+\s*=\s*)?(%{1,2})(access|ask|sql)\b[ \t]*", text)
    if magic is None:
        return _python(text, log)
    rest, name = text[magic.end() :], magic[2]
    body = magic[1] == "%%" and "\n" in rest
    if name == "sql":
        return _column(rest, log, _WORDS) if body or magic[1] == "%" else None
    if body:
        return _column(rest, log, ())
    return _option(name, rest, log)


def _python(text: str, log: AccessLog | None) -> tuple[str, list[str]] | None:
    if found := _QUESTION.search(text):
        return found[1], [name for name in _questions(log) if name.startswith(found[1])]
    if _FILTER.search(text):
        return _column(text, log, ())
    return _column(text, log, _WORDS) if _QUERY.search(text) else None


def _option(name: str, rest: str, log: AccessLog | None) -> tuple[str, list[str]] | None:
    """Complete the line of a magic as a shell would."""
    try:
        words = shlex.split(rest)
    except ValueError:
        return _column(rest, log, ())  # within quotes there is a filter
    incomplete = words.pop() if words and not rest[-1:].isspace() else ""
    if words and words[-1] == "--where":
        return _column(incomplete, log, ())
    items = ShellComplete(_COMMANDS[name], {}, f"%{name}", "").get_completions(words, incomplete)
    found = [item.value for item in items if item.type == "plain"]
    if name == "ask" and not words and not incomplete.startswith("-"):
        found = [question for question in _questions(log) if question.startswith(incomplete)]
    return (incomplete, found) if found else None


def _column(text: str, log: AccessLog | None, more: Sequence[str]) -> tuple[str, list[str]]:
    begun = re.search(r"\w*$", text)
    word = begun[0] if begun else ""
    known = dict.fromkeys((*_columns(log), *more))
    return word, sorted(name for name in known if name.startswith(word.lower()))


def _columns(log: AccessLog | None) -> Iterable[str]:
    if log is not None:
        return log.columns
    from envoylog.catalog.columns import CANONICAL, DERIVED
    from envoylog.catalog.companions import COMPANIONS

    return (*CANONICAL, *DERIVED, *(name for one in COMPANIONS for name in one.columns))


def _questions(log: AccessLog | None) -> Iterator[str]:
    from envoylog.questions.library import questions

    yield from log.questions if log is not None else questions()
