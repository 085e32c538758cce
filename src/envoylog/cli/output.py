"""Print: data on stdout, talk on stderr, nothing that a terminal could mistake for a command."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

import click

from envoylog.display.shown import safe

if TYPE_CHECKING:
    from envoylog.questions.answer import Answer


def talk(message: str) -> None:
    """Say something to the person, on stderr."""
    click.echo(safe(message), err=True)


def print_json(value: object) -> None:
    """Print JSON on stdout, on one line."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def shorten(text: str | None, width: int = 100) -> str | None:
    """Cut an example to what helps to recognise it."""
    return text if text is None or len(text) <= width else f"{text[:width]}…"


def print_table(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    units: Mapping[str, str] | None = None,
    zone: tzinfo | None = None,
) -> None:
    """Print an aligned table on stdout: as wide as it is, or on a terminal as it fits there."""
    import shutil

    from envoylog.cli.tables import table_text

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    click.echo(table_text(header, rows, units, width=width, zone=zone))


def print_answer(answer: Answer, form: str) -> None:
    """Print an answer as `table`, `json` or `csv`, and on stderr what it stands on."""
    if form == "json":
        click.echo(answer.to_json(), nl=False)
    elif form == "csv":
        click.echo(answer.to_csv(), nl=False)
    else:
        talk(answer.headline)
        for note in answer.notes:
            talk(wrap(note))
        units = answer.question.units if answer.question else {}
        if answer.question is None or answer.frame.height:
            zone = answer.basis.timezone if answer.basis else None
            print_table(answer.frame.columns, answer.frame.rows(), units, zone)
        else:
            talk("no rows")
        if answer.question:
            talk(wrap(answer.question.reading, "How to read it: "))


def wrap(text: str, first: str = "") -> str:
    """Break a text into lines that a person reads with ease."""
    import shutil

    width = min(88, shutil.get_terminal_size().columns)
    return click.wrap_text(
        text, width, initial_indent=first, subsequent_indent="" if first else "  "
    )
