"""`envoylog check`: what must hold, and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from envoylog.cli.exit_codes import ExitCode
from envoylog.cli.options import json_option, settings_options
from envoylog.cli.output import talk

if TYPE_CHECKING:
    from envoylog.enrich.companion import Settings


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "--config", required=True, type=click.Path(), help="A checks.toml: a [[check]] for each."
)
@click.option("--since", help="The window, instead of the file's: 1h back, or ISO 8601.")
@click.option("--until", help="The end of the window.")
@click.option(
    "--window",
    type=click.Choice(["hour", "day", "week"]),
    help="The last complete one, by the clock; or the last before --until.",
)
@click.option("--timezone", help="In which days and hours are cut.")
@click.option(
    "--to",
    "exports",
    type=(click.Choice(["prometheus"]), str),
    multiple=True,
    metavar="prometheus FILE",
    help="Write metrics too, for the node exporter's textfile collector; - for stdout.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of what holds.")
@click.option(
    "--questions",
    "folders",
    multiple=True,
    type=click.Path(),
    help="A folder with questions of your own.",
)
@settings_options
@json_option
def check(
    data: tuple[str, ...],
    config: str,
    since: str | None,
    until: str | None,
    window: str | None,
    timezone: str | None,
    exports: tuple[tuple[str, str], ...],
    quiet: bool,
    folders: tuple[str, ...],
    settings: Settings,
    as_json: bool,
) -> ExitCode:
    """Check thresholds, and comparisons with an earlier window; exit with 1 if one fails.

    What cannot be judged, for want of columns or of requests, is told, and fails too unless the
    file says otherwise.

    \b
      envoylog check data/ --config checks.toml
      envoylog check data/ --config checks.toml -q > failed.txt || mail -s envoy sre < failed.txt
      envoylog check data/ --config checks.toml --to prometheus /var/lib/node_exporter/envoylog.prom
    """
    from envoylog.questions.access_log import AccessLog
    from envoylog.reports.checks.check import check as judge

    if window and since:
        raise click.UsageError("choose one of --window and --since")
    to_stdout = ("prometheus", "-") in exports
    if to_stdout and as_json:
        raise click.UsageError("choose one of --json and --to prometheus -")
    with AccessLog(data, settings=settings, questions=folders) as log:
        checked = judge(log, config, since=since, until=until, window=window, timezone=timezone)
    for _form, path in exports:
        if path == "-":
            click.echo(checked.to_prometheus(), nl=False)
        else:
            checked.to_prometheus(path)
    if as_json:
        click.echo(checked.to_json(), nl=False)
    else:
        for line in checked.lines(quiet=quiet):
            talk(line) if to_stdout else click.echo(line)
    if not (quiet and checked.ok):
        talk(checked.headline)
    return ExitCode.DONE if checked.ok else ExitCode.LIMIT_PASSED
