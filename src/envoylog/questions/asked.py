"""What a question that is answered by Python has at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from envoylog.catalog.catalog import Catalog
from envoylog.errors import EnvoylogError

if TYPE_CHECKING:
    from envoylog.questions.census import Relations
    from envoylog.questions.question import Question


class NothingToSayError(EnvoylogError):
    """What a question answered by Python raises where the data are too few to say anything.

    Attributes
    ----------
    frame : polars.DataFrame
        An answer without rows.
    """

    def __init__(self, reason: str, frame: pl.DataFrame) -> None:
        super().__init__(reason)
        self.frame = frame


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, as it was asked of one log.

    Attributes
    ----------
    log : Catalog
        The log; `log.settings` is what the user says of its surroundings.
    question : Question
        The question.
    sql : str
        Its SQL, with `requests` and `everything` in front.
    values : mapping
        The values of all `$names`: its own parameters and the common ones.
    columns : frozenset of str, or None
        The columns that it names; None means all.
    relations : Relations
        What makes `requests` and `everything`.
    count : int
        How many lines there are in `requests`.
    """

    log: Catalog
    question: Question
    sql: str
    values: Mapping[str, object]
    columns: frozenset[str] | None
    relations: Relations
    count: int

    def frame(self) -> pl.DataFrame:
        """Run the question's SQL."""
        return self.log.frame(self.sql, self.values, self.columns)

    def look(
        self, sql: str, columns: frozenset[str], values: Mapping[str, object] | None = None
    ) -> pl.DataFrame:
        """Run another select over the same `requests`, which names these columns."""
        named = None if self.columns is None else self.columns | columns
        return self.log.frame(self.relations.before(sql), {**self.values, **(values or {})}, named)
