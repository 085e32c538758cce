"""Find the records among the lines: formats whose record takes several lines, or ends without one.

Envoy adds no newline to a TEXT record. So a format may spread one record over several lines, and
one without a newline at its end writes records back to back, unless a product adds the newline.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from envoylog.format.lexer import Literal
from envoylog.format.plan import Segment
from envoylog.parser.text import TextReader

# Marks where to cut; a character that Unicode assigns to nobody, so that no log has it.
_MARK = "\U0010fffd"


@dataclass(frozen=True)
class Framing:
    """Tells where records begin and end.

    Attributes
    ----------
    reader : TextReader
        The format.
    lines : int
        How many lines one record takes.
    """

    reader: TextReader
    lines: int

    @cached_property
    def _first_line(self) -> str:
        """The regular expression of the first line of a record."""
        segments: list[Segment] = []
        for segment in self.reader.segments:
            if isinstance(segment, Literal) and "\n" in segment.text:
                text = segment.text.partition("\n")[0]
                segments.append(Literal(text, segment.start, segment.end))
                break
            segments.append(segment)
        return TextReader(tuple(segments)).pattern()

    def records(self, lines: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Join the lines of each record.

        Parameters
        ----------
        lines : polars.Series
            Lines of the log.

        Returns
        -------
        texts : polars.Series
            Whole records, and every line that belongs to none, in order.
        first : polars.Series
            The place of the first line of each.
        """
        starts = self._starts(lines)
        index = pl.int_range(len(lines), dtype=pl.UInt32, eager=True)
        taken = pl.concat([starts + place for place in range(self.lines)])
        alone = index.filter(~index.is_in(taken.implode()))
        first = pl.concat([starts, alone])
        order = first.arg_sort()
        return pl.concat([self._joined(lines, starts), lines.gather(alone)]).gather(
            order
        ), first.gather(order)

    def unfinished(self, lines: pl.Series) -> int:
        """Count the lines at the end that may begin a record whose rest is still to come."""
        starts = self._starts(lines)
        settled = max(len(lines) - self.lines + 1, starts[-1] + self.lines if len(starts) else 0)
        begins = lines.slice(settled).str.contains(self._first_line)
        return len(lines) - settled - int(begins.arg_max() or 0) if begins.any() else 0

    def _starts(self, lines: pl.Series) -> pl.Series:
        """Find where whole records start; of two that overlap, the first is taken."""
        index = pl.int_range(len(lines), dtype=pl.UInt32, eager=True)
        begins = lines.str.contains(self._first_line) & (index + self.lines <= len(lines))
        starts = index.filter(begins)
        starts = starts.filter(self._joined(lines, starts).str.contains(self.reader.pattern()))
        if (starts.diff().drop_nulls() >= self.lines).all():
            return starts
        kept: list[int] = []
        for start in starts:
            if not kept or start >= kept[-1] + self.lines:
                kept.append(start)
        return pl.Series(kept, dtype=pl.UInt32)

    def _joined(self, lines: pl.Series, starts: pl.Series) -> pl.Series:
        columns = {str(place): lines.gather(starts + place) for place in range(self.lines)}
        return pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator="\n")).to_series()


@dataclass(frozen=True)
class Glued:
    """Cuts lines in which records without a newline stand back to back.

    Attributes
    ----------
    reader : TextReader
        The format.
    """

    reader: TextReader

    @cached_property
    def _record(self) -> str:
        return self.reader.pattern()[1:-1]

    @cached_property
    def boundary(self) -> str:
        """The text between two records; empty where a record begins or ends with a value."""
        first, last = self.reader.segments[0], self.reader.segments[-1]
        if isinstance(first, Literal) and isinstance(last, Literal):
            return last.text + first.text
        return ""

    def several(self, texts: pl.Series) -> pl.Series:
        """Tell which texts can be read as several records."""
        candidates = texts.str.contains(self.boundary, literal=True)
        if not candidates.any():
            return candidates
        return candidates & texts.str.contains(f"^(?:{self._record}){{2,}}$")

    def cut(self, texts: pl.Series) -> pl.DataFrame:
        """Cut texts that are several records back to back.

        Parameters
        ----------
        texts : polars.Series
            Lines that are no single record.

        Returns
        -------
        polars.DataFrame
            `records`, the pieces of each text in order: records, and what stands between them;
            empty for what has not two records. And `certain`, whether nothing stands between
            them, and the shortest records and the longest cut it alike.
        """
        pattern = f"(?U){self._record}"
        short = texts.str.extract_all(pattern)
        long = texts.str.extract_all(self._record)
        several = (short.list.len() > 1) & ~texts.str.contains(_MARK, literal=True)
        marked = texts.str.replace_all(pattern, f"{_MARK}${{0}}{_MARK}").str.split(_MARK)
        pieces = pl.col("records").list.eval(pl.element().filter(pl.element() != ""))
        return pl.DataFrame([marked.alias("records")]).select(
            pl.when(several).then(pieces).otherwise(pl.lit([], pl.List(pl.String))),
            certain=(short.list.join("") == texts)
            & (short.list.join("\0") == long.list.join("\0")),
        )
