"""The language of path templates.

======================  ======================================================================
`/users/{id}/orders`    a placeholder is one segment that is not empty
`/users/*`              so is `*`
`/files/{name}.pdf`     a placeholder may be a part of a segment
`/api/{x}/**`           `**` is whatever follows, nothing included; so `/api/7` fits too
`/css/**.css`           whatever follows and ends so
`/api**`                every path that starts with `/api`, `/apis` included
`~ /api/v[0-9]+/.*`     a regular expression that matches the whole path, without the query
======================  ======================================================================

In learned templates the names of `spec.segments.PLACEHOLDERS` mean their class: `{uuid}` is a
UUID and nothing else. Wherever people write templates, a name is only a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

import polars as pl

from envoylog.enrich.routes.targets import AUTHORITY
from envoylog.spec.segments import PLACEHOLDERS, SUFFIX

_PLACEHOLDER = re.compile(r"\{[^{}/]*\}|\*")
_CLASSED = re.compile(rf"(\{{(?:{'|'.join(PLACEHOLDERS)})\}}){SUFFIX}?")
_EVERYTHING: Final = frozenset({"", "/", ".*", "/.*", ".+", "/.+"})
_REST = re.compile(r"\*\*(\.[A-Za-z0-9]+)?")


class Kind(IntEnum):
    """What a segment of a template asks for; the lower, the more exact."""

    NAME = 0
    PART = 1
    CLASS = 2
    ANY = 3
    REST = 4


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a template.

    Attributes
    ----------
    kind : Kind
        What it asks for.
    text : str
        As written.
    pattern : str
        For a part: a regular expression of the whole segment.
    """

    kind: Kind
    text: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A path template.

    Attributes
    ----------
    text : str
        As people see it: what `route` holds.
    segments : tuple of Segment
        Empty if the template is a pattern.
    pattern : str
        A regular expression of the whole path; empty if there are segments.
    """

    text: str
    segments: tuple[Segment, ...] = ()
    pattern: str = ""

    @classmethod
    def read(cls, text: str, *, learned: bool = False) -> Self:
        """Read a template.

        Parameters
        ----------
        text : str
            As the module says.
        learned : bool
            Whether the names of placeholders mean their classes.

        Returns
        -------
        Template

        Raises
        ------
        ValueError
            With what is wrong, in one sentence.

        Examples
        --------
        >>> [part.kind.name for part in Template.read("/users/{id}/**").segments]
        ['NAME', 'ANY', 'REST']
        """
        if text.startswith("~"):
            return cls(text, pattern=check_pattern(text[1:].strip()))
        if text in {"*", AUTHORITY}:
            return cls(text, (Segment(Kind.NAME, text),))
        if not text.startswith("/"):
            raise ValueError(f"a template starts with / or ~, and this is {text!r}")
        parts = text[1:].split("/")
        if parts[-1].endswith("**") and parts[-1] != "**":
            return cls.prefix(text.removesuffix("**"))
        return cls(
            text,
            tuple(_segment(part, i == len(parts) - 1, learned) for i, part in enumerate(parts)),
        )

    @classmethod
    def prefix(cls, path: str) -> Self:
        """Make the template of every path that starts with a text."""
        return cls(f"{path}**", pattern=f"{re.escape(path)}.*")

    @property
    def exactness(self) -> tuple[tuple[int, str], ...]:
        """What templates are sorted by so that the most exact one comes first."""
        return tuple((int(part.kind), part.text) for part in self.segments)

    @property
    def is_everything(self) -> bool:
        """Whether it matches every path, and so tells no routes apart."""
        if self.segments:
            return self.segments[0].kind is Kind.REST and not self.segments[0].text
        return self.pattern.strip("^$") in _EVERYTHING


def check_pattern(pattern: str) -> str:
    """Return a regular expression if it is one, of Rust's dialect, which is RE2's but for details.

    Raises
    ------
    ValueError
        With what is wrong with it, in one line.

    Examples
    --------
    >>> check_pattern("/v[0-9]+/.*")
    '/v[0-9]+/.*'
    """
    try:
        pl.Series([""]).str.contains(f"^(?:{pattern})$")
    except pl.exceptions.ComputeError as error:
        lines = str(error).splitlines()
        reason = next((line for line in lines if line.startswith("error: ")), lines[0])
        raise ValueError(f"{pattern!r} is no pattern: {reason.removeprefix('error: ')}") from None
    return pattern


def _segment(text: str, is_last: bool, learned: bool) -> Segment:
    if rest := _REST.fullmatch(text):
        if not is_last:
            raise ValueError("** stands at the end of a template only")
        return Segment(Kind.REST, rest[1] or "")
    if learned and _CLASSED.fullmatch(text):
        return Segment(Kind.ANY if text == "{slug}" else Kind.CLASS, text)
    if _PLACEHOLDER.fullmatch(text):
        return Segment(Kind.ANY, text)
    literals = _PLACEHOLDER.split(text)
    if any("{" in literal or "}" in literal for literal in literals):
        raise ValueError(f"the braces of {text!r} do not pair")
    if len(literals) == 1:
        return Segment(Kind.NAME, text)
    return Segment(Kind.PART, text, ".+".join(map(re.escape, literals)))
