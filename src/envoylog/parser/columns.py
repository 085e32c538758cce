"""From the text of one value to its typed column: the same for TEXT and JSON."""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.format.plan import Field
from envoylog.format.timestamps import Timestamp
from envoylog.spec import values as v
from envoylog.spec.values import Absence, ValueType

UTC: Final = pl.Datetime("us", "UTC")

#: The polars type of each column type. HTTP and gRPC codes fit 16 bits, ports 32.
DTYPES: Final[dict[ValueType, pl.DataType]] = {
    ValueType.STRING: pl.String(),
    ValueType.ANY: pl.String(),
    ValueType.CODE: pl.Int16(),
    ValueType.PORT: pl.Int32(),
    ValueType.INTEGER: pl.Int64(),
    ValueType.TIMESTAMP: UTC,
}

#: Why a line was refused: the reason in words, and the column where reading stopped.
REFUSAL: Final = pl.Struct({"reason": pl.String(), "field": pl.String()})


def refusal(reason: str, column: str | None) -> pl.Expr:
    """Build the constant reason of a refused line."""
    return pl.struct(pl.lit(reason).alias("reason"), pl.lit(column, pl.String).alias("field"))


def value(field: Field, text: pl.Expr) -> pl.Expr:
    """Convert the text of a field to its column: absence becomes null, so does what does not fit.

    Parameters
    ----------
    field : Field
        What the text is.
    text : polars.Expr
        String column of texts as logged.

    Returns
    -------
    polars.Expr
        Of type ``DTYPES[field.type]``.
    """
    if field.timestamp:
        return moment(field.timestamp, text)
    dtype = DTYPES[field.type]
    if dtype != pl.String():
        return text.cast(dtype, strict=False)
    return pl.when(~absent(field, text)).then(text)


def admits(field: Field, text: pl.Expr, converted: pl.Expr) -> pl.Expr | None:
    """Tell whether a text belongs to its field, beyond what the split has proved.

    Parameters
    ----------
    field : Field
        What the text should be.
    text : polars.Expr
        String column of texts as logged, never null.
    converted : polars.Expr
        The result of `value` for it.

    Returns
    -------
    polars.Expr or None
        Boolean column; None where every text belongs.
    """
    if field.text_class is v.FREE:
        return None
    shape = text.str.contains(f"^(?:{field.pattern})$")
    possible = is_possible(field, text, converted)
    return shape if possible is None else shape & possible


def is_possible(field: Field, text: pl.Expr, converted: pl.Expr) -> pl.Expr | None:
    """Tell where a text of the right shape has a value: there is no month 13.

    Parameters and result are those of `admits`.
    """
    if DTYPES[field.type] == pl.String():
        return None
    return converted.is_not_null() | absent(field, text)


def moment(timestamp: Timestamp, text: pl.Expr) -> pl.Expr:
    """Read timestamps as UTC microseconds; null where there is no such moment."""
    if not timestamp.fraction:
        return _whole(timestamp, text)
    pattern = f"^({timestamp.before}){timestamp.fraction}({timestamp.after})$"
    before, digits, after = (text.str.extract(pattern, group) for group in (1, 2, 3))
    # The clock of Envoy has no more than six places.
    micros = digits.fill_null("").str.slice(0, 6).str.pad_end(6, "0").cast(pl.Int64, strict=False)
    return _whole(timestamp, before + after) + pl.duration(microseconds=micros)


def _whole(timestamp: Timestamp, text: pl.Expr) -> pl.Expr:
    if not timestamp.polars:
        pattern = f"^{timestamp.before}{timestamp.after}$".replace("[0-9]{1,11}", "([0-9]{1,11})")
        seconds = text.str.extract(pattern)
        return (seconds.cast(pl.Int64, strict=False) * 1_000_000).cast(UTC)
    zone = "UTC" if timestamp.zoned else None
    read = text.str.to_datetime(timestamp.polars, time_unit="us", time_zone=zone, strict=False)
    if timestamp.zoned:
        return read
    # Of the hour that comes twice in autumn the first is taken; the one left out in spring is null.
    return read.dt.replace_time_zone(
        timestamp.zone, ambiguous="earliest", non_existent="null"
    ).dt.convert_time_zone("UTC")


def absent(field: Field, text: pl.Expr) -> pl.Expr:
    """Tell where a text is how Envoy spells that the field has no value."""
    if field.absence is Absence.EMPTY:
        return text.is_in(["", "-"])
    return text == "-"
