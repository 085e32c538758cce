"""Print: data on stdout, talk on stderr, nothing that a terminal could mistake for a command."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from envoylog.questions.answer import Answer

# Control characters, and those that reorder what is read: a log line may hold them.
_UNSAFE = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
# How units are shown; a ratio shows as a percentage in each cell.
_UNITS = {"ratio": "", "By": "B"}
_NARROWEST, _UNBOUNDED = 16, 10_000


def talk(message: str) -> None:
    """Say something to the person, on stderr."""
    click.echo(safe(message), err=True)


def print_json(value: object) -> None:
    """Print JSON on stdout, on one line."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def safe(text: str) -> str:
    r"""Show control characters as `\x1b` instead of sending them to the terminal.

    Examples
    --------
    >>> safe("\x1b[31mred")
    '\\x1b[31mred'
    """
    return re.sub(_UNSAFE, lambda match: match[0].encode("unicode_escape").decode(), text)


def shorten(text: str | None, width: int = 100) -> str | None:
    """Cut an example to what helps to recognise it."""
    return text if text is None or len(text) <= width else f"{text[:width]}…"


def print_table(
    header: Sequence[str], rows: Iterable[Sequence[object]], units: Mapping[str, str] | None = None
) -> None:
    """Print an aligned table on stdout, numbers to the right, units in the header.

    Off a terminal no line is wrapped, whatever its length.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    units = units or {}
    cells = [
        [_cell(value, units.get(name)) for name, value in zip(header, row, strict=True)]
        for row in rows
    ]
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    least = 0
    for number, name in enumerate(header):
        column = [row[number] for row in cells]
        numeric = any(right for _text, right in column)
        unit = _UNITS.get(units.get(name, ""), units.get(name, ""))
        width = max(len(text) for text in (name, unit, *(text for text, _right in column)))
        width = width if numeric else min(width, _NARROWEST)
        least += width + 2
        table.add_column(
            Text(f"{name}\n{unit}" if unit else name),
            justify="right" if numeric else "left",
            no_wrap=numeric,
            overflow="fold",
            min_width=width,
        )
    for row in cells:
        table.add_row(*(Text(text) for text, _right in row))
    console = Console(highlight=False)
    # Off a terminal, or where it is too narrow for the numbers, lines are as long as they are.
    if not sys.stdout.isatty() or least > console.width:
        console = Console(width=_UNBOUNDED, highlight=False)
    with console.capture() as capture:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def print_answer(answer: Answer, *, as_json: bool, as_csv: bool) -> None:
    """Print an answer in the form that was asked for."""
    if as_json:
        click.echo(answer.to_json(), nl=False)
    elif as_csv:
        click.echo(answer.to_csv(), nl=False)
    else:
        question = answer.question
        talk(answer.headline)
        print_table(answer.frame.columns, answer.frame.rows(), question.units if question else {})
        if question:
            import shutil

            width = min(88, shutil.get_terminal_size().columns)
            talk(click.wrap_text(question.reading, width, initial_indent="How to read it: "))


def size(count: int) -> str:
    """Write a number of bytes for people, in powers of 1000.

    Examples
    --------
    >>> size(747_122)
    '747 kB'
    """
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 - SI prefixes
            return f"{amount:.3g} {unit}" if unit != "B" else f"{count} B"
        amount /= 1000
    return f"{amount:.3g} TB"


def _cell(value: object, unit: str | None) -> tuple[str, bool]:
    """Write one value, and tell whether it is a number."""
    if value is None:
        return "-", False
    if isinstance(value, bool):
        return str(value).lower(), False
    if isinstance(value, int):
        return f"{value:,}", True
    if isinstance(value, float):
        return (f"{value:.2%}" if unit == "ratio" else f"{value:,.6g}"), True
    if isinstance(value, list):
        return safe(",".join(map(str, value))) or "-", False
    return safe(str(value)), False
