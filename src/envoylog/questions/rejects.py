"""Rejects, explored: the lines that could not be read, by reason, and where reading stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from envoylog.dataset.rejects import group_rejects
from envoylog.display import html
from envoylog.errors import EnvoylogError
from envoylog.parser.detect import INFERRED, detect
from envoylog.parser.parser import AccessLogParser
from envoylog.parser.strict import explain_line

if TYPE_CHECKING:
    import pandas as pd

#: Where Parquet of `parse` keeps the format that its rows were read in.
_FORMAT = "envoylog.format"
_LONGEST = 2_000


@dataclass(frozen=True)
class Rejects:
    """The lines that could not be read, grouped by reason and field.

    In a notebook each group opens on a click and shows its examples, with a mark where reading
    stopped.

    Attributes
    ----------
    frame : polars.DataFrame
        `count`, `reason`, `field`, `examples` (structs of `source`, `line_number` and `text`).
    parser : AccessLogParser or None
        The format in which they should have been written, where that is known.
    """

    frame: pl.DataFrame
    parser: AccessLogParser | None = field(default=None, repr=False)

    @classmethod
    def of(cls, paths: Sequence[str], examples: int, rows: Sequence[str] = ()) -> Rejects:
        """Group files of rejects; the files of rows beside them tell the format."""
        return cls(group_rejects(paths, examples), _format_of(rows))

    @property
    def count(self) -> int:
        """How many lines there are in all."""
        return int(self.frame["count"].sum())

    @cached_property
    def fits(self) -> tuple[str | None, ...]:
        """For each group the named format that reads its first example, if one does."""
        return tuple(_fitting(examples[0]["text"]) for examples in self.frame["examples"].to_list())

    def pl(self) -> pl.DataFrame:
        """Give the groups as a polars DataFrame."""
        return self.frame

    def df(self) -> pd.DataFrame:
        """Give the groups as a pandas DataFrame; needs pandas."""
        from envoylog.questions.pandas import to_pandas

        return to_pandas(self.frame)

    def stopped_at(self, text: str) -> int | None:
        """Tell how many characters of a line fit the format; None where that is not known."""
        reader = self.parser.text_reader if self.parser else None
        if reader is None or len(text) > _LONGEST:
            return None
        found = explain_line(reader.segments, text, limit=1)
        return None if found.readings or not found.complete else found.stopped_at

    def _repr_html_(self) -> str:
        if self.frame.is_empty():
            return html.block(html.paragraph("No rejects: every line was read or skipped."))
        groups = (
            html.details(_summary(row, fits), *map(self._example, row["examples"]))
            for row, fits in zip(self.frame.iter_rows(named=True), self.fits, strict=True)
        )
        return html.block(html.paragraph(f"{self.count:,} rejects", strong=True), *groups)

    def _example(self, example: dict[str, object]) -> str:
        text = str(example["text"])
        place = html.paragraph(f"{example['source']}, line {example['line_number']}", small=True)
        stopped = self.stopped_at(text)
        if stopped is None:
            return f"{place}<pre>{html.text(text[:_LONGEST])}</pre>"
        read, rest = html.text(text[:stopped]), html.text(text[stopped:]) or "the line ends here"
        return f"{place}<pre>{read}<mark>{rest}</mark></pre>"


def _summary(row: Mapping[str, object], fits: str | None) -> str:
    where = f"{row['field']}: " if row["field"] else ""
    hint = f"; --format {fits} reads such lines" if fits else ""
    return f"{row['count']:,} lines: {where}{row['reason']}{hint}"


def _fitting(text: str) -> str | None:
    best = detect(pl.Series([text], dtype=pl.String))[0]
    return best.name if best.rate == 1 and best.name != INFERRED else None


def _format_of(rows: Sequence[str]) -> AccessLogParser | None:
    """Compile the format that stands in Parquet; None where there are several, or none."""
    for path in rows[:1]:
        if not Path(path).is_file():
            return None
        try:
            return AccessLogParser.from_format(pl.read_parquet_metadata(path).get(_FORMAT, ""))
        except EnvoylogError:
            return None
    return None
