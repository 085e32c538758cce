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

    DATA is what `envoylog parse` wrote: the rows or the .rejects.parquet beside them.
    """
    from pathlib import Path

    from envoylog.catalog.catalog import Catalog
    from envoylog.dataset.rejects import SUFFIX, group_rejects
    from envoylog.errors import InputError

    files = [Path(name) for name in data if name.endswith(SUFFIX)]
    if missing := [str(path) for path in files if not path.is_file()]:
        raise InputError(f"no such file: {missing[0]}")
    if rows := [name for name in data if not name.endswith(SUFFIX)]:
        with Catalog(rows) as catalog:
            beside = catalog.rejects_paths()
        if not beside:
            raise InputError(f"there is no file of rejects beside {rows[0]}")
        files += beside
    groups = group_rejects(files, examples).to_dicts()
    for group in groups:
        group["fits"] = _fitting(group["examples"][0]["text"])
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


def _fitting(text: str) -> str | None:
    """Name the format that would have read a line."""
    import polars as pl

    from envoylog.parser.detect import INFERRED, detect

    best = detect(pl.Series([text], dtype=pl.String))[0]
    return best.name if best.rate == 1 and best.name != INFERRED else None
