"""What a judgement gives back: a verdict, its reasons, and the tables that it stands on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from envoylog.display import html
from envoylog.errors import UnknownNameError
from envoylog.questions.answer import Answer
from envoylog.questions.scope import Basis

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from matplotlib.axes import Axes

    from envoylog.charts.picture import Picture


@dataclass(frozen=True, slots=True)
class Section:
    """One table.

    Attributes
    ----------
    title : str
        What it shows, in plain words.
    frame : polars.DataFrame
        The table.
    units : mapping of str to str
        UCUM units of its columns; `ratio` is a share of 1.
    """

    title: str
    frame: pl.DataFrame
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Findings:
    """A verdict with what is needed to trust it.

    Attributes
    ----------
    id, title : str
        What was asked.
    verdict : str
        In one word or a few; empty where nothing is judged.
    reasons : tuple of str
        One sentence each.
    sections : mapping of str to Section
        The tables by name, the first one first.
    reading : str
        How to read them, with the methods and their sources.
    basis : Basis or None
        The window, the requests and the filters that all stands on.
    facts : mapping of str to object
        Single numbers, for programs.
    """

    id: str
    title: str
    verdict: str
    reasons: tuple[str, ...]
    sections: Mapping[str, Section]
    reading: str
    basis: Basis | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """The question, its verdict, and how many requests it stands on, in one line."""
        verdict = f" {self.verdict.upper()}." if self.verdict else ""
        return f"{self.title}{verdict} {self.basis.window if self.basis else ''}".rstrip()

    @property
    def notes(self) -> tuple[str, ...]:
        """What else one must know: filters, and what was left out."""
        return self.basis.notes if self.basis else ()

    def pl(self, section: str | None = None) -> pl.DataFrame:
        """Give a table as a polars DataFrame, the first one unless named."""
        name = next(iter(self.sections)) if section is None else section
        if name not in self.sections:
            raise UnknownNameError("table", name, list(self.sections))
        return self.sections[name].frame

    def df(self, section: str | None = None) -> pd.DataFrame:
        """Give a table as a pandas DataFrame; needs pandas. Types are those of `Answer.df`."""
        from envoylog.questions.pandas import to_pandas

        return to_pandas(self.pl(section), zone=self.basis.timezone if self.basis else None)

    def arrow(self, section: str | None = None) -> pa.Table:
        """Give a table as a pyarrow Table."""
        return self.pl(section).to_arrow()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.pl().__arrow_c_stream__(requested_schema)

    def to_csv(self, section: str | None = None) -> str:
        """Write a table as CSV, safe for spreadsheets."""
        return Answer(self.pl(section), "").to_csv()

    def to_json(self) -> str:
        """Write everything as one JSON object."""
        facts: dict[str, object] = {
            "question": self.id,
            "title": self.title,
            "verdict": self.verdict or None,
            "reasons": self.reasons,
            **self.facts,
        }
        if self.basis:
            for end in ("since", "until"):
                moment = getattr(self.basis, end)
                facts[end] = moment.isoformat() if moment else None
            facts["requests"] = self.basis.requests
            facts["filters"] = self.basis.filters
            facts["left_out"] = self.basis.left_out
        text = json.dumps(facts, ensure_ascii=False, default=str).removesuffix("}")
        tables = (f'"{name}": {part.frame.write_json()}' for name, part in self.sections.items())
        return f"{text}, {', '.join(tables)}}}\n"

    def picture(self, kind: str | None = None) -> Picture:
        """Give one of the pictures; for `envoylog.charts`.

        Parameters
        ----------
        kind : str, optional
            One of `picture_names`; by default the first.

        Raises
        ------
        UnknownNameError
            If there is no such picture.
        QueryError
            If there is no picture, or too little data for this one.
        """
        from envoylog.questions.releases.plots import picture

        return picture(self, kind)

    @property
    def picture_names(self) -> list[str]:
        """Name the pictures that there are: `split`, `quantiles`, `routes`, or `budget`, `burn`."""
        from envoylog.questions.releases.plots import names

        return names(self)

    def plot(self, kind: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw one of the pictures; needs matplotlib.

        Parameters
        ----------
        kind : str, optional
            One of `picture_names`; by default the first.
        ax : matplotlib Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib Axes
        """
        from envoylog.charts.draw import draw

        return draw(self.picture(kind), ax)

    def to_svg(self, kind: str | None = None) -> str:
        """Draw one of the pictures as one `<svg>` element for a page."""
        from envoylog.charts.render import svg

        return svg(self.picture(kind))

    def __repr__(self) -> str:
        tables = (f"{part.title}\n{part.frame}" for part in self.sections.values())
        return "\n".join([self.headline, *self.reasons, *self.notes, *tables])

    def _repr_html_(self) -> str:
        tables = (
            html.paragraph(part.title)
            + html.table(part.frame.columns, part.frame.head(html.ROWS).rows(), part.units)
            + html.more(part.frame.height)
            for part in self.sections.values()
            if part.frame.height
        )
        return html.block(
            html.paragraph(self.headline, strong=True),
            html.items((*self.reasons, *self.notes)),
            *tables,
            html.details("How to read it", html.paragraph(self.reading)),
        )
