"""`envoylog format`: look at formats."""

from __future__ import annotations

import json

import click

from envoylog.cli.options import complete_format, encoding_option, json_option
from envoylog.cli.output import print_table
from envoylog.spec.formats import ALIASES, NAMED_FORMATS


@click.group("format")
def format_group() -> None:
    """Explain and list access-log formats."""


@format_group.command("list")
@json_option
def list_formats(as_json: bool) -> None:
    """List the named formats."""
    aliases = {target: alias for alias, target in ALIASES.items()}
    rows = [(row.name, aliases.get(row.name, ""), row.title) for row in NAMED_FORMATS.values()]
    if as_json:
        keys = ("name", "alias", "title")
        click.echo(json.dumps([dict(zip(keys, row, strict=True)) for row in rows]))
    else:
        print_table(("name", "also", "written by"), rows)


@format_group.command()
@click.argument("format_", metavar="FORMAT", shell_complete=complete_format)
@encoding_option
@json_option
def explain(format_: str, encoding: str | None, as_json: bool) -> None:
    """Show what each part of FORMAT becomes: column, type, unit.

    FORMAT is a named format, a file that holds one, or the format string itself.
    """
    from envoylog.format.explain import explain_header, explain_notes, explain_rows
    from envoylog.pipeline.compile import compile_format

    parser = compile_format(format_, encoding)
    if not as_json:
        click.echo(parser.explain())
        return
    header = explain_header(parser.plan)
    fields = [dict(zip(header, row, strict=True)) for row in explain_rows(parser.plan)]
    facts = {
        "encoding": parser.plan.encoding,
        "fields": fields,
        "notes": explain_notes(parser.plan),
    }
    click.echo(json.dumps(facts, ensure_ascii=False))
