"""`envoylog why`: the story of one request."""

from __future__ import annotations

import click

from envoylog.cli.options import json_option
from envoylog.display.shown import safe


@click.command()
@click.argument("request_id")
@click.argument("data", nargs=-1, required=True)
@json_option
def why(request_id: str, data: tuple[str, ...], as_json: bool) -> None:
    """Tell what became of a request, and why.

    REQUEST_ID is the x-request-id, or the beginning of it; DATA is what `envoylog parse` wrote:
    files, folders or globs, of gateways and sidecars alike.

    \b
      envoylog why 62b13fb2-51d3-4208-a4db-492c5c9e5d0e gateway.parquet sidecars.parquet
    """
    from envoylog.questions.access_log import AccessLog

    with AccessLog(data) as log:
        story = log.why(request_id)
        click.echo(story.to_json() if as_json else safe(str(story)), nl=False)
