"""Several formats at once: each line is read by the first that fits it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.parser.parser import AccessLogParser, Parsed

#: The column that says which format a row was read by.
FORMAT: Final = "format"
_PLACE: Final = "#place"


@dataclass(frozen=True)
class MixedParser:
    """Reads lines in several formats.

    A format fits exactly if it reads a line in one way only and leaves no key over. The first that
    does so has the line; if there is none, the first that reads it at all.

    Attributes
    ----------
    formats : tuple of (str, AccessLogParser)
        Their names and what they compile to, in the order in which they are tried.

    Examples
    --------
    >>> formats = {"a": "%RESPONSE_CODE% %DURATION%ms", "b": "%DURATION% %PROTOCOL%"}
    >>> mixed = MixedParser(
    ...     tuple((name, AccessLogParser.from_format(text)) for name, text in formats.items())
    ... )
    >>> mixed.parse_lines(["200 17ms", "5 HTTP/2"]).rows.select("format", "duration").rows()
    [('a', 17), ('b', 5)]
    """

    formats: tuple[tuple[str, AccessLogParser], ...]

    @cached_property
    def parsers(self) -> tuple[AccessLogParser, ...]:
        """The formats without their names."""
        return tuple(parser for _name, parser in self.formats)

    @cached_property
    def schema(self) -> pl.Schema:
        """The columns of all formats; where they differ in type, text."""
        schema = pl.Schema()
        for parser in self.parsers:
            for name, kind in parser.schema.items():
                same = schema.get(name, kind) == kind
                schema[name] = kind if same else pl.String()
        for last in ("extra", "ambiguous"):
            if last in schema:
                schema[last] = schema.pop(last)
        schema[FORMAT] = pl.String()
        return schema

    @property
    def spans_lines(self) -> bool:
        """Whether a record may take several lines."""
        return any(parser.spans_lines for parser in self.parsers)

    @cached_property
    def begins(self) -> str:
        """The regular expression of how a record of one of them begins."""
        return "|".join(f"(?:{parser.begins})" for parser in self.parsers)

    def unfinished(self, lines: pl.Series) -> int:
        """Count the lines at the end that may begin a record of several lines."""
        return max(parser.unfinished(lines) for parser in self.parsers)

    @property
    def counts_quotes(self) -> bool:
        """Never: what one format leaves for the next holds others."""
        return False

    def parse_lines(
        self,
        lines: Iterable[str] | pl.Series,
        *,
        printable: bool = False,
        quotes: int | None = None,  # noqa: ARG002 - see counts_quotes
    ) -> Parsed:
        """Read lines, as `AccessLogParser.parse_lines` does.

        Parameters
        ----------
        lines : iterable of str, or polars.Series
            Lines without their newlines.
        printable : bool
            Whether they are known to hold no control characters but tabs; makes it faster.
        quotes : int, optional
            Not needed.

        Returns
        -------
        Parsed
            Why a line is a reject, is said by the first format.
        """
        texts = lines if isinstance(lines, pl.Series) else pl.Series(list(lines), dtype=pl.String)
        left = pl.int_range(len(texts), dtype=pl.UInt32, eager=True)
        taken: list[pl.DataFrame] = []
        loose: list[tuple[pl.DataFrame, AccessLogParser]] = []
        for name, parser in self.formats:
            parsed = parser.parse_lines(texts.gather(left), printable=printable)
            if not taken:
                rejects, skipped = parsed.rejects, parsed.skipped
            rows = self._united(name, parsed.rows).with_columns(
                left.gather(parsed.places).alias(_PLACE)
            )
            exact = rows.select(_is_exact(rows)).to_series()
            taken.append(rows.filter(exact))
            loose.append((rows.filter(~exact), parser))
            left = _without(left, taken[-1][_PLACE], parser)
            if left.is_empty():
                break
        for rows, parser in loose:
            taken.append(rows.filter(pl.col(_PLACE).is_in(left.implode())))
            left = _without(left, taken[-1][_PLACE], parser)
        together = pl.concat(taken).sort(_PLACE, maintain_order=True)
        return Parsed(
            together.drop(_PLACE),
            rejects.filter(pl.col("line").is_in(left.implode())),
            skipped.filter(pl.col("line").is_in(left.implode())),
            together[_PLACE],
        )

    def _united(self, name: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.select(
            pl.lit(name).alias(FORMAT)
            if column == FORMAT
            else (pl.col(column) if column in rows.columns else pl.lit(None))
            .cast(kind)
            .alias(column)
            for column, kind in self.schema.items()
        )


#: One format, or several at once.
LineParser = AccessLogParser | MixedParser


def _is_exact(rows: pl.DataFrame) -> pl.Expr:
    exact = pl.repeat(value=True, n=pl.len())
    if "ambiguous" in rows.columns:
        exact &= ~pl.col("ambiguous").fill_null(value=False)
    if "extra" in rows.columns:
        exact &= pl.col("extra").is_null()
    return exact


def _without(left: pl.Series, places: pl.Series, parser: AccessLogParser) -> pl.Series:
    """Leave out the lines of rows; a record may take several."""
    for line in range(parser.plan.document.lines):
        left = left.filter(~left.is_in((places + line).implode()))
    return left
