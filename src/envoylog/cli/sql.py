"""`envoylog sql`: free SQL over the view `access`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from envoylog.cli.options import output_options, settings_options
from envoylog.cli.output import print_answer

if TYPE_CHECKING:
    from envoylog.enrich.companion import Settings


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.argument("query")
@settings_options
@output_options
def sql(data: tuple[str, ...], query: str, settings: Settings, form: str) -> None:
    """Query the view `access` with SQL.

    DATA is what `envoylog parse` wrote: files, folders or globs; QUERY is one select statement of
    DuckDB's dialect.

    \b
      envoylog sql out.parquet 'select authority, count(*) from access group by 1 order by 2 desc'
    """
    from envoylog.questions.access_log import AccessLog

    with AccessLog(data, settings=settings) as log:
        print_answer(log.sql(query), form)
