"""Options and completions that several commands share."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from envoylog.spec.formats import ALIASES, NAMED_FORMATS


def complete_format(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer named formats, and files for everything else."""
    names = [name for name in (*ALIASES, *NAMED_FORMATS) if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


encoding_option = click.option(
    "--encoding",
    type=click.Choice(["TEXT", "JSON"], case_sensitive=False),
    help="How Envoy was told to use the format. By default a JSON object is JSON.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
