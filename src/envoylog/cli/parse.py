"""`envoylog parse`: logs into Parquet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from envoylog.cli.exit_codes import ExitCode
from envoylog.cli.options import complete_format, format_options
from envoylog.cli.output import print_json, size, talk

if TYPE_CHECKING:
    from envoylog.pipeline.summary import Progress, RunSummary


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.option(
    "--format",
    "-f",
    "format_",
    required=True,
    shell_complete=complete_format,
    help="A named format, a file with a format or configuration, the format string, or auto.",
)
@click.option("--output", "-o", required=True, help="The Parquet file to write; - for stdout.")
@click.option("--rejects", help="Where rejects go.  [default: OUTPUT with .rejects.parquet]")
@format_options
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON on stdout.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no summary.")
@click.option(
    "--max-reject-rate",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Exit with code 1 if a larger share of lines is rejected.",
)
def parse(
    logs: tuple[str, ...],
    format_: str,
    output: str,
    rejects: str | None,
    encoding: str | None,
    pick: str | None,
    timezone: str | None,
    omit_empty_values: bool,
    as_json: bool,
    quiet: bool,
    max_reject_rate: float,
) -> int:
    """Parse logs into Parquet.

    LOGS are files, directories, globs, or - for standard input. Lines that cannot be read are kept
    beside the rows, in OUTPUT's .rejects.parquet: see
    `envoylog rejects`. Both files are written whole or not at all.

    \b
      envoylog parse --format istio logs/ -o out.parquet
      kubectl logs -n istio-system deploy/gateway | envoylog parse -f istio - -o out.parquet
    """
    from envoylog.pipeline.parse import parse as parse_logs

    if as_json and output == "-":
        raise click.UsageError("--json and -o - both want stdout")
    if output == "-" and rejects is None:
        raise click.UsageError("rows go to stdout: say where rejects go with --rejects FILE")
    with _progress_bar(enabled=not quiet and sys.stderr.isatty()) as progress:
        run = parse_logs(
            logs,
            format_,
            to=output,
            rejects=rejects,
            encoding=encoding,
            pick=pick,
            timezone=timezone,
            omit_empty_values=omit_empty_values,
            progress=progress,
        )
    if as_json:
        print_json(run.to_dict())
    elif not quiet:
        _print_summary(run)
    if run.reject_rate <= max_reject_rate:
        return ExitCode.DONE
    talk(_advice(run, format_))
    return ExitCode.LIMIT_PASSED


def _print_summary(run: RunSummary) -> None:
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in run.skipped_kinds.items())
    rate = f"{run.lines / run.seconds:,.0f} lines/s" if run.seconds else ""
    facts = [
        ("lines", f"{run.lines:,}", f"from {len(run.sources)} source(s)"),
        ("rows", f"{run.rows:,}", f"{run.ambiguous:,} ambiguous" if run.ambiguous else ""),
        ("rejects", f"{run.rejects:,}", f"{run.reject_rate:.1%}" if run.rejects else ""),
        ("skipped", f"{run.skipped:,}", kinds),
        ("seconds", f"{run.seconds:.2f}", rate),
        ("bytes in", size(run.bytes_in), ""),
        ("bytes out", size(run.bytes_out), ""),
    ]
    width = max(len(value) for _name, value, _more in facts)
    for name, value, more in facts:
        talk(f"{name:<9}  {value:>{width}}  {more}".rstrip())
    talk(f"wrote      {run.output} and {run.rejects_output}")


def _advice(run: RunSummary, format_: str) -> str:
    shown = format_ if len(format_) <= 40 and "\n" not in format_ else "this format"  # noqa: PLR2004
    message = (
        f"envoylog: {run.rejects:,} of {run.rows + run.rejects:,} lines were rejected: "
        f"{shown} does not fit these logs; "
    )
    if run.fitting_format:
        return message + f"they look like --format {run.fitting_format}"
    return message + f"see why with: envoylog rejects {run.rejects_output}"


@contextmanager
def _progress_bar(*, enabled: bool) -> Iterator[Callable[[Progress], None] | None]:
    if not enabled:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[lines]:,} lines"),
        TextColumn("{task.fields[rejects]:,} rejects"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, lines=0, rejects=0)

        def show(progress: Progress) -> None:
            bar.update(
                task,
                completed=progress.bytes_read,
                total=progress.bytes_total or None,
                lines=progress.lines,
                rejects=progress.rejects,
            )

        yield show
