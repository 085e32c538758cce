"""Show a plan to people: what each part of a format becomes."""

from __future__ import annotations

from collections.abc import Sequence

from envoylog.display import html
from envoylog.format.ambiguity import readability
from envoylog.format.document import Encoding
from envoylog.format.plan import Field, Plan

_HEADER = ("column", "type", "unit", "operator", "absent")


def explain_rows(plan: Plan) -> list[tuple[str, ...]]:
    """List a plan's fields: key (JSON only), column, type, unit, operator, absence."""
    return [(*_key(plan, field), *_facts(field)) for field in plan.fields]


def explain_header(plan: Plan) -> tuple[str, ...]:
    """Name the columns of `explain_rows`."""
    return ("key", *_HEADER) if plan.encoding is Encoding.JSON else _HEADER


def explain_notes(plan: Plan) -> list[str]:
    """List what the author of a format should know, in sentences."""
    return [*plan.notes, *readability(plan)]


def explain_text(plan: Plan) -> str:
    """Write the table and the notes as plain text."""
    header, rows = explain_header(plan), explain_rows(plan)
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = [_line(row, widths) for row in (header, tuple("-" * width for width in widths), *rows)]
    notes = [f"note: {note}" for note in explain_notes(plan)]
    return "\n".join([f"{plan.encoding} format, {len(rows)} fields", "", *lines, *notes])


def explain_html(plan: Plan) -> str:
    """Write the table and the notes as HTML."""
    return html.block(
        html.paragraph(f"{plan.encoding} format, {len(plan.fields)} fields", strong=True),
        html.table(explain_header(plan), explain_rows(plan)),
        html.items(explain_notes(plan)),
    )


def _key(plan: Plan, field: Field) -> tuple[str, ...]:
    return (".".join(map(str, field.path)),) if plan.encoding is Encoding.JSON else ()


def _facts(field: Field) -> tuple[str, ...]:
    return (
        field.column,
        field.type.value,
        field.unit or "",
        field.command.text,
        field.absence.value,
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
