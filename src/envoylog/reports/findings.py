"""What a headline is made of: sentences that tell texts of the log from our own words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    WRONG = "wrong"
    CHANGED = "changed"
    GOOD = "good"
    FACT = "fact"


class Named(str):
    """A text out of the log: an authority, a route, a cluster."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of the headline.

    Attributes
    ----------
    severity : Severity
        How much it matters.
    words : tuple of str
        The sentence in pieces; those out of the log are `Named`.
    section : str
        The question that shows more; empty for none.

    Examples
    --------
    >>> str(Finding(Severity.WRONG, (Named("a.example.com"), " fails.")))
    'a.example.com fails.'
    """

    severity: Severity
    words: tuple[str, ...]
    section: str = ""

    def __str__(self) -> str:
        return "".join(self.words)


def percent(share: float) -> str:
    """Write a share.

    Examples
    --------
    >>> percent(0.0123)
    '1.23%'
    """
    return f"{share:.2%}"
