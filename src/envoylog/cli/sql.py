"""`envoylog sql`: free SQL over the view `access`."""

from __future__ import annotations

import click

from envoylog.cli.options import json_option
from envoylog.cli.output import print_answer


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.argument("query")
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV on stdout.")
def sql(data: tuple[str, ...], query: str, as_json: bool, as_csv: bool) -> None:
    """Query the view `access` with SQL.

    DATA is what `envoylog parse` wrote: files, folders or globs; QUERY is one select statement of
    DuckDB's dialect.

    \b
      envoylog sql out.parquet 'select authority, count(*) from access group by 1 order by 2 desc'
    """
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv")
    from envoylog.questions.access_log import AccessLog

    with AccessLog(data) as log:
        print_answer(log.sql(query), as_json=as_json, as_csv=as_csv)
