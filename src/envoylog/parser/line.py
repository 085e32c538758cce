"""The story of one line: its readings, or where reading stops and which format would fit."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import polars as pl

from envoylog.parser.detect import INFERRED, detect
from envoylog.parser.parser import AccessLogParser
from envoylog.parser.strict import explain_line


@dataclass(frozen=True, slots=True)
class LineStory:
    """How one line is read.

    Attributes
    ----------
    verdict : str
        One sentence.
    columns : tuple of str
        The columns of the format.
    readings : tuple of tuple
        The values of each reading, the one that is the row first.
    fits : str or None
        A named format that reads the line, if this one does not.
    """

    verdict: str
    columns: tuple[str, ...] = ()
    readings: tuple[tuple[object, ...], ...] = ()
    fits: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Give the facts as plain values, for JSON."""
        return asdict(self)


def explain_one(parser: AccessLogParser, line: str) -> LineStory:
    """Explain one line.

    Parameters
    ----------
    parser : AccessLogParser
        The format.
    line : str
        One line, or one record of several lines.

    Returns
    -------
    LineStory

    Examples
    --------
    >>> parser = AccessLogParser.from_format('"%REQ(A)%" "%REQ(B)%"')
    >>> story = explain_one(parser, '"x" "y" "z"')
    >>> story.verdict
    '2 readings: the line is ambiguous, and the first reading is the row'
    """
    parsed = parser.parse_lines(line.split("\n"))
    if len(parsed.rows):
        return _read(parser, line, parsed.rows)
    if len(parsed.skipped):
        return LineStory(f"no access-log line: {parsed.skipped['reason'][0]}")
    reject = parsed.rejects.row(0, named=True)
    where = f"at {reject['field']}: " if reject["field"] else ""
    verdict = f"no reading: {where}{reject['reason']}"
    best = detect(pl.Series([line], dtype=pl.String))[0]
    if best.rate == 1 and best.name != INFERRED and best.parser.plan != parser.plan:
        return LineStory(f"{verdict}; --format {best.name} reads it", fits=best.name)
    if parser.text_reader and explain_line(parser.text_reader.segments, line, limit=1).truncated:
        verdict += "; the line may have been cut off"
    return LineStory(verdict)


def _read(parser: AccessLogParser, line: str, rows: pl.DataFrame) -> LineStory:
    columns = tuple(field.column for field in parser.plan.fields)
    if len(rows) > 1:
        verdict = f"{len(rows)} records stand in this line"
        return LineStory(verdict, columns, tuple(rows.select(columns).rows()))
    row = rows.select(columns).row(0)
    reader = parser.text_reader
    if "ambiguous" not in rows.columns or not rows["ambiguous"][0]:
        extra = rows["extra"][0] if "extra" in rows.columns else None
        more = f"; outside the format stands {extra}" if extra else ""
        return LineStory(f"one reading{more}", columns, (row,))
    if reader is None:
        verdict = "several readings: the line is ambiguous, and this reading is the row"
        return LineStory(verdict, columns, (row,))
    found = explain_line(reader.segments, line)
    others = reader.typed([reading.values for reading in found.readings]).rows()
    if row in others:
        others.remove(row)
    count = f"{len(others) + 1}" if found.complete else f"more than {len(others)}"
    verdict = f"{count} readings: the line is ambiguous, and the first reading is the row"
    if found.complete and not others:
        verdict = "one reading, or several records back to back: the line is ambiguous"
    return LineStory(verdict, columns, (row, *others))
