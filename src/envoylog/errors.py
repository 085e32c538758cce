"""Everything that envoylog raises, and the picture of a format with carets under its faults.

EnvoylogError
├── FormatError      a format that Envoy would refuse, or that cannot be compiled
├── UnknownNameError a format, question or parameter that does not exist
├── InputError       a source that cannot be read
│   └── DamagedError a source that breaks off: what came before is kept
├── OutputError      a file that cannot be written
├── DataError        Parquet that envoylog did not write
├── ConfigurationError a file of settings that cannot be understood: routes, for one
└── QueryError       SQL, a window or a question that the data cannot answer
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CONTROL = r"[\x00-\x1f\x7f-\x9f]"
_SHOWN, _LISTED = 60, 30


class EnvoylogError(Exception):
    """The base of every error that envoylog raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """Give notebooks the message alone: where it was raised helps nobody."""
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a format: where it stands, what is wrong, what to do.

    Attributes
    ----------
    start, end : int
        The span, in characters of `text`.
    message : str
        What is wrong, in one sentence.
    text : str
        The format, or the value of one JSON key.
    key : str
        The JSON key whose value is at fault; empty for TEXT.
    """

    start: int
    end: int
    message: str
    text: str
    key: str = ""

    def picture(self, width: int = 100) -> str:
        """Draw the place with carets under it, cut to `width` columns around the fault."""
        line_start = self.text.rfind("\n", 0, self.start) + 1
        line_end = self.text.find("\n", self.start)
        line = self.text[line_start : line_end if line_end >= 0 else len(self.text)]
        start = self.start - line_start
        length = max(1, min(self.end - line_start, len(line)) - start)
        left = max(0, start + min(length, width // 2) - width * 3 // 4)
        shown = re.sub(_CONTROL, "\N{MIDDLE DOT}", line[left : left + width].replace("\t", " "))
        before, after = "…" if left else "", "…" if len(line) > left + width else ""
        carets = "^" * min(length, width - (start - left))
        where = f'key "{self.key}": ' if self.key else ""
        indent = " " * (len(before) + start - left)
        return f"{where}{self.message}\n  {before}{shown}{after}\n  {indent}{carets}"


class FormatError(EnvoylogError, ValueError):
    """A format that Envoy would refuse, with every fault found in it.

    Attributes
    ----------
    problems : tuple of Problem
        In the order of the text; never empty.
    where : str
        Which format it is.
    hint : str
        What else to do than to mend it.
    """

    def __init__(
        self, problems: Iterable[Problem], where: str = "the format", hint: str = ""
    ) -> None:
        self.problems, self.where, self.hint = tuple(problems), where, hint
        super().__init__(self.problems, where, hint)

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"{self.where} has a fault:" if count == 1 else f"{self.where} has {count} faults:"
        tail = [self.hint] if self.hint else []
        return "\n".join([head, *(problem.picture() for problem in self.problems), *tail])


class UnknownNameError(EnvoylogError, LookupError):
    """A name that is not in the list of its kind.

    Attributes
    ----------
    kind : str
        What was looked for: a format, a question.
    name : str
        What was given.
    known : sequence of str
        What there is.
    hint : str
        What else could have been given.
    """

    def __init__(self, kind: str, name: str, known: Sequence[str], hint: str = "") -> None:
        super().__init__(kind, name, known, hint)
        self.kind, self.name, self.known, self.hint = kind, name, tuple(known), hint

    def __str__(self) -> str:
        import difflib

        close = difflib.get_close_matches(self.name, self.known, n=1, cutoff=0.6)
        guess = f"did you mean {close[0]!r}? " if close else ""
        shown = self.name if len(self.name) <= _SHOWN else f"{self.name[:_SHOWN]}…"
        more = ", …" if len(self.known) > _LISTED else ""
        listed = ", ".join(self.known[:_LISTED]) + more
        return f"no {self.kind} {shown!r}: {guess}{self.hint}known: {listed}"


class InputError(EnvoylogError):
    """A source that cannot be read."""


class DamagedError(InputError):
    """A source that is damaged or cut off; what came before was read."""


class OutputError(EnvoylogError):
    """A file that cannot be written."""


class DataError(EnvoylogError):
    """Data that envoylog cannot answer questions from."""


class ConfigurationError(EnvoylogError, ValueError):
    """A file of settings that cannot be understood."""


class QueryError(EnvoylogError):
    """SQL that fails, or a question that the data cannot answer."""
