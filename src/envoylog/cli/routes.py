"""`envoylog routes`: the path templates of a log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from envoylog.cli.options import output_options, settings_options
from envoylog.cli.output import print_json, print_table, shorten, talk

if TYPE_CHECKING:
    import polars as pl

    from envoylog.enrich.companion import Settings

_UNITS = {"share": "ratio"}


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option("--learn", is_flag=True, help="Learn afresh: forget the templates that are kept.")
@click.option("--save", type=click.Path(), help="Write the learned templates to this file too.")
@click.option(
    "--names",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="More names than this at one place are values: {slug}.",
)
@click.option(
    "--templates",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="How many templates are learned at most.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help="How many to show at most; 0 for all.",
)
@settings_options
@output_options
def routes(
    data: tuple[str, ...],
    learn: bool,
    save: str | None,
    names: int,
    templates: int,
    limit: int,
    settings: Settings,
    form: str,
) -> None:
    """List the path templates of a log, with counts and examples.

    DATA is what `envoylog parse` wrote: files, folders or globs. Templates are learned from the
    paths and kept beside the data, in out.routes.txt for out.parquet: edit that file as you like,
    later runs only add to it. Files given with --routes come first.

    \b
      envoylog routes out.parquet
      envoylog routes out.parquet --routes openapi.yaml --routes mine.txt
      envoylog routes out.parquet --learn --names 300
    """
    from envoylog.catalog.catalog import Catalog
    from envoylog.catalog.routes import save_routes, survey_routes
    from envoylog.enrich.routes.learn import Limits

    with Catalog(data, settings=settings) as log:
        if log.missing(["path"]):
            raise click.UsageError("this log's format lacks %REQ(:PATH)%: it has no paths")
        found, table = survey_routes(
            log, afresh=learn, limits=Limits(templates=templates, names=names)
        )
        place = log.settings.learned_routes
    if save is not None:
        save_routes(found, save)
        place = save
    _print(table, limit, form)
    kept = f", kept in {place}" if place and Path(place).exists() else ", kept nowhere"
    talk(f"{len(found.learned):,} learned and {len(found.declared):,} declared routes{kept}")


def _print(table: pl.DataFrame, limit: int, form: str) -> None:
    shown = table.head(limit or len(table))
    if form == "json":
        print_json(shown.to_dicts())
    elif form == "csv":
        from envoylog.questions.answer import Answer

        click.echo(Answer(shown, "").to_csv(), nl=False)
    else:
        rows = [(*row[:-1], shorten(row[-1])) for row in shown.rows()]
        print_table(shown.columns, rows, _UNITS)
        if len(shown) < len(table):
            talk(f"{len(table) - len(shown):,} more: --limit 0 shows all")
