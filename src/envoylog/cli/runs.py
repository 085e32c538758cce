"""What `parse` and `ingest` share: options, the progress bar, and what is told in the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from envoylog.cli.exit_codes import ExitCode
from envoylog.cli.options import F, complete_format, format_options, json_option, limit_options
from envoylog.cli.output import print_json, talk

if TYPE_CHECKING:
    from envoylog.pipeline.summary import Progress, RunSummary

# Sources that the summary lists, of those that the format does not fit.
_MISFITS = 10


def run_options(command: F) -> F:
    """Add the options of a command that reads logs."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


_RUN_OPTIONS = (
    click.option(
        "--format",
        "-f",
        "formats",
        multiple=True,
        shell_complete=complete_format,
        help="A named format, a file with a format or configuration, the format string, or auto. "
        "Of several, each line is read by the first that fits.",
    ),
    format_options,
    limit_options,
    json_option,
    click.option("--quiet", "-q", is_flag=True, help="No progress and no summary."),
    click.option(
        "--max-reject-rate",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        help="Exit with code 1 if a larger share of lines is rejected, of all or of one source.",
    ),
)


def formats_given(formats: tuple[str, ...]) -> str | tuple[str, ...]:
    """Take the one format that was given, or all of them."""
    if not formats:
        raise click.UsageError("say in which --format they are, or auto")
    return formats[0] if len(formats) == 1 else formats


def conclude(
    run: RunSummary,
    formats: tuple[str, ...],
    summary: Callable[[], None],
    *,
    as_json: bool,
    quiet: bool,
    max_reject_rate: float,
) -> ExitCode:
    """Tell what a run did, what went wrong and what to do about it.

    Parameters
    ----------
    run : RunSummary
        What it did.
    formats : tuple of str
        As they were given.
    summary : callable
        Prints it for people.
    as_json, quiet, max_reject_rate
        As of the command line.
    """
    misfits = run.misfits(max_reject_rate)
    if as_json:
        print_json(run.to_dict())
    elif not quiet:
        summary()
        _print_changes(run)
        if len(run.by_source) > 1:
            _print_misfits(run, max_reject_rate)
        for note in run.notes:
            talk(f"note: {note}")
    for failure in run.failures:
        talk(f"envoylog: {failure}")
    too_many = run.reject_rate > max_reject_rate or bool(misfits)
    if too_many:
        talk(_advice(run, formats, max_reject_rate))
    if run.failures:
        return ExitCode.INPUT_OUTPUT
    return ExitCode.LIMIT_PASSED if too_many else ExitCode.DONE


def print_facts(facts: Sequence[tuple[str, str, str]]) -> None:
    """Say what a run counted: a name, a number, and what else to know."""
    width = max(len(value) for _name, value, _more in facts)
    for name, value, more in facts:
        talk(f"{name:<9}  {value:>{width}}  {more}".rstrip())


def _print_changes(run: RunSummary) -> None:
    """Say which format wrote what part of each source."""
    if len(run.changes) < 2:  # noqa: PLR2004 - no change
        return
    cells = [("source", "format", "rows", "first", "last")]
    for change in run.changes:
        first, last = (
            moment.strftime("%Y-%m-%d %H:%M:%S") if moment else "-"
            for moment in (change.first, change.last)
        )
        cells.append((change.source, change.format, f"{change.rows:,}", first, last))
    _print_columns(cells, "<<><<")


def _print_misfits(run: RunSummary, limit: float) -> None:
    """Say which sources were mostly rejected."""
    misfits = run.misfits(limit)
    if not misfits:
        return
    cells = [("mostly rejected", "rows", "rejects", "looks like")]
    for name, counts in list(misfits.items())[:_MISFITS]:
        cells.append(
            (name, f"{counts.rows:,}", f"{counts.rejects:,}", counts.fitting_format or "-")
        )
    _print_columns(cells, "<>><")
    if len(misfits) > _MISFITS:
        talk(f"and {len(misfits) - _MISFITS:,} more")


def _print_columns(cells: Sequence[Sequence[str]], alignments: str) -> None:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    talk("")
    for row in cells:
        columns = zip(row, alignments, widths, strict=True)
        talk("  ".join(f"{text:{side}{width}}" for text, side, width in columns).rstrip())


def _advice(run: RunSummary, formats: tuple[str, ...], limit: float) -> str:
    """Say what to do about many rejects, in one line."""
    shown = " and ".join(formats)
    if len(shown) > 40 or "\n" in shown:  # noqa: PLR2004
        shown = "this format"
    elif shown == "auto":
        shown = "what auto found"
    rows, rejects, fitting = run.rows, run.rejects, run.fitting_format
    where, these, more = "", "these logs", 0
    if run.reject_rate <= limit:
        # The format fits the most, but not all sources.
        misfits = run.misfits(limit)
        (first, counts), more = next(iter(misfits.items())), len(misfits) - 1
        rows = sum(counts.rows for counts in misfits.values())
        rejects = sum(counts.rejects for counts in misfits.values())
        where = f"{first} and {more:,} more: " if more else f"{first}: "
        these, fitting = "them" if more else "it", counts.fitting_format
    message = (
        f"envoylog: {where}{rejects:,} of {rows + rejects:,} lines were rejected: "
        f"{shown} does not fit {these}; "
    )
    if where and fitting:
        return message + f"{first if more else 'it'} looks like {fitting}: give that --format too"
    if fitting:
        return message + f"they look like --format {fitting}"
    return message + f"see why with: envoylog rejects {run.rejects_output}"


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Draw how far a run has come, as a context; not off a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[lines]:,} lines"),
        TextColumn("{task.fields[speed]:,.0f} lines/s"),
        TextColumn("{task.fields[rejects]:,} rejects"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, visible=False, lines=0, rejects=0, speed=0)
        began = time.perf_counter()

        def show(progress: Progress) -> None:
            bar.update(
                task,
                visible=True,
                completed=progress.bytes_read,
                total=progress.bytes_total or None,
                lines=progress.lines,
                speed=progress.lines / (time.perf_counter() - began),
                rejects=progress.rejects,
            )

        yield show
