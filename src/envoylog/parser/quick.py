"""Cheap tests that suffice: a text that passes belongs to its field; one that fails may still.

Lines with a value that fails are left to the patterns, which decide. So these tests may be narrow
where hardly any honest line is, and the conversions need to be right only where the test passes.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.format.plan import Field
from envoylog.format.timestamps import Minute
from envoylog.parser import columns
from envoylog.spec import values as v
from envoylog.spec.values import Absence

# A block has some ten thousand values: so many tell whether most are alike.
_SAMPLE: Final = 2048
_ALIKE: Final = 0.6
_MICROS: Final = 1_000_000


def value(field: Field, text: pl.Expr) -> pl.Expr:
    """Convert as `columns.value` does, if `admits` says so.

    Parameters
    ----------
    field : Field
        What the text is.
    text : polars.Expr
        String column of texts as logged.

    Returns
    -------
    polars.Expr
    """
    if field.timestamp and (minute := field.timestamp.minute):
        return _moment(minute, text)
    return columns.value(field, text)


def admits(
    field: Field, text: pl.Expr, converted: pl.Expr, *, few: bool, clean: frozenset[str]
) -> pl.Expr | None:
    """Tell where a text surely belongs to its field.

    Parameters
    ----------
    field : Field
        What the text should be.
    text : polars.Expr
        String column of texts as logged.
    converted : polars.Expr
        The result of `value` for it.
    few : bool
        Whether the column has few distinct texts; changes the cost, not the result.
    clean : frozenset of str
        Characters that none of the texts holds.

    Returns
    -------
    polars.Expr or None
        Boolean column; None where every text belongs.
    """
    if is_free(field, clean):
        return text != "" if field.pattern.endswith("+") else None
    if has_shape(field, clean):
        return _distinct(field.pattern, text) if few else columns.admits(field, text, converted)
    if field.timestamp and (minute := field.timestamp.minute):
        belongs = _is_moment(minute, text)
    elif field.text_class in (v.UNSIGNED, v.SIGNED):
        belongs = _is_number(text)
    else:
        return columns.admits(field, text, converted)
    belongs &= converted.is_not_null()
    return belongs if field.absence is Absence.NEVER else belongs | columns.absent(field, text)


def is_free(field: Field, clean: frozenset[str]) -> bool:
    """Tell whether a field may be any text, perhaps but the empty one, without `clean`."""
    without = field.text_class.without
    return field.text_class is v.FREE or (without is not None and without <= clean)


def has_shape(field: Field, clean: frozenset[str]) -> bool:
    """Tell whether a field is tested by the shape of its text alone."""
    return columns.DTYPES[field.type] == pl.String() and not is_free(field, clean)


def repeating(texts: pl.DataFrame) -> frozenset[str]:
    """Name the columns whose texts repeat so much that it pays to test distinct ones."""
    if not texts.width:
        return frozenset()
    sample = texts.head(_SAMPLE)
    counts = sample.select(pl.all().n_unique()).row(0)
    return frozenset(
        name
        for name, count in zip(texts.columns, counts, strict=True)
        if count <= _ALIKE * len(sample)
    )


def _distinct(pattern: str, text: pl.Expr) -> pl.Expr:
    # `unique` once only: it gives another order each time.
    return text.is_in(text.unique().str.extract(f"^(?:{pattern})$", 0).implode())


def _moment(minute: Minute, text: pl.Expr) -> pl.Expr:
    head = text.str.slice(0, minute.width)
    read = head.str.to_datetime(minute.polars, time_unit="us", time_zone="UTC", strict=False)
    micros = read.to_physical() + _digits(_seconds(minute, text)) * _MICROS
    if minute.places:
        fraction = _digits(text.str.slice(minute.width + 3, minute.places))
        places = 6 - minute.places
        micros += fraction * 10**places if places >= 0 else fraction // 10**-places
    return micros.cast(columns.UTC)


def _is_moment(minute: Minute, text: pl.Expr) -> pl.Expr:
    """Tell where the parts are right, if `_moment` finds numbers in them."""
    size = minute.width + 2 + len(minute.after) + (1 + minute.places if minute.places else 0)
    seconds = _seconds(minute, text)
    tests = [
        text.str.len_bytes() == size,
        _distinct(minute.pattern, text.str.slice(0, minute.width)),
        _is_number(seconds),
        seconds < "60",
    ]
    if minute.after:
        tests.append(text.str.ends_with(minute.after))
    if minute.places:
        tests += [
            text.str.slice(minute.width + 2, 1) == ".",
            _is_number(text.str.slice(minute.width + 3, minute.places)),
        ]
    return pl.all_horizontal(tests)


def _is_number(text: pl.Expr) -> pl.Expr:
    # polars takes no other text from "0" on for a number; a sign sorts before it.
    return text >= "0"


def _seconds(minute: Minute, text: pl.Expr) -> pl.Expr:
    return text.str.slice(minute.width, 2)


def _digits(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Int64, strict=False)
