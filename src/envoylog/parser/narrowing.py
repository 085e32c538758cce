"""Leave lines unread that cannot satisfy a condition: what makes a filter cheaper than reading."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from envoylog.parser.split_reader import OK, SplitReader

# Where more lines are kept, looking first costs more than it saves.
_SELECTIVE = 0.5


@dataclass
class Narrowing:
    """Tells which lines may satisfy a condition, from the few cuts that its columns need.

    Every cut is right in whatever reading a line has (`parser/splits.py`), so that the rest of a
    line need not be read to know the value of a column.

    Attributes
    ----------
    reader : SplitReader
        Of the columns of the condition alone.
    condition : polars.Expr
        Over these columns.
    """

    reader: SplitReader
    condition: pl.Expr
    _pays: bool = field(default=True, init=False)

    @property
    def asks_for_controls(self) -> bool:
        """Whether `keep` is faster where it is told that there are no control characters."""
        return any(field.text_class.without is not None for field in self.reader.fields)

    def keep(self, lines: pl.Series, *, printable: bool = False) -> pl.Series:
        """Leave out the lines that surely do not satisfy the condition.

        Parameters
        ----------
        lines : polars.Series
            The lines of a block.
        printable : bool
            Whether they are known to hold no control characters but tabs; makes it faster.

        Returns
        -------
        polars.Series
            Those that do, those that may, and perhaps others.
        """
        if not self._pays or lines.is_empty():
            return lines
        read = self.reader.read(lines, printable=printable)
        holds = read.select(self.condition).to_series().fill_null(value=False)
        kept = lines.filter(holds | ~read[OK])
        self._pays = len(kept) <= _SELECTIVE * len(lines)
        return kept
