"""`envoylog format`: look at formats before they are used on logs."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Any

import click

from envoylog.cli.exit_codes import ExitCode
from envoylog.cli.options import complete_format, format_options, json_option
from envoylog.cli.output import print_json, print_table, shorten, talk
from envoylog.display.shown import safe

if TYPE_CHECKING:
    from envoylog.format.carriers import CarriedFormat
    from envoylog.format.plan import Plan

format_argument = click.argument("format_", metavar="FORMAT", shell_complete=complete_format)


@click.group()
def format() -> None:  # noqa: A001 - the word
    """Explain, check, detect and improve access-log formats."""


@format.command("list")
@json_option
def list_formats(as_json: bool) -> None:
    """List the named formats."""
    from envoylog.spec.formats import ALIASES, NAMED_FORMATS

    aliases = {target: alias for alias, target in ALIASES.items()}
    rows = [(row.name, aliases.get(row.name, ""), row.title) for row in NAMED_FORMATS.values()]
    if as_json:
        keys = ("name", "alias", "title")
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
    else:
        print_table(("name", "also", "written by"), rows)


@format.command()
@format_argument
@format_options
@json_option
def explain(format_: str, as_json: bool, **options: Any) -> None:
    """Show what each part of a format becomes: column, type, unit.

    FORMAT is a named format, a file that holds one (or a configuration with one in it), or the
    format string itself.
    """
    from envoylog.format.explain import explain_header, explain_notes, explain_rows
    from envoylog.pipeline.compile import compile_format

    parser = compile_format(format_, **options)
    if not as_json:
        click.echo(parser.explain())
        return
    header = explain_header(parser.plan)
    fields = [dict(zip(header, row, strict=True)) for row in explain_rows(parser.plan)]
    notes = explain_notes(parser.plan)
    print_json({"encoding": parser.plan.encoding, "fields": fields, "notes": notes})


@format.command()
@format_argument
@format_options
def check(format_: str, **options: Any) -> int:
    """Check a format as Envoy would, and say what its log cannot tell.

    FORMAT is a name, a format string, or a file; in a configuration file (Istio, Envoy, Envoy
    Gateway, Contour, …) every format is checked, and what the product really does with it is told.
    Exit code 2 if one would be refused.
    """
    from envoylog.errors import FormatError
    from envoylog.format.carriers import find_formats
    from envoylog.pipeline.compile import compile_format, read_format_file
    from envoylog.spec.formats import ALIASES, NAMED_FORMATS

    named = ALIASES.get(format_, format_) in NAMED_FORMATS
    carried = () if named else find_formats(read_format_file(format_) or "")
    if not carried:
        _print_checked(compile_format(format_, **options).plan)
        return ExitCode.DONE
    code = ExitCode.DONE
    for number, found in enumerate(carried, 1):
        where = f" to {found.log_path}" if found.log_path else ""
        click.echo(safe(f"{number}. {found.path} ({found.product}{where})"))
        for note in found.notes:
            click.echo(f"   note: {safe(note)}")
        try:
            _print_checked(_compile(found), indent="   ")
        except FormatError as error:
            click.echo("   " + safe(str(error)).replace("\n", "\n   "))
            code = ExitCode.USAGE
    return code


def _compile(found: CarriedFormat) -> Plan:
    from envoylog.parser.parser import AccessLogParser

    omits = found.omits_empty_values
    return AccessLogParser.from_format(found.source, found.encoding, omit_empty_values=omits).plan


def _print_checked(plan: Plan, indent: str = "") -> None:
    from envoylog.format.explain import explain_notes

    click.echo(f"{indent}valid: {plan.encoding} format with {len(plan.fields)} fields")
    for note in explain_notes(plan):
        click.echo(f"{indent}note: {note}")


@format.command()
@click.argument("logs", nargs=-1, required=True)
@json_option
def detect(logs: tuple[str, ...], as_json: bool) -> int:
    """Tell which format wrote some logs.

    Every named format is tried on a sample of LOGS (files, directories, globs); for JSON, a
    dictionary is made from the keys as well. Exit code 1 if none clearly fits.
    """
    from envoylog.errors import UnknownNameError
    from envoylog.parser.detect import INFERRED, choose
    from envoylog.pipeline.detect import detect_format

    ranking = detect_format(logs)
    if as_json:
        keys = ("name", "rate", "example", "reason")
        print_json([{key: getattr(candidate, key) for key in keys} for candidate in ranking])
        return ExitCode.DONE
    print_table(
        ("format", "reads whole", "why not all", "such as"),
        [(c.name, c.rate, c.reason, shorten(c.example)) for c in ranking],
        {"reads whole": "ratio"},
    )
    try:
        best = choose(ranking)
    except UnknownNameError as error:
        talk(f"envoylog: {error}")
        return ExitCode.LIMIT_PASSED
    if best.name == INFERRED:
        talk("no named format fits, but the keys of the lines give this dictionary:")
        click.echo(best.parser.plan.document.text)
    return ExitCode.DONE


@format.command()
@format_argument
@format_options
@click.option(
    "--as",
    "form",
    type=click.Choice(["text", "json", "istio", "telemetry", "envoy-gateway"]),
    help="Print only the improved format in this form.",
)
@json_option
def advise(format_: str, form: str | None, as_json: bool, **options: Any) -> None:
    """Tell what a format cannot answer, and write a better one.

    \b
      envoylog format advise fmt.txt
      envoylog format advise fmt.txt --as istio > mesh.yaml
    """
    import json

    from envoylog.catalog.companions import format_needs
    from envoylog.format.advise import advise as advise_on
    from envoylog.pipeline.compile import compile_format
    from envoylog.questions.library import questions

    plan = compile_format(format_, **options).plan
    advice = advise_on(plan, {q.id: format_needs(q.needs) for q in questions().values()})
    forms = {
        "text": advice.text,
        "json": json.dumps(advice.json, indent=2, ensure_ascii=False) + "\n",
        "istio": advice.mesh_config,
        "telemetry": advice.telemetry,
        "envoy-gateway": advice.envoy_proxy,
    }
    if form:
        click.echo(forms[form], nl=False)
        return
    if as_json:
        print_json(
            {
                "answered": advice.answered,
                "unanswered": advice.unanswered,
                "missing": [row[1] for row in advice.missing],
                "forms": forms,
            }
        )
        return
    answers = [(name, "yes", "") for name in advice.answered]
    answers += [(name, "no", ", ".join(lacks)) for name, lacks in advice.unanswered.items()]
    print_table(("question", "answered", "lacks"), answers)
    if advice.missing:
        click.echo()
        print_table(("add", "to know"), [row[1:] for row in advice.missing])
        click.echo(f"\nThe better format, as TEXT and as JSON:\n\n{forms['text']}\n{forms['json']}")
        talk("For configuration: --as istio, --as telemetry or --as envoy-gateway")
    else:
        click.echo("\nNothing to add.")


@format.command("explain-line")
@format_argument
@click.argument("line", required=False)
@format_options
@json_option
def explain_line(format_: str, line: str | None, as_json: bool, **options: Any) -> int:
    """Show how one line is read: all its readings, or where reading stops.

    LINE is the line itself; without it, the first record of standard input is taken. Exit code 1 if
    the line cannot be read.
    """
    from envoylog.parser.line import explain_one
    from envoylog.pipeline.compile import compile_format

    parser = compile_format(format_, **options)
    if line is None:
        record = itertools.islice(sys.stdin.buffer, parser.plan.document.lines)
        lines = (data.rstrip(b"\r\n").decode("utf-8", "backslashreplace") for data in record)
        line = "\n".join(lines)
    story = explain_one(parser, line)
    if as_json:
        print_json(story.to_dict())
    else:
        click.echo(safe(story.verdict))
        if story.readings:
            names = [f"reading {number}" for number in range(1, len(story.readings) + 1)]
            cells = [["-" if v is None else str(v) for v in reading] for reading in story.readings]
            print_table(("column", *names), list(zip(story.columns, *cells, strict=True)))
    return ExitCode.DONE if story.readings else ExitCode.LIMIT_PASSED
