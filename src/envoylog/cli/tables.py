"""Tables as wide as they are, or made to fit: long texts in lines, or a block for each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from envoylog.display.shown import Shown, shown, unit_shown

#: Texts that are no longer than that stay in one line, as numbers do.
_SHORT: Final = 24
_GAP: Final = 2
_UNBOUNDED: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    unit: str
    cells: Sequence[Shown]

    @property
    def is_number(self) -> bool:
        return any(cell.is_number for cell in self.cells)

    @property
    def width(self) -> int:
        texts = (self.name, self.unit, *(cell.text for cell in self.cells))
        return max(map(cell_len, texts))

    @property
    def least(self) -> int:
        return self.width if self.is_number else min(self.width, _SHORT)


def table_text(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    units: Mapping[str, str] | None = None,
    *,
    width: int | None = None,
    zone: tzinfo | None = None,
) -> str:
    """Write an aligned table, numbers to the right, units in the header.

    Where it is too wide, long texts are broken into lines; where that is not enough, each row
    becomes a block with one line for each column. Nothing is left out.

    Parameters
    ----------
    header : sequence of str
        The names of the columns.
    rows : iterable of sequences
        The values.
    units : mapping, optional
        UCUM units of columns.
    width : int, optional
        How many characters a line may have; None for any number.
    zone : tzinfo, optional
        In which moments are shown; else as they come.

    Returns
    -------
    str

    Examples
    --------
    >>> row = ("/users/{id}", 1203, 12)
    >>> print(table_text(("route", "requests", "p99"), [row], {"p99": "ms"}, width=22))
    route     /users/{id}
    requests  1,203
    p99       12 ms
    """
    units = units or {}
    values = list(rows)
    columns = [
        _Column(
            name,
            unit_shown(units.get(name)),
            [shown(row[number], units.get(name), zone) for row in values],
        )
        for number, name in enumerate(header)
    ]
    least = sum(column.least + _GAP for column in columns) - _GAP
    # A head without rows is no block.
    width = width if values else None
    fits = width is None or least <= width
    # A height, as rich believes no width alone of a terminal that says it is dumb.
    console = Console(width=width or _UNBOUNDED, height=1, highlight=False)
    with console.capture() as capture:
        console.print(_table(columns) if fits else _blocks(columns))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _table(columns: Sequence[_Column]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(
            Text(f"{column.name}\n{column.unit}" if column.unit else column.name),
            justify="right" if column.is_number else "left",
            no_wrap=column.least == column.width,
            overflow="fold",
            min_width=column.least,
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(cell.text) for cell in cells))
    return table


def _blocks(columns: Sequence[_Column]) -> Table:
    table = Table.grid(padding=(0, _GAP, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for number, cells in enumerate(zip(*(column.cells for column in columns), strict=True)):
        if number:
            table.add_row()
        for column, cell in zip(columns, cells, strict=True):
            unit = f" {column.unit}" if cell.is_number and column.unit else ""
            table.add_row(Text(column.name), Text(f"{cell.text}{unit}"))
    return table
