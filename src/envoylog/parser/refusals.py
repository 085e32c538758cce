"""Say why a TEXT line has no reading: at which field reading stopped, and what was expected."""

from __future__ import annotations

import polars as pl

from envoylog.format.plan import Field
from envoylog.parser import columns
from envoylog.parser.text import TextReader


def explain(reader: TextReader, texts: pl.Series) -> pl.Series:
    """Explain refused lines.

    The record's pattern is tried piece by piece: the first piece that no longer fits, even with
    anything after it, is where reading stopped.

    Parameters
    ----------
    reader : TextReader
        The reader that refused them.
    texts : polars.Series
        The lines.

    Returns
    -------
    polars.Series
        Of structs `reason` and `field`, one per line. Reasons speak of the format only, so they
        can be counted.
    """
    if texts.is_empty():
        return pl.Series(dtype=columns.REFUSAL)
    frame = texts.alias("text").to_frame()
    stops = [
        pl.when(~pl.col("text").str.contains(reader.pattern(count + 1))).then(
            _stopped(reader, count)
        )
        for count in range(len(reader.segments))
    ]
    misfits = [
        pl.when(pl.col("text").str.contains(reader.pattern())).then(
            columns.refusal("the value is impossible or out of range", None)
        )
    ]
    rest = columns.refusal("more text follows than the format has", reader.fields[-1].column)
    return frame.select(pl.coalesce(*stops, *misfits, rest)).to_series()


def _stopped(reader: TextReader, count: int) -> pl.Expr:
    segment = reader.segments[count]
    if isinstance(segment, Field):
        return columns.refusal(f"expected {segment.text_class.meaning}", segment.column)
    before = [s.column for s in reader.segments[:count] if isinstance(s, Field)]
    return (
        columns.refusal(f"expected {segment.text!r} after it", before[-1])
        if before
        else (columns.refusal(f"the line does not start with {segment.text!r}", None))
    )
