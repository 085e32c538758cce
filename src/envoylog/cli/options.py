"""Options and completions that several commands share."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

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


def limit_options(command: F) -> F:
    """Add the options that say how much is too much to read."""
    for option in reversed(_LIMIT_OPTIONS):
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
_LIMIT_OPTIONS = (
    click.option(
        "--max-line",
        type=click.IntRange(min=1),
        default=8 * 2**20,
        show_default="8 MiB",
        help="A line of more bytes is a reject of which the beginning is kept.",
    ),
    click.option(
        "--max-expansion",
        type=click.FloatRange(min=1),
        default=250,
        show_default=True,
        help="Leave a source that unpacks to more times its size, once it gave 1 GiB.",
    ),
)
plot_option = click.option(
    "--plot",
    type=click.Path(path_type=Path),
    help="Draw it into this file too: .svg, .png or .pdf.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


def settings_options(command: F) -> F:
    """Add the options that describe the surroundings of a log, and hand them on as `settings`."""

    @functools.wraps(command)
    def with_settings(*args: Any, **options: Any) -> Any:
        from envoylog.enrich.companion import Settings

        names = [field.name for field in dataclasses.fields(Settings)]
        settings = Settings(**{name: options.pop(name) for name in names})
        return command(*args, settings=settings, **options)

    for option in reversed(_SETTINGS_OPTIONS):
        with_settings = option(with_settings)
    return with_settings  # type: ignore[return-value]


# One for each field of Settings.
_SETTINGS_OPTIONS = (
    click.option(
        "--trusted-hops",
        type=click.IntRange(min=0),
        help="How many proxies in front of Envoy are trusted to extend X-Forwarded-For.",
    ),
    click.option(
        "--trusted-cidrs",
        multiple=True,
        help="Or in which networks they are: 10.0.0.0/8,2001:db8::/32.",
    ),
    click.option(
        "--geo",
        multiple=True,
        type=click.Path(),
        envvar="ENVOYLOG_GEO",
        help="A database of countries or networks, an .mmdb file [env: ENVOYLOG_GEO].",
    ),
    click.option(
        "--routes",
        multiple=True,
        type=click.Path(),
        help="A file that declares routes: path templates, VirtualService, HTTPRoute, OpenAPI.",
    ),
    click.option(
        "--learned-routes",
        type=click.Path(),
        help="The file where learned path templates are kept; by default beside the data.",
    ),
)


def output_options(command: F) -> F:
    """Add the forms in which an answer can be printed, and hand them on as `form`."""

    @functools.wraps(command)
    def with_form(*args: Any, as_json: bool, as_csv: bool, **options: Any) -> Any:
        if as_json and as_csv:
            raise click.UsageError("choose one of --json and --csv")
        form = "json" if as_json else "csv" if as_csv else "table"
        return command(*args, form=form, **options)

    with_form = click.option("--csv", "as_csv", is_flag=True, help="Print CSV on stdout.")(
        with_form
    )
    return json_option(with_form)  # type: ignore[return-value]


_SCOPE: Final = (
    click.option("--since", help="Only requests that started then or later: 90m, 24h, ISO 8601."),
    click.option("--until", help="Only requests that started before."),
    click.option(
        "--where", help="Only requests for which this holds, such as 'response_code >= 500'."
    ),
    click.option("--authority", multiple=True, help="Only these authorities; * is any text."),
    click.option(
        "--cluster", multiple=True, help="Only these upstream clusters, or their services."
    ),
    click.option("--route", multiple=True, help="Only these routes; * is any text."),
    click.option(
        "--timezone", default="UTC", show_default=True, help="In which days and hours are cut."
    ),
    click.option(
        "--include",
        multiple=True,
        type=click.Choice(["probe", "stream", "mirror"]),
        help="Keep what would be left out.",
    ),
    click.option(
        "--vantage",
        type=click.Choice(["gateway", "inbound", "outbound", "all"]),
        help="Whose lines count; by default those of gateways, else of sidecars.",
    ),
)


def scope_options(command: F) -> F:
    """Add the filters that every question and every comparison has."""
    for option in reversed(_SCOPE):
        command = option(command)
    return command
