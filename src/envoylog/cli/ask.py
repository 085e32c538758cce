"""`envoylog ask`: questions, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from envoylog.cli.options import json_option
from envoylog.cli.output import print_answer, print_json, print_table

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete_question(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from envoylog.questions.question import questions

    return [
        CompletionItem(q.id, help=q.title)
        for q in questions().values()
        if q.id.startswith(incomplete)
    ]


@click.command()
@click.argument("question", required=False, shell_complete=_complete_question)
@click.argument("data", nargs=-1)
@click.option("--list", "list_them", is_flag=True, help="List the questions.")
@click.option("--since", help="Only requests that started then or later: 90m, 24h, ISO 8601.")
@click.option("--until", help="Only requests that started before.")
@click.option("--limit", type=click.IntRange(min=0), help="How many rows at most; 0 for all.")
@click.option(
    "--trusted-hops",
    type=click.IntRange(min=0),
    help="How many proxies in front of Envoy are trusted to extend X-Forwarded-For.",
)
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV on stdout.")
def ask(
    question: str | None,
    data: tuple[str, ...],
    list_them: bool,
    since: str | None,
    until: str | None,
    limit: int | None,
    trusted_hops: int | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Answer a question from Parquet.

    DATA is what `envoylog parse` wrote: files, folders or globs. Times are UTC; 90m, 24h and 7d
    count back from the newest request in the data.

    \b
      envoylog ask errors-by-authority out.parquet --since 1h
      envoylog ask clients out.parquet --trusted-hops 1 --json
    """
    if list_them:
        _list(as_json=as_json)
        return
    if question is None or not data:
        raise click.UsageError("say which question and which data, or --list")
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv")
    from envoylog.questions.access_log import AccessLog

    with AccessLog(data, trusted_hops=trusted_hops) as log:
        answer = log.ask(question, since=since, until=until, limit=limit)
        print_answer(answer, as_json=as_json, as_csv=as_csv)


def _list(*, as_json: bool) -> None:
    from envoylog.questions.question import questions

    header = ("group", "question", "title")
    rows = [(q.group, q.id, q.title) for q in questions().values()]
    if as_json:
        print_json([dict(zip(header, row, strict=True)) for row in rows])
    else:
        print_table(header, rows)
