"""Write the pages of docs/reference/ from the tables they describe; `--check` only compares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from envoylog.cli import cli
from envoylog.spec.formats import ALIASES, NAMED_FORMATS
from envoylog.spec.operators import OPERATORS, RETIRED, SYNONYMS, Operator
from envoylog.spec.values import Argument, ValueType

REFERENCE = Path(__file__).parent / "reference"

_JSON_TYPES = {
    ValueType.STRING: "string",
    ValueType.TIMESTAMP: "string",
    ValueType.CODE: "number",
    ValueType.PORT: "number",
    ValueType.INTEGER: "number",
    ValueType.ANY: "any",
}
_HEADERS = {"REQ": "req_…", "RESP": "resp_…", "TRAILER": "trailer_…"}


def operators() -> str:
    """Write the page of command operators."""
    header = (
        "operator", "argument", "`:Z`", "column", "type", "JSON", "unit", "in TEXT", "absent",
        "OpenTelemetry", "since", "note",
    )  # fmt: skip
    lines = [
        "# Command operators",
        "",
        "The operators of Envoy 1.40, those of extensions that a `formatters:` entry adds, and",
        "those that are gone. An operator that is not here is read as free text. `~` marks",
        "versions from documentation; the others were seen in the binaries themselves.",
        "`REQUEST_HEADER`, `RESPONSE_HEADER` and `RESPONSE_TRAILER` are `REQ`, `RESP` and",
        "`TRAILER`; well-known headers have columns of their own, such as `user_agent` for",
        "`%REQ(USER-AGENT)%`.",
        "",
        *_table(header, (_operator(row) for row in (*OPERATORS.values(), *RETIRED.values()))),
    ]
    return "\n".join(lines) + "\n"


def _operator(row: Operator) -> tuple[str, ...]:
    family = SYNONYMS.get(row.name, row.name)
    column = _HEADERS.get(family, family.lower())
    if row.argument is Argument.REQUIRED and family not in _HEADERS:
        column += "_…"
    return (
        f"`{row.name}`",
        row.argument.value,
        "yes" if row.truncates else "",
        f"`{column}`",
        row.type.value,
        _JSON_TYPES[row.type],
        row.unit or "",
        row.text_class.meaning,
        row.absence.value,
        f"`{row.otel}`" if row.otel else "",
        row.since,
        row.note,
    )


def formats() -> str:
    """Write the page of named formats."""
    aliases = {target: alias for alias, target in ALIASES.items()}
    rows = (
        (
            f"`{row.name}`",
            f"`{aliases[row.name]}`" if row.name in aliases else "",
            row.title,
            row.source,
        )
        for row in NAMED_FORMATS.values()
    )
    lines = [
        "# Named formats",
        "",
        "What `--format` takes by name. Of two versions that write the same lines, `format detect`",
        "names the newer.",
        "",
        *_table(("name", "also", "written by", "source"), rows),
    ]
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Write the page of commands: what `--help` prints."""
    lines = ["# Commands", ""]
    for name, context in _walk(cli, "envoylog"):
        lines += [f"## {name}", "", "```text", context.command.get_help(context), "```", ""]
    return "\n".join(lines)


def _walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Context]]:
    context = click.Context(command, info_name=name, **cli.context_settings)
    yield name, context
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            if found := command.get_command(context, inner):
                yield from _walk(found, f"{name} {inner}")


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"


PAGES = {"operators.md": operators, "formats.md": formats, "commands.md": commands}


def main() -> int:
    """Write the pages, or tell which of them are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 if they differ")
    check = parser.parse_args().check
    stale = []
    for name, page in PAGES.items():
        path, text = REFERENCE / name, page()
        if check and (not path.exists() or path.read_text(encoding="utf-8") != text):
            stale.append(name)
        elif not check:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"out of date, run `make docs`: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
