"""`envoylog report`: what arrives every morning."""

from __future__ import annotations

import shutil
import sys
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from envoylog.cli.options import settings_options
from envoylog.cli.output import talk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from zoneinfo import ZoneInfo

    from envoylog.enrich.companion import Settings
    from envoylog.questions.access_log import AccessLog

    Moment = str | datetime | None

#: Where the context keeps the command line, which a schedule repeats.
_WORDS: Final = "envoylog.words"
_LAST: Final = "last"


class _ReportCommand(click.Command):
    """`report`, which can print a schedule of its own command line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_WORDS] = [*args]
        return super().parse_args(ctx, args)


@click.command(cls=_ReportCommand)
@click.argument("data", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Where it is written; - for stdout. {date} in the name is the window's.",
)
@click.option(
    "--to",
    "form",
    type=click.Choice(["html", "json", "md"]),
    help="Its form; by default that of the file's name, else html.",
)
@click.option("--config", type=click.Path(), help="A report.toml: sections, window, links.")
@click.option(
    "--window",
    "length",
    type=click.Choice(["hour", "day", "week"]),
    help="The last complete one, by the clock; or the last before --until.",
)
@click.option(
    "--since",
    help="The window: 24h back from the newest request, or ISO 8601. last, with --window: every "
    "one since the newest report that exists.",
)
@click.option("--until", help="The end of the window.")
@click.option(
    "--compare",
    help="With how much earlier a window it is compared: 1d, 7d, none, or auto, a week if the data "
    "reach back so far, else a day.",
)
@click.option("--timezone", help="In which days and hours are cut and shown.")
@click.option(
    "--questions",
    "folders",
    multiple=True,
    type=click.Path(),
    help="A folder with questions of your own.",
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="How many seconds to wait for another report into the same folder.",
)
@click.option(
    "--print-schedule",
    "scheduler",
    type=click.Choice(["cron", "systemd", "kubernetes"]),
    help="Write nothing; print what makes this report after each --window.",
)
@settings_options
def report(
    data: tuple[str, ...],
    output: str,
    form: str | None,
    config: str | None,
    length: str | None,
    since: str | None,
    until: str | None,
    compare: str | None,
    timezone: str | None,
    folders: tuple[str, ...],
    wait: float,
    scheduler: str | None,
    settings: Settings,
) -> None:
    """Write a report: one page with what changed, what is wrong, and what to look at first.

    DATA is what `envoylog parse` or `ingest` wrote. The page needs no network and no other file.
    The same data and window give the same page.

    \b
      envoylog report out.parquet -o report.html
      envoylog report data/ -o report.html --since 2026-11-23 --until 2026-11-24
      envoylog report data/ --config report.toml --to md -o -
      envoylog report data/ -o 'report-{date}.html' --window day --since last
    """
    from envoylog.questions.access_log import AccessLog
    from envoylog.questions.scope import read_zone
    from envoylog.reports.build import report as build
    from envoylog.reports.config import Config, read_config

    _refuse(length, since, scheduler)
    asked = read_config(config) if config else Config()
    zone = read_zone(timezone or asked.timezone)
    if scheduler:
        click.echo(_schedule(scheduler, str(length), zone), nl=False)
        return
    with AccessLog(data, settings=settings, questions=folders) as log, _lock(output, wait):
        spans: list[tuple[str, Moment, Moment]] = [(output, since, until)]
        if length:
            every = since == _LAST
            spans = list(_complete(log, length, zone, until=until, output=output, every=every))
        for path, start, end in spans:
            built = build(
                log, config=asked, since=start, until=end, compare=compare, timezone=timezone
            )
            writers = {"html": built.to_html, "json": built.to_json, "md": built.to_md}
            write = writers[form or _form(output)]
            if output == "-":
                click.echo(write(), nl=False)
            else:
                write(path)


def _form(output: str) -> str:
    return {".json": "json", ".md": "md"}.get(Path(output).suffix, "html")


def _refuse(length: str | None, since: str | None, scheduler: str | None) -> None:
    if length is None and (since == _LAST or scheduler):
        option = "--print-schedule" if scheduler else "--since last"
        raise click.UsageError(f"{option} needs --window hour, day or week")
    if length and since not in {None, _LAST}:
        raise click.UsageError(
            f"--window {length} is the last complete one: leave --since out, or write --since last"
        )


def _complete(
    log: AccessLog, length: str, zone: ZoneInfo, *, until: str | None, output: str, every: bool
) -> Iterator[tuple[str, Moment, Moment]]:
    """Give the file, the beginning and the end of each report that is due."""
    from envoylog.questions.scope import show
    from envoylog.questions.window import read_moment
    from envoylog.reports.windows import due, last_complete, named

    first, newest = log.ends
    now = read_moment(until, newest) if until else datetime.now(UTC)
    windows = [last_complete(now, length, zone)]
    if every:
        windows = due(now, length, zone, pattern=output, first=first or now)
    if newest is None or newest < windows[-1].until - timedelta(hours=1):
        ends = show(newest, zone) if newest else "nowhere"
        talk(f"the data end {ends}, before the window does: {windows[-1].words}; was all read?")
    for window in windows:
        yield str(named(output, window)), window.since, window.until


def _lock(output: str, wait: float) -> AbstractContextManager[None]:
    """Keep two reports into the same folder apart."""
    from envoylog.dataset.lock import locked

    folder = Path(output).parent
    if output == "-" or not folder.is_dir():
        return nullcontext()
    return locked(folder / ".envoylog.lock", wait, f"another report is being written to {folder}")


def _schedule(scheduler: str, length: str, zone: ZoneInfo) -> str:
    """Print what runs the command line as it was given, but for the wish to print."""
    from envoylog.reports.schedule import snippet

    words: list[str] = []
    given = iter(click.get_current_context().meta[_WORDS])
    for word in given:
        if word == "--print-schedule":
            next(given)
        elif not word.startswith("--print-schedule="):
            words.append(word)
    beside = Path(sys.executable).with_name("envoylog")
    program = str(beside) if beside.exists() else shutil.which("envoylog") or "envoylog"
    return snippet(
        scheduler,
        [program, "report", *words],
        length,
        zone,
        now=datetime.now(UTC),
        folder=Path.cwd(),
    )
