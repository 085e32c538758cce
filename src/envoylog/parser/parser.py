"""The compiled format: from lines to typed rows, and to the lines that could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from envoylog.format.document import Encoding, JsonFormat, read_document
from envoylog.format.lexer import Literal
from envoylog.format.plan import Plan, make_plan
from envoylog.parser.columns import DTYPES
from envoylog.parser.framing import Framing, Glued
from envoylog.parser.narrowing import Narrowing
from envoylog.parser.refusals import Explainer
from envoylog.parser.text import AMBIGUOUS, INDEX, TextReader, escape
from envoylog.spec.application_log import APPLICATION_LOGS

if TYPE_CHECKING:
    from envoylog.parser.json_lines import JsonReader

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

    Where a record takes several lines, those lines are one; where several records stand in one
    line, it is as many.

    Attributes
    ----------
    rows : polars.DataFrame
        One typed row per access-log record, in the order of the lines.
    rejects : polars.DataFrame
        `line` (from 0), `reason`, `field` (where reading stopped) and `text` of unreadable lines.
    skipped : polars.DataFrame
        The same for lines that are recognisably no access-log lines; `reason` says what they are.
    places : polars.Series
        The line (from 0) of each row; the first one of a record of several lines.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    skipped: pl.DataFrame
    places: pl.Series


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
        cls,
        source: str | JsonFormat,
        encoding: Encoding | None = None,
        *,
        timezone: str | None = None,
        omit_empty_values: bool = False,
    ) -> AccessLogParser:
        """Compile a format given as a TEXT string, a JSON string or a dictionary.

        Parameters
        ----------
        source : str or mapping
            The format itself, not its name.
        encoding : Encoding, optional
            By default, a string that is a JSON object is a JSON dictionary.
        timezone : str, optional
            The IANA zone of the machines that wrote the log, for local times without an offset.
        omit_empty_values : bool
            Whether Envoy was told to write nothing, instead of `-`, for what is missing.

        Returns
        -------
        AccessLogParser

        Raises
        ------
        FormatError
            With every fault of the format.
        """
        document = read_document(source, encoding)
        return cls(make_plan(document, timezone=timezone, omit_empty_values=omit_empty_values))

    @cached_property
    def schema(self) -> pl.Schema:
        """The columns of the rows and their types."""
        schema = pl.Schema({field.column: DTYPES[field.type] for field in self.plan.fields})
        if not self.text_reader:
            schema["extra"] = pl.String()
        if self.text_reader or any(len(member.segments) > 1 for member in self.plan.members):
            schema["ambiguous"] = pl.Boolean()
        return schema

    def explain(self) -> str:
        """Say in a table what each part of the format becomes, and what to know about it."""
        from envoylog.format.explain import explain_text  # A run needs none.

        return explain_text(self.plan)

    def _repr_html_(self) -> str:
        from envoylog.format.explain import explain_html

        return explain_html(self.plan)

    def parse_lines(
        self,
        lines: Iterable[str] | pl.Series,
        *,
        printable: bool = False,
        quotes: int | None = None,
    ) -> Parsed:
        """Read lines.

        Parameters
        ----------
        lines : iterable of str, or polars.Series
            Lines without their newlines.
        printable : bool
            Whether they are known to hold no control characters but tabs; makes it faster.
        quotes : int, optional
            How many `"` all of them hold; makes JSON faster.

        Returns
        -------
        Parsed
            No line makes it raise.
        """
        texts = lines if isinstance(lines, pl.Series) else pl.Series(list(lines), dtype=pl.String)
        if self.text_reader is None:
            rows, refused = self._json.read(texts, printable=printable, quotes=quotes)
            unread = _refused(texts, refused)
        else:
            rows, unread = self._read_text(self.text_reader, texts, printable)
        rejects, skipped = self._told_apart(unread) if len(unread) else (unread, unread)
        return Parsed(
            rows.rename({AMBIGUOUS: "ambiguous"}).select(self.schema.names()),
            rejects,
            skipped,
            rows[INDEX],
        )

    def _told_apart(self, unread: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Tell rejects, and why they are, from lines of other logs."""
        kinds = unread.select(_kind()).to_series()
        rejects = unread.filter(kinds.is_null())
        if self.text_reader:
            rejects = rejects.drop("reason", "field").with_columns(
                self._explainer.explain(rejects["text"]).struct.unnest()
            )
        skipped = unread.with_columns(kinds.alias("reason"), field=pl.lit(None, pl.String))
        return rejects.select(*REFUSED_SCHEMA), skipped.filter(kinds.is_not_null())

    def narrowing(self, condition: pl.Expr) -> Narrowing | None:
        """Prepare to leave lines unread that do not satisfy a condition.

        Parameters
        ----------
        condition : polars.Expr
            Over the columns of the rows, each row for itself.

        Returns
        -------
        Narrowing or None
            None where every line must be read.
        """
        alone = self._framing is None and not (self._glued and self._glued.boundary)
        return self.text_reader.narrowing(condition) if self.text_reader and alone else None

    @property
    def spans_lines(self) -> bool:
        """Whether a record takes several lines."""
        return self.plan.document.lines > 1

    @property
    def counts_quotes(self) -> bool:
        """Whether `parse_lines` is faster where it is told how many quotes there are."""
        return self.text_reader is None

    @property
    def parsers(self) -> tuple[AccessLogParser, ...]:
        """Itself, as `MixedParser` has several."""
        return (self,)

    @cached_property
    def begins(self) -> str:
        """The regular expression of how a record begins, as far as its first literal or field."""
        if not self.text_reader:
            return r'^\s*\{\s*"'
        first = self.text_reader.segments[0]
        return f"^{escape(first.text) if isinstance(first, Literal) else first.pattern}"

    def unfinished(self, lines: pl.Series) -> int:
        """Count the lines at the end of a block that may begin a record of several lines.

        Parameters
        ----------
        lines : polars.Series
            The lines of a block.

        Returns
        -------
        int
            How many to put before the next block; 0 for formats of one line.
        """
        return self._framing.unfinished(lines) if self._framing else 0

    def _read_text(
        self, reader: TextReader, lines: pl.Series, printable: bool
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Read TEXT lines: rows, and the lines that were not read."""
        index = pl.int_range(len(lines), dtype=pl.UInt32, eager=True)
        texts = lines
        if self._framing:
            texts, index = self._framing.records(lines)
            printable = False  # they hold newlines
        rows = reader.read(texts, printable=printable)
        unread = pl.DataFrame({"line": index, "text": texts})
        if len(rows) == len(texts):
            unread = unread.clear()  # nearly all blocks
        else:
            left = pl.repeat(value=True, n=len(texts), dtype=pl.Boolean, eager=True)
            unread = unread.filter(left.scatter(rows[INDEX], values=False))
        if self._glued and self._glued.boundary:
            rows, unread = self._read_glued(self._glued, (texts, index), rows, unread)
        elif self._framing:
            rows = rows.with_columns(index.gather(rows[INDEX]).alias(INDEX))
        blank = pl.lit(None, pl.String)
        return rows, unread.select("line", blank.alias("reason"), blank.alias("field"), "text")

    def _read_glued(
        self,
        glued: Glued,
        lines: tuple[pl.Series, pl.Series],
        rows: pl.DataFrame,
        unread: pl.DataFrame,
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Cut records that stand back to back in one line."""
        texts, index = lines
        several = glued.several(texts.gather(rows[INDEX]))
        rows = rows.with_columns(
            pl.col(AMBIGUOUS) | several, index.gather(rows[INDEX]).alias(INDEX)
        )
        pieces = pl.concat([unread, glued.cut(unread["text"])], how="horizontal")
        cut = pieces.filter(pl.col("records").list.len() > 0).explode("records")
        if cut.is_empty():
            return rows, unread
        read = glued.reader.read(cut["records"])
        found = cut[read[INDEX]]
        place = pl.int_range(len(cut), dtype=pl.UInt32, eager=True)
        lost = cut.filter(~place.is_in(read[INDEX].implode())).select("line", text="records")
        read = read.with_columns(pl.col(AMBIGUOUS) | ~found["certain"], found["line"].alias(INDEX))
        whole = pieces.filter(pl.col("records").list.len() == 0).select("line", "text")
        return (
            pl.concat([rows, read]).sort(INDEX, maintain_order=True),
            pl.concat([whole, lost]).sort("line", maintain_order=True),
        )

    @cached_property
    def _framing(self) -> Framing | None:
        lines = self.plan.document.lines
        return Framing(self.text_reader, lines) if self.text_reader and lines > 1 else None

    @cached_property
    def _glued(self) -> Glued | None:
        ends_line = self.plan.document.ends_line
        return None if ends_line or self.text_reader is None else Glued(self.text_reader)

    @cached_property
    def text_reader(self) -> TextReader | None:
        """The reader of TEXT records; None for JSON."""
        text = self.plan.encoding is Encoding.TEXT
        return TextReader(self.plan.members[0].segments) if text else None

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self.plan.members[0].segments)

    @cached_property
    def _json(self) -> JsonReader:
        from envoylog.parser.json_lines import JsonReader  # TEXT needs none of its modules.

        return JsonReader(self.plan.members, self.plan.document.literals)


def _refused(texts: pl.Series, reasons: pl.DataFrame) -> pl.DataFrame:
    return reasons.select(
        pl.col(INDEX).alias("line"), "reason", "field", texts.gather(reasons[INDEX]).alias("text")
    )


@cache
def _kind() -> pl.Expr:
    return pl.coalesce(
        pl.when(pl.col("text").str.contains(row.pattern)).then(pl.lit(row.kind))
        for row in APPLICATION_LOGS
    )
