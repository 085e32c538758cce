"""What a question or a query gives back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from envoylog.charts.marks import Mark
from envoylog.charts.picture import Picture
from envoylog.display import html
from envoylog.errors import QueryError
from envoylog.questions.question import Question
from envoylog.questions.scope import Basis

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from matplotlib.axes import Axes

# A spreadsheet takes a cell that starts so for a formula, and a client can write one into a log.
_FORMULA = r"^[=+\-@\t\r]"


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
    basis : Basis or None
        The window, the requests and the filters that it stands on; None for free SQL.

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
    basis: Basis | None = None

    @property
    def headline(self) -> str:
        """The question, its window and how many requests it stands on, in one line."""
        if not self.question or not self.basis:
            return f"{len(self.frame)} rows"
        return f"{self.question.title} {self.basis.window}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What else one must know: filters, what was left out, why there is nothing."""
        return self.basis.notes if self.basis else ()

    def pl(self) -> pl.DataFrame:
        """Give the table as a polars DataFrame."""
        return self.frame

    def df(self) -> pd.DataFrame:
        """Give the table as a pandas DataFrame; needs `pip install 'envoylog[notebook]'`.

        Integers are `Int64`, texts `string`, truths `boolean`, moments aware of the zone that was
        asked for, lengths of time `timedelta64`, whether anything is missing or not. The answer of
        a question whose picture runs over time has that time as its index; of several lines each
        is a value of another column, for `.pivot(columns=…)`. All others count their rows.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        QueryError
            If pandas is not installed.
        """
        from envoylog.questions.pandas import to_pandas

        zone = self.basis.timezone if self.basis else None
        return to_pandas(self.frame, zone=zone, index=self._time)

    def arrow(self) -> pa.Table:
        """Give the table as a pyarrow Table."""
        return self.frame.to_arrow()

    @property
    def picture(self) -> Picture:
        """The answer as its question wants it drawn; for `envoylog.charts`.

        Raises
        ------
        QueryError
            If the question has no chart.
        """
        question, basis = self.question, self.basis
        if question is None or basis is None:
            raise QueryError("free SQL has no chart: take .pl() or .df() and draw it")
        chart, step = question.chart, self.parameters.get("bucket")
        chosen = str(self.parameters.get(chart.by)) if chart.by else ""
        if chosen in self.frame.columns and (chosen,) != chart.y:
            chart = replace(chart, y=(chosen,), says="", note="")
        limit = self.parameters.get("limit")
        return Picture(
            name=question.id,
            title=question.title,
            basis=basis.window,
            frame=self.frame,
            chart=chart,
            units=question.units,
            zone=basis.timezone,
            step=step if isinstance(step, timedelta) else None,
            window=(basis.since, basis.until) if basis.since and basis.until else None,
            whole=not isinstance(limit, int) or self.frame.height < limit,
        )

    def plot(self, ax: Axes | None = None, *, marks: Sequence[Mark] = ()) -> Axes:
        """Draw the answer as its question says; needs `pip install 'envoylog[plot]'`.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.
        marks : sequence of Mark
            Moments and stretches to be marked, where time is across.

        Returns
        -------
        matplotlib.axes.Axes
            Its title is the message, or the question where there is none.

        Raises
        ------
        QueryError
            If the question has no chart, or matplotlib is not installed.
        """
        from envoylog.charts.draw import draw

        return draw(self.picture, ax, marks)

    def to_svg(self, *, marks: Sequence[Mark] = ()) -> str:
        """Draw the answer as one `<svg>` element for a page; see `envoylog.charts.render.svg`."""
        from envoylog.charts.render import svg

        return svg(self.picture, marks=marks)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)

    def to_csv(self, path: str | Path | None = None) -> str:
        """Write CSV; cells that a spreadsheet would run as formulas get a leading quote.

        Lengths of time are in seconds.

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
            if dtype == pl.String or dtype.is_nested()
        ]
        nested = {
            name: pl.col(name).cast(pl.List(pl.String)).list.join(",")
            if isinstance(dtype, pl.List) and not dtype.inner.is_nested()
            else pl.Series([json.dumps(value, default=str) for value in self.frame[name].to_list()])
            for name, dtype in self.frame.schema.items()
            if dtype.is_nested()
        }
        flat = self.frame.with_columns(**nested)
        seconds = pl.col(pl.Duration).dt.total_milliseconds() / 1000
        return _write(flat.with_columns(seconds, *cells).write_csv(), path)

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
        if self.question and self.basis:
            basis = self.basis
            facts["question"] = self.question.id
            facts["title"] = self.question.title
            facts["since"], facts["until"] = _iso(basis.since), _iso(basis.until)
            facts["requests"] = basis.requests
            facts["filters"] = basis.filters
            facts["vantage"] = basis.vantage
            facts["left_out"] = basis.left_out
        text = json.dumps(facts, ensure_ascii=False).removesuffix("}")
        rows = self.frame.write_json()
        return _write(f'{text}{", " if facts else ""}"rows": {rows}}}\n', path)

    def __repr__(self) -> str:
        return "\n".join([self.headline, *self.notes, str(self.frame)])

    def _repr_html_(self) -> str:
        question = self.question
        units = question.units if question else None
        zone = self.basis.timezone if self.basis else None
        return html.block(
            html.paragraph(self.headline, strong=True),
            html.items(self.notes),
            html.table(self.frame.columns, self.frame.head(html.ROWS).rows(), units, zone),
            html.more(self.frame.height),
            html.details("How to read it", html.paragraph(question.reading)) if question else "",
        )

    @property
    def _time(self) -> str | None:
        """The column over which the question's picture runs, if that is time."""
        chart = self.question.chart if self.question else None
        # Bars are ranked: they run over nothing.
        if chart is None or chart.kind == "bar" or chart.x not in self.frame.columns:
            return None
        return chart.x if isinstance(self.frame.schema[chart.x], pl.Datetime) else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _write(text: str, path: str | Path | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text
