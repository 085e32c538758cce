"""What a question or a query gives back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from envoylog.questions.question import Question

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# A spreadsheet takes a cell that starts so for a formula, and a client can write one into a log.
_FORMULA = r"^[=+\-@\t\r]"


@dataclass(frozen=True, slots=True)
class Window:
    """The requests that an answer stands on.

    Attributes
    ----------
    since, until : datetime or None
        The start of the first and of the last request counted; None if there is none.
    requests : int
        How many requests were counted.
    """

    since: datetime | None
    until: datetime | None
    requests: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A small table with what is needed to trust it.

    Attributes
    ----------
    frame : polars.DataFrame
        The table.
    sql : str
        What was run.
    parameters : mapping
        The values of its `$name` placeholders.
    question : Question or None
        None for free SQL.
    window : Window or None
        None for free SQL.

    Examples
    --------
    >>> answer = Answer(pl.DataFrame({"authority": ["=1+1"], "requests": [7]}), "select …")
    >>> print(answer.to_csv(), end="")
    authority,requests
    '=1+1,7
    """

    frame: pl.DataFrame
    sql: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    question: Question | None = None
    window: Window | None = None

    @property
    def headline(self) -> str:
        """The question, its window and how many requests it stands on, in one line."""
        if not self.question or not self.window:
            return f"{len(self.frame)} rows"
        count = f"{self.window.requests:,} requests"
        if not (self.window.since and self.window.until):
            return f"{self.question.title} {count}"
        shown = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (self.window.since, self.window.until)]
        return f"{self.question.title} {count}, {shown[0]} to {shown[1]} UTC"

    def pl(self) -> pl.DataFrame:
        """Give the table as a polars DataFrame."""
        return self.frame

    def df(self) -> pd.DataFrame:
        """Give the table as a pandas DataFrame; needs pandas."""
        return self.frame.to_pandas()

    def arrow(self) -> pa.Table:
        """Give the table as a pyarrow Table."""
        return self.frame.to_arrow()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)

    def to_csv(self, path: str | Path | None = None) -> str:
        """Write CSV; cells that a spreadsheet would run as formulas get a leading quote.

        Parameters
        ----------
        path : path, optional
            Where to write it.

        Returns
        -------
        str
            The CSV.
        """
        cells = [
            pl.when(pl.col(name).str.contains(_FORMULA))
            .then("'" + pl.col(name))
            .otherwise(name)
            .alias(name)
            for name, dtype in self.frame.schema.items()
            if dtype == pl.String
        ]
        flat = self.frame.with_columns(pl.col(pl.List(pl.String)).list.join(","))
        return _write(flat.with_columns(cells).write_csv(), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Write JSON: the question, the window, and `rows` with one object each.

        Parameters
        ----------
        path : path, optional
            Where to write it.

        Returns
        -------
        str
            The JSON.
        """
        facts: dict[str, object] = {}
        if self.question and self.window:
            facts["question"] = self.question.id
            facts["title"] = self.question.title
            facts["since"], facts["until"] = _iso(self.window.since), _iso(self.window.until)
            facts["requests"] = self.window.requests
        text = json.dumps(facts, ensure_ascii=False).removesuffix("}")
        rows = self.frame.write_json()
        return _write(f'{text}{", " if facts else ""}"rows": {rows}}}\n', path)

    def __repr__(self) -> str:
        return f"{self.headline}\n{self.frame}"

    def _repr_html_(self) -> str:
        reading = f"<p><small>{escape(self.question.reading)}</small></p>" if self.question else ""
        return f"<p><b>{escape(self.headline)}</b></p>{self.frame._repr_html_()}{reading}"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _write(text: str, path: str | Path | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text
