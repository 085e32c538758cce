"""Write HTML for notebooks: all escaped, and no colours of its own, so that any theme will do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from html import escape
from typing import Final

from envoylog.display.shown import Shown, safe, shown, unit_shown

#: How many rows of a table are shown, and how many characters of a cell.
ROWS: Final = 60
_WIDTH: Final = 160
_SHORT: Final = 32
# Else JupyterLab would set what stands between two dollars as a formula.
_NO_FORMULAS: Final = "mathjax_ignore tex2jax_ignore"


def text(value: str) -> str:
    r"""Escape a text, and show what it hides; it stays on one line.

    Examples
    --------
    >>> text("<b>\x1b")
    '&lt;b&gt;\\x1b'
    """
    return escape(safe(value)).replace("\n", "&#10;").replace("\r", "&#13;")


def block(*parts: str) -> str:
    """Put pieces of HTML together as one output of a notebook."""
    return f'<div class="{_NO_FORMULAS}">{"".join(parts)}</div>'


def paragraph(value: str, *, small: bool = False, strong: bool = False) -> str:
    """Write a paragraph."""
    inner = f"<b>{text(value)}</b>" if strong else text(value)
    return f"<p><small>{inner}</small></p>" if small else f"<p>{inner}</p>"


def items(values: Iterable[str]) -> str:
    """Write a list of sentences; nothing if there are none."""
    listed = "".join(f"<li>{text(value)}</li>" for value in values)
    return f"<ul>{listed}</ul>" if listed else ""


def details(summary: str, *parts: str) -> str:
    """Write what opens on a click; `parts` are HTML."""
    return f"<details><summary>{text(summary)}</summary>{''.join(parts)}</details>"


def group(summary: str, parts: Iterable[str]) -> str:
    """Write a list of what opens on clicks of its own."""
    return details(summary, f"<ul>{''.join(f'<li>{part}</li>' for part in parts)}</ul>")


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    units: Mapping[str, str] | None = None,
    zone: tzinfo | None = None,
) -> str:
    """Write a table, numbers to the right, units in the header, moments in a zone.

    Examples
    --------
    >>> "&lt;script&gt;</td>" in table(["path"], [["<script>"]])
    True
    """
    units = units or {}
    cells = [
        [shown(value, units.get(name), zone) for name, value in zip(header, row, strict=True)]
        for row in rows
    ]
    columns = [[row[number] for row in cells] for number in range(len(header))]
    # Notebooks align to the right unless told otherwise, other pages to the left.
    aligned = [_alignment(column) for column in columns]
    head = "".join(
        f"<th {style}>{text(name)}{_unit(units.get(name))}</th>"
        for name, style in zip(header, aligned, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td {style}>{_cut(words)}</td>"
            for (words, _right), style in zip(row, aligned, strict=True)
        )
        + "</tr>"
        for row in cells
    )
    head = f"<thead><tr>{head}</tr></thead>" if any(header) else ""
    return f"<table>{head}<tbody>{body}</tbody></table>"


def more(count: int) -> str:
    """Say that a table of so many rows shows the first alone; nothing if it shows all."""
    return (
        paragraph(f"the first {ROWS} of {count:,} rows; .pl() has all", small=True)
        if count > ROWS
        else ""
    )


def _unit(unit: str | None) -> str:
    named = unit_shown(unit)
    return f"<br><small>{text(named)}</small>" if named else ""


def _alignment(column: Sequence[Shown]) -> str:
    """Keep short texts on one line, and give long ones room, so that rows stay low."""
    if any(is_number for _words, is_number in column):
        return 'align="right"'
    longest = max((len(words) for words, _is_number in column), default=0)
    width = "white-space:nowrap" if longest <= _SHORT else "min-width:16em"
    return f'style="text-align:left;{width}"'


def _cut(words: str) -> str:
    if len(words) <= _WIDTH:
        return text(words)
    return f"{text(words[:_WIDTH])}…"
