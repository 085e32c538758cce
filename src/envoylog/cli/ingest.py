"""`envoylog ingest`: take what is new into a dataset."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from envoylog.cli.exit_codes import ExitCode
from envoylog.cli.loading import loading
from envoylog.cli.memory import share_memory
from envoylog.cli.output import print_json, print_table, talk
from envoylog.cli.runs import conclude, formats_given, print_facts, progress_bar, run_options
from envoylog.display.shown import size

if TYPE_CHECKING:
    from envoylog.pipeline.ingest.status import Status
    from envoylog.pipeline.ingest.summary import IngestSummary

_RUNS = 10


@click.command()
@click.argument("logs", nargs=-1)
@click.option("--into", required=True, help="The dataset: a folder or s3://bucket/prefix.")
@click.option("--keep", help="How old requests may become, such as 30d; older days are removed.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="How many seconds to wait for another ingest into the same dataset.",
)
@click.option("--status", is_flag=True, help="Show what the dataset holds, and read nothing.")
@run_options
def ingest(
    logs: tuple[str, ...],
    formats: tuple[str, ...],
    into: str,
    keep: str | None,
    wait: float,
    status: bool,
    as_json: bool,
    quiet: bool,
    max_reject_rate: float,
    **how: Any,
) -> ExitCode:
    """Take what is new in logs into a dataset that grows.

    LOGS are files, folders, globs or s3://. Run it from cron as often as you like: what was taken
    in before is known again, also when it was rotated, compressed, copied or uploaded again; every
    line is taken in exactly once, even if a run is killed. The dataset is a Delta table with a
    folder a day, which envoylog, Spark, Trino and polars can read.

    \b
      envoylog ingest -f istio '/var/log/envoy/access.log*' --into data/ --keep 30d
      envoylog ask errors-by-authority data/ --since 1h
      envoylog ingest --into data/ --status
    """
    if status:
        _print_status(into, as_json=as_json)
        return ExitCode.DONE
    if not logs:
        raise click.UsageError("say which logs, or --status")
    share_memory()
    with loading():
        from envoylog.pipeline.ingest.run import ingest as ingest_logs

    with progress_bar(quiet=quiet) as progress:
        run = ingest_logs(
            logs,
            formats_given(formats),
            into=into,
            keep=keep,
            wait=wait,
            progress=progress,
            **how,
        )
    return conclude(
        run,
        formats,
        partial(_print_summary, run),
        as_json=as_json,
        quiet=quiet,
        max_reject_rate=max_reject_rate,
    )


def _print_summary(run: IngestSummary) -> None:
    if not run.lines:
        talk(f"nothing new  {run.met or 'no sources'}")
        return
    print_facts(run.facts)


def _print_status(into: str, *, as_json: bool) -> None:
    from envoylog.errors import DataError
    from envoylog.pipeline.ingest.status import read_status

    status = read_status(into)
    if as_json:
        print_json(status.to_dict())
    else:
        _print_tables(into, status)
    if not status.accounted:
        raise DataError(f"{into} is damaged: its files do not hold what was taken in")


def _print_tables(into: str, status: Status) -> None:
    total = status.total
    newest = f"{status.newest:%Y-%m-%d %H:%M:%S}" if status.newest else "none"
    talk(f"{into}: {status.rows:,} rows in {status.files:,} files, {size(status.bytes)}")
    talk(f"newest request: {newest} UTC")
    talk(
        f"taken in: {total.lines:,} lines = {total.rows:,} rows + {total.rejects:,} rejects"
        f" + {total.skipped:,} skipped"
    )
    if status.expired_rows or status.expired_rejects:
        talk(f"expired: {status.expired_rows:,} rows, {status.expired_rejects:,} rejects")
    print_table(
        ("day", "rows", "files", "size"),
        [(day.day, day.rows, day.files, size(day.bytes)) for day in status.days],
    )
    click.echo()
    print_table(
        ("source", "lines", "offset", "waiting", "behind", "note"),
        [
            (
                source.name,
                source.lines,
                source.offset,
                source.waiting,
                source.behind,
                "copy" if source.copy else "" if source.behind is not None else "gone",
            )
            for source in status.sources
        ],
    )
    click.echo()
    print_table(
        ("run", "sources", "lines", "rows", "rejects", "skipped"),
        [
            (run.time, run.sources, run.lines, run.rows, run.rejects, run.skipped)
            for run in status.runs[-_RUNS:]
        ],
    )
