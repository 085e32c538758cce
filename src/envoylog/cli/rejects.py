"""`envoylog rejects`: the lines that could not be read, and why."""

from __future__ import annotations

import click

from envoylog.cli.options import json_option
from envoylog.cli.output import print_json, print_table, talk


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "--examples", type=click.IntRange(min=1), default=1, show_default=True, help="How many of each."
)
@json_option
def rejects(data: tuple[str, ...], examples: int, as_json: bool) -> None:
    """Show the rejected lines by reason.

    DATA is what `envoylog parse` wrote, the rows or the .rejects.parquet beside them, or a dataset
    of `envoylog ingest`.
    """
    from pathlib import Path

    from envoylog.catalog.catalog import Catalog
    from envoylog.catalog.datasets import dataset_rejects, is_dataset
    from envoylog.dataset.rejects import SUFFIX
    from envoylog.errors import InputError
    from envoylog.questions.rejects import Rejects

    files = [name for name in data if name.endswith(SUFFIX)]
    if missing := [name for name in files if not Path(name).is_file()]:
        raise InputError(f"no such file: {missing[0]}")
    datasets = [name for name in data if is_dataset(name)]
    for name in datasets:
        files += dataset_rejects(name)
    if rows := [name for name in data if not name.endswith(SUFFIX) and name not in datasets]:
        with Catalog(rows) as catalog:
            beside = catalog.rejects_paths()
        if not beside:
            raise InputError(f"there is no file of rejects beside {rows[0]}")
        files += beside
    found = Rejects.of(files, examples)
    groups = found.pl().to_dicts()
    for group, fits in zip(groups, found.fits, strict=True):
        group["fits"] = fits
    if as_json:
        print_json(groups)
    elif not groups:
        talk("no rejects: every line was read or skipped")
    else:
        print_table(
            ("count", "field", "reason", "fits", "example", "text"),
            [
                (
                    group["count"] if not number else None,
                    group["field"],
                    group["reason"],
                    group["fits"],
                    f"{example['source']}:{example['line_number']}",
                    example["text"],
                )
                for group in groups
                for number, example in enumerate(group["examples"])
            ],
        )
