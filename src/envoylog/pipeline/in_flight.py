"""Hold reading back while rows wait to be written: on a slow disk, memory must not fill with them.

polars takes in a dozen frames before it stops asking for more, and says nothing of when they are
gone. But a column whose buffer belongs to Python tells when it is given back.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from threading import Condition
from typing import Final

import nanoarrow as na
import polars as pl
from nanoarrow.c_array import c_array_from_buffers

# After so long, more memory is better than a run that stands still.
_SECONDS: Final = 60.0
# In a column of fixed width, after the bits that tell which values are null.
_VALUES: Final = 1


@dataclass
class InFlight:
    """Counts the rows that a sink was given and has not written.

    Attributes
    ----------
    group : int
        How many rows it writes at a time. It must be given so many, and may keep a frame that it
        has written in part.
    """

    group: int
    _rows: int = field(default=0, init=False)
    _largest: int = field(default=0, init=False)
    _changed: Condition = field(default_factory=Condition, init=False)

    def admit(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Wait until the sink may have more.

        Parameters
        ----------
        rows : polars.DataFrame
            What it is to have next.

        Returns
        -------
        polars.DataFrame
            The same, to be counted until it is gone. Where all columns are texts, nothing is.
        """
        column = next((c for c in reversed(rows.get_columns()) if _has_fixed_width(c.dtype)), None)
        count = len(rows)
        if column is None or not count:
            return rows
        with self._changed:
            self._largest = max(self._largest, count)
            room = self.group + self._largest
            self._changed.wait_for(lambda: self._rows <= room, timeout=_SECONDS)
            self._rows += count
        return rows.with_columns(self._watched(column))

    def _watched(self, column: pl.Series) -> pl.Series:
        """Give a column whose end is noticed, without a copy."""
        [array] = na.c_array_stream(column.rechunk())
        view = array.view()
        buffers = [view.buffer(number) for number in range(view.n_buffers)]
        buffers[_VALUES] = memoryview(buffers[_VALUES])
        weakref.finalize(buffers[_VALUES], self._gone, len(column)).atexit = False
        again = c_array_from_buffers(
            array.schema, len(column), buffers, null_count=column.null_count(), offset=array.offset
        )
        return pl.Series(column.name, again)

    def _gone(self, rows: int) -> None:
        with self._changed:
            self._rows -= rows
            self._changed.notify()


def _has_fixed_width(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Boolean()
