"""Read the timestamps of plain lines: their minutes as text, of which there are few, and digits."""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.format.timestamps import Minute
from envoylog.parser import columns, quick
from envoylog.parser.cells import Cell
from envoylog.parser.plain import PlainLines

_MICROS: Final = 1_000_000
_ZERO: Final = ord("0")


def read_moments(found: PlainLines, cell: Cell, minute: Minute, heads: pl.Series) -> pl.Series:
    """Read one timestamp of each plain line.

    Parameters
    ----------
    found : PlainLines
        The lines.
    cell : Cell
        Where the timestamp stands, with literals around it.
    minute : Minute
        Its shape.
    heads : polars.Series
        Its text up to the seconds.

    Returns
    -------
    polars.Series
        Null where it has another shape, or is no moment.
    """
    before, after = cell.piece.edges
    at = found.place(cell.begin) + 1 + len(before)
    frame = pl.DataFrame({"at": at, "size": found.place(cell.end) - len(after) - at, "head": heads})
    last = len(found.data) - 1

    def code(place: int) -> pl.Expr:
        where = (pl.col("at") + minute.width + place).clip(0, last)
        return pl.lit(found.codes).gather(where)

    fraction = range(3, 3 + minute.places)
    digits = [0, 1, *fraction]
    end = digits[-1] + 1
    literals = {end + place: char for place, char in enumerate(minute.after)}
    if minute.places:
        literals[2] = "."
    frame = frame.with_columns((code(place) - _ZERO).alias(f"{place}") for place in digits)
    seconds, parts = _number([0, 1]) * _MICROS, _number(fraction)
    scale = 6 - minute.places
    micros = parts * 10**scale if scale >= 0 else parts // 10**-scale
    head = pl.col("head").str.to_datetime(
        minute.polars, time_unit="us", time_zone="UTC", strict=False
    )
    right = [
        pl.col("size") == minute.width + end + len(minute.after),
        quick.is_alike(minute.pattern, pl.col("head")),
        pl.col("0") < 6,  # noqa: PLR2004 - tens of seconds
        *(pl.col(f"{place}").is_between(0, 9) for place in digits),
        *(code(place) == ord(char) for place, char in literals.items()),
    ]
    moment = (head.to_physical() + seconds + micros).cast(columns.UTC)
    return frame.select(pl.when(right).then(moment).alias("moment")).to_series()


def _number(digits: range | list[int]) -> pl.Expr:
    """Put digits together, the first of them the highest."""
    number = pl.lit(0, pl.Int64)
    for place in digits:
        number = number * 10 + pl.col(f"{place}").cast(pl.Int64)
    return number
