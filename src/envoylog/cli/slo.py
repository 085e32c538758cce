"""`envoylog slo`: objectives, budgets, and who spent them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from envoylog.cli.findings import print_findings
from envoylog.cli.options import json_option, plot_option, scope_options, settings_options

if TYPE_CHECKING:
    from envoylog.enrich.companion import Settings


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "--objectives",
    required=True,
    type=click.Path(path_type=Path),
    help="A TOML file: a period, and an [[objective]] for each promise.",
)
@click.option("--at", help="The end of the period; by default just after the newest request.")
@scope_options
@settings_options
@json_option
@plot_option
def slo(
    data: tuple[str, ...],
    objectives: Path,
    at: str | None,
    settings: Settings,
    as_json: bool,
    plot: Path | None,
    **common: Any,
) -> None:
    """Hold service level objectives against the log.

    Attainment, the error budget that is left, burn rates, the alerts that would have fired, and the
    routes, clusters and clients that spent the budget; over any past period.

    \b
      envoylog slo logs/*.parquet --objectives slo.toml
      envoylog slo logs/*.parquet --objectives slo.toml --at 2026-11-01 --json
    """
    from envoylog.questions.access_log import AccessLog
    from envoylog.questions.releases.slo import slo as hold

    with AccessLog(data, settings=settings) as log:
        print_findings(hold(log, objectives, at=at, **common), as_json=as_json, plot=plot)
