"""Write the pages of docs/reference/ from the tables they describe; `--check` only compares."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
from mmdb_writer import MMDBWriter
from netaddr import IPSet

import envoylog
from envoylog.cli import cli
from envoylog.cli.tables import table_text
from envoylog.logs.envelopes.table import ENVELOPES
from envoylog.questions.library import questions
from envoylog.questions.question import Question
from envoylog.spec.flags import FLAGS
from envoylog.spec.formats import ALIASES, NAMED_FORMATS
from envoylog.spec.operators import OPERATORS, RETIRED, SYNONYMS, Operator
from envoylog.spec.values import Argument, ValueType
from envoylog.spec.verdicts import OTHER_GRPC, VERDICTS, Verdict

REFERENCE = Path(__file__).parent / "reference"
SAMPLES = Path(__file__).parent.parent / "sample_logs"
#: Where the samples' addresses are, in codes and numbers that are nobody's (ISO 3166, RFC 5398).
PLACES = {
    "203.0.113.0/25": ("XA", 64496, "Example Mobile"),
    "203.0.113.128/25": ("XB", 64497, "Example Cloud"),
    "198.51.100.0/24": ("XA", 64498, "Example Cable"),
    "2001:db8::/32": ("XC", 64499, "Example Fibre"),
}
#: How many rows of an answer are shown, and how wide they may be.
ROWS, WIDTH = 5, 160

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


def flags() -> str:
    """Write the page of response flags and verdicts."""
    flag_rows = (
        (
            f"`{row.short}`",
            row.long,
            row.code,
            row.side.value,
            row.meaning,
            row.look_at,
            row.evidence,
        )
        for row in FLAGS.values()
    )
    verdict_rows = (
        (
            f"`{row.id}`",
            row.side.value if row.side else "",
            row.meaning,
            row.look_at,
            _when(row),
            row.evidence,
        )
        for row in VERDICTS
    )
    lines = [
        "# Response flags and verdicts",
        "",
        "## Flags",
        "",
        "What Envoy 1.40 writes into `%RESPONSE_FLAGS%`; several are joined by commas, in no fixed",
        "order. A flag may stand on a response that succeeded, and a flag that is not here is kept",
        "as it is. `run` marks what was seen in logs of the real Envoy, `docs` its documentation.",
        "",
        *_table(("flag", "long", "status", "side", "what happened", "look at", "from"), flag_rows),
        "",
        "## Verdicts",
        "",
        "The column `verdict` of the view `access`, with `side`, `verdict_meaning` and",
        "`verdict_next` beside it. The first row that fits decides. Words are searched in the",
        "response code details, the transport failure reason and the termination details, with",
        "blanks for underscores; where an error has no flag, words are enough. A side is where the",
        "fault most likely is: a place to start, not a judgement.",
        "",
        *_table(("verdict", "side", "what happened", "look at", "when", "from"), verdict_rows),
        "",
    ]
    return "\n".join(lines)


def _when(row: Verdict) -> str:
    parts = []
    if row.flags:
        parts.append(f"flag {' or '.join(row.flags)}")
    if row.words:
        parts.append(f"words `{row.words}`")
    if row.codes != (0, 999):
        low, high = row.codes
        parts.append(f"status {low}" if low == high else f"status {low} to {high}")
    if row.grpc:
        listed = ", ".join(map(str, row.grpc))
        parts.append(f"gRPC status {'of any other kind' if row.grpc == OTHER_GRPC else listed}")
    return "; ".join(parts)


def asked() -> str:
    """Write the page of questions, each with a real answer over the sample logs."""
    lines = [
        "# Questions",
        "",
        "Every question there is, by group, with its answer over `sample_logs/istio.log` (two",
        "thousand requests of a real Envoy), or over `sample_logs/grpc.log` where it takes pods or",
        "gRPC. Ask one with `envoylog ask QUESTION DATA`, or",
        '`log.ask("QUESTION")` in Python; see [asking questions](../questions.md).',
        "",
        "The addresses of the samples are those kept for documentation, which no database knows.",
        "The one behind the answers of `countries` and `networks` was made up for them.",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        logs = [stack.enter_context(log) for log in _opened(Path(folder))]
        found = list(questions().values())
        for group, members in itertools.groupby(found, key=lambda question: question.group):
            own = list(members)
            lines += [f"## {group.capitalize()}", ""]
            lines += [f"- [`{question.id}`](#{question.id}): {question.title}" for question in own]
            lines.append("")
            for question in own:
                fitting = (log for log in logs if not log.missing(question.needs))
                lines += _question(question, next(fitting, logs[0]))
    return "\n".join(lines).rstrip() + "\n"


def _opened(folder: Path) -> Iterator[envoylog.AccessLog]:
    writer = MMDBWriter(6, ipv4_compatible=True, int_type="u32")
    for network, (country, number, name) in PLACES.items():
        record = {"country_code": country, "asn": number, "as_name": name}
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(folder / "places.mmdb"))
    for name, format_ in (("istio", "istio"), ("grpc", str(SAMPLES / "grpc.format"))):
        path = folder / f"{name}.parquet"
        envoylog.parse(SAMPLES / f"{name}.log", format=format_, to=path)
        yield envoylog.open(path, geo=folder / "places.mmdb")


def _question(question: Question, log: envoylog.AccessLog) -> Iterator[str]:
    yield from (f"### {question.id}", "", f"**{question.title}** {question.reading}", "")
    needs = ", ".join(f"`{need.replace('|', '` or `')}`" for need in question.needs)
    yield f"- needs {needs or 'nothing'}"
    if question.without:
        yield f"- leaves out {', '.join(question.without)}, unless `--include` says otherwise"
    for parameter in question.parameters.values():
        default = "" if parameter.default is None else f", `{parameter.default}` by default"
        choices = f", one of {', '.join(parameter.choices)}" if parameter.choices else ""
        option = parameter.name.replace("_", "-")
        yield f"- `--{option}` ({parameter.kind}{choices}{default}): {parameter.help}"
    yield ""
    yield "```text"
    yield f"envoylog ask {question.id} DATA {question.example}".rstrip()
    yield from ("```", "", "```text")
    try:
        answer = log.ask(question.id, limit=min(question.limit, ROWS) or ROWS)
    except envoylog.EnvoylogError as error:
        yield from ("\n".join(textwrap.wrap(str(error), 96)), "```", "")
        return
    yield answer.headline
    yield from (note for note in answer.notes if answer.frame.height == 0 or "left out" in note)
    if answer.frame.height:
        shown = table_text(answer.frame.columns, answer.frame.rows(), question.units)
        yield ""
        yield from (
            line if len(line) <= WIDTH else f"{line[:WIDTH]}…" for line in shown.splitlines()
        )
    yield from ("```", "")


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


def envelopes() -> str:
    """Write the page of envelopes."""
    rows = (
        (
            row.name,
            row.written_by,
            f"`{row.example}`".replace("\t", "⇥"),
            "yes" if row.may_go_on else "",
        )
        for row in ENVELOPES.values()
    )
    lines = [
        "# Envelopes",
        "",
        "What wraps a line, in the order in which it is looked for: see",
        "[log trees](../log-trees.md). ⇥ is a tab. Chunks of long lines are joined where an",
        "envelope marks them.",
        "",
        *_table(("envelope", "written by", "example", "chunks"), rows),
    ]
    return "\n".join(lines) + "\n"


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"


PAGES = {
    "operators.md": operators,
    "formats.md": formats,
    "flags.md": flags,
    "questions.md": asked,
    "commands.md": commands,
    "envelopes.md": envelopes,
}


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
