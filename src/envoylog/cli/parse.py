"""`envoylog parse`: logs into Parquet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from envoylog.cli.loading import loading
from envoylog.cli.memory import share_memory
from envoylog.cli.output import talk
from envoylog.cli.runs import conclude, formats_given, print_facts, progress_bar, run_options

if TYPE_CHECKING:
    from envoylog.cli.exit_codes import ExitCode
    from envoylog.pipeline.summary import RunSummary


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--output", "-o", required=True, help="The Parquet file to write; - for stdout.")
@click.option("--rejects", help="Where rejects go.  [default: OUTPUT with .rejects.parquet]")
@click.option(
    "--keep",
    multiple=True,
    type=click.Choice(["envelope", "skipped", "source"]),
    help="Keep also: what envelopes tell, as columns (they are there anyway where logs begin with "
    "one); the skipped lines, in OUTPUT's .skipped.parquet; the source of each row, as a column.",
)
@run_options
def parse(
    logs: tuple[str, ...],
    formats: tuple[str, ...],
    output: str,
    rejects: str | None,
    keep: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    max_reject_rate: float,
    **how: Any,
) -> ExitCode:
    """Parse logs into Parquet.

    LOGS are files, folders, globs, s3:// (also gs:// and az://), or - for standard input; plain,
    compressed (gzip, zstd, bzip2, xz, lz4) or in tar and zip archives. What cannot be read is told
    and the rest goes on. Lines that cannot be read are kept
    beside the rows, in OUTPUT's .rejects.parquet: see
    `envoylog rejects`. Both files are written whole or not at all.

    \b
      envoylog parse --format istio logs/ -o out.parquet
      kubectl logs -n istio-system deploy/gateway | envoylog parse -f istio - -o out.parquet
    """
    share_memory()
    with loading():
        from envoylog.pipeline.parse import parse as parse_logs

    if as_json and output == "-":
        raise click.UsageError("--json and -o - both want stdout")
    if output == "-" and rejects is None:
        raise click.UsageError("rows go to stdout: say where rejects go with --rejects FILE")
    with progress_bar(quiet=quiet) as progress:
        run = parse_logs(
            logs,
            formats_given(formats),
            to=output,
            rejects=rejects,
            keep=keep,
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


def _print_summary(run: RunSummary) -> None:
    print_facts(run.facts)
    talk(f"wrote      {' and '.join(run.written)}")
