"""Options and completions that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])


def complete_format(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer named formats, and files for everything else."""
    from click.shell_completion import CompletionItem

    from envoylog.spec.formats import ALIASES, NAMED_FORMATS

    names = [name for name in (*ALIASES, *NAMED_FORMATS) if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def format_options(command: F) -> F:
    """Add the options that say how a format is to be understood."""
    for option in reversed(_FORMAT_OPTIONS):
        command = option(command)
    return command


_FORMAT_OPTIONS = (
    click.option(
        "--encoding",
        type=click.Choice(["TEXT", "JSON"], case_sensitive=False),
        help="How Envoy was told to use the format. By default a JSON object is JSON.",
    ),
    click.option("--pick", help="Which of several formats in a file: its number or name."),
    click.option(
        "--timezone",
        help="The zone of the machines that wrote the log, for local times without an offset.",
    ),
    click.option(
        "--omit-empty-values",
        is_flag=True,
        help="Envoy was told to write nothing, instead of -, for what is missing.",
    ),
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
