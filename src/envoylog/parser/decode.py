"""From the texts of fields to typed columns, and whether each text belongs to its field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.format.plan import Field
from envoylog.parser import quick

OK: Final = "#ok"
# Before the column of a field: its text as logged. Not `#`, as a field may be called `index`.
RAW: Final = "="


@dataclass(frozen=True)
class Decoder:
    """Decodes the texts of the fields of many records.

    Attributes
    ----------
    clean : tuple of (Field, frozenset of str)
        The fields, and the characters that none of their texts holds.
    """

    clean: tuple[tuple[Field, frozenset[str]], ...]
    _checks: dict[frozenset[str], pl.Expr] = dataclasses.field(default_factory=dict, compare=False)

    def decode(self, texts: pl.DataFrame) -> pl.DataFrame:
        """Decode texts.

        Parameters
        ----------
        texts : polars.DataFrame
            The text of each field, under its name with `RAW` before it; and `#ok`, unless all the
            literals around them are in place.

        Returns
        -------
        polars.DataFrame
            A typed column per field, and `#ok` where this is the reading.
        """
        values = texts.with_columns(self._values)
        few = quick.repeating(texts.select(self._tested))
        if few not in self._checks:
            every = pl.repeat(value=True, n=pl.len(), dtype=pl.Boolean())
            self._checks[few] = pl.all_horizontal(every, *self._admits(few))
        ok = self._checks[few].fill_null(value=False)
        if OK in texts.columns:
            ok &= pl.col(OK).fill_null(value=False)
        return values.select(*(field.column for field, _clean in self.clean), ok.alias(OK))

    @cached_property
    def _tested(self) -> list[str]:
        """The fields whose test costs less on distinct texts."""
        return [RAW + field.column for field, clean in self.clean if quick.has_shape(field, clean)]

    @cached_property
    def _values(self) -> list[pl.Expr]:
        return [
            quick.value(field, pl.col(RAW + field.column)).alias(field.column)
            for field, _clean in self.clean
        ]

    def _admits(self, few: frozenset[str]) -> Iterator[pl.Expr]:
        for field, clean in self.clean:
            name, value = RAW + field.column, pl.col(field.column)
            check = quick.admits(field, pl.col(name), value, few=name in few, clean=clean)
            if check is not None:
                yield check
