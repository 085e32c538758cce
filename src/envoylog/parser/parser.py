"""The compiled format: from lines to typed rows, and to the lines that could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.format.document import Encoding, JsonFormat, read_document
from envoylog.format.explain import explain_html, explain_text
from envoylog.format.plan import Plan, make_plan
from envoylog.parser.columns import DTYPES
from envoylog.parser.json_lines import JsonReader
from envoylog.parser.refusals import explain
from envoylog.parser.text import AMBIGUOUS, INDEX, TextReader
from envoylog.spec.application_log import APPLICATION_LOGS

#: Lines that are not rows: their number within the block (from 0), why, where, and their text.
REFUSED_SCHEMA: Final = {
    "line": pl.UInt32(),
    "reason": pl.String(),
    "field": pl.String(),
    "text": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of some lines; each line is in exactly one of the three frames.

    Attributes
    ----------
    rows : polars.DataFrame
        One typed row per access-log record, in the order of the lines.
    rejects : polars.DataFrame
        `line` (from 0), `reason`, `field` (where reading stopped) and `text` of unreadable lines.
    skipped : polars.DataFrame
        The same for lines that are recognisably no access-log lines; `reason` says what they are.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    skipped: pl.DataFrame


@dataclass(frozen=True)
class AccessLogParser:
    """A compiled access-log format. Make one with `envoylog.compile_format`.

    Attributes
    ----------
    plan : Plan
        The fields and their places.

    Examples
    --------
    >>> parser = AccessLogParser.from_format("%RESPONSE_CODE% %DURATION%ms")
    >>> parser.parse_lines(["200 17ms", "oops"]).rows.to_dicts()
    [{'response_code': 200, 'duration': 17, 'ambiguous': False}]
    """

    plan: Plan

    @classmethod
    def from_format(
        cls, source: str | JsonFormat, encoding: Encoding | None = None
    ) -> AccessLogParser:
        """Compile a format given as a TEXT string, a JSON string or a dictionary.

        Parameters
        ----------
        source : str or mapping
            The format itself, not its name.
        encoding : Encoding, optional
            By default, a string that is a JSON object is a JSON dictionary.

        Returns
        -------
        AccessLogParser

        Raises
        ------
        FormatError
            With every fault of the format.
        """
        return cls(make_plan(read_document(source, encoding)))

    @cached_property
    def schema(self) -> pl.Schema:
        """The columns of the rows and their types."""
        schema = pl.Schema({field.column: DTYPES[field.type] for field in self.plan.fields})
        if not self._text:
            schema["extra"] = pl.String()
        if self._text or any(len(member.segments) > 1 for member in self.plan.members):
            schema["ambiguous"] = pl.Boolean()
        return schema

    def explain(self) -> str:
        """Say in a table what each part of the format becomes, and what to know about it."""
        return explain_text(self.plan)

    def _repr_html_(self) -> str:
        return explain_html(self.plan)

    def parse_lines(self, lines: Iterable[str] | pl.Series) -> Parsed:
        """Read lines.

        Parameters
        ----------
        lines : iterable of str, or polars.Series
            Lines without their newlines.

        Returns
        -------
        Parsed
            No line makes it raise.
        """
        texts = lines if isinstance(lines, pl.Series) else pl.Series(list(lines), dtype=pl.String)
        if self._text:
            rows, refused = self._text.read(texts), None
        else:
            rows, refused = self._json.read(texts)
        unread = _refused_lines(texts, rows[INDEX], refused)
        kinds = unread.select(_kind()).to_series()
        rejects = unread.filter(kinds.is_null())
        if self._text:
            reasons = explain(self._text, rejects["text"])
            rejects = rejects.with_columns(
                reasons.struct.field("reason"), reasons.struct.field("field")
            )
        skipped = unread.with_columns(kinds.alias("reason"), pl.lit(None, pl.String).alias("field"))
        rows = rows.rename({AMBIGUOUS: "ambiguous"}).select(self.schema.names())
        return Parsed(rows, rejects, skipped.filter(kinds.is_not_null()))

    @cached_property
    def _text(self) -> TextReader | None:
        text = self.plan.encoding is Encoding.TEXT
        return TextReader(self.plan.members[0].segments) if text else None

    @cached_property
    def _json(self) -> JsonReader:
        return JsonReader(self.plan.members, self.plan.document.literals)


def _refused_lines(texts: pl.Series, read: pl.Series, reasons: pl.DataFrame | None) -> pl.DataFrame:
    """List the lines that were not read, with their reasons where they are known."""
    index = pl.int_range(len(texts), dtype=pl.UInt32, eager=True)
    if len(read) == len(texts):
        return pl.DataFrame(schema=REFUSED_SCHEMA)
    left = ~index.is_in(read.implode())
    if reasons is None:
        blank = pl.lit(None, pl.String)
        return pl.DataFrame({"line": index.filter(left), "text": texts.filter(left)}).select(
            "line", blank.alias("reason"), blank.alias("field"), "text"
        )
    return reasons.select(
        pl.col(INDEX).alias("line"), "reason", "field", texts.gather(reasons[INDEX]).alias("text")
    )


def _kind() -> pl.Expr:
    return pl.coalesce(
        pl.when(pl.col("text").str.contains(row.pattern)).then(pl.lit(row.kind))
        for row in APPLICATION_LOGS
    )
