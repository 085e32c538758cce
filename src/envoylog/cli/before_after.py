"""`envoylog before-after`: what changed at a moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from envoylog.cli.findings import limits_options, print_findings
from envoylog.cli.options import json_option, plot_option, scope_options, settings_options

if TYPE_CHECKING:
    from envoylog.enrich.companion import Settings
    from envoylog.questions.releases.comparison import Limits


@click.command("before-after")
@click.argument("data", nargs=-1, required=True)
@click.option("--at", required=True, help="The moment: ISO 8601, or 90m back from the newest.")
@click.option("--window", help="How long before and after: 30m, 2h. By default to the newest.")
@click.option("--latency", default="duration", show_default=True, help="Which duration.")
@limits_options
@scope_options
@settings_options
@json_option
@plot_option
def before_after(
    data: tuple[str, ...],
    at: str,
    window: str | None,
    latency: str,
    limits: Limits,
    settings: Settings,
    as_json: bool,
    plot: Path | None,
    **common: Any,
) -> None:
    """Tell what changed at a moment, such as a deploy.

    Compares the time after it with the same hours of earlier days, of the same weekday where the
    data has them; without earlier days, with the time right before, and says so.

    \b
      envoylog before-after out.parquet --at 2026-11-24T06:00 --window 2h
      envoylog before-after out.parquet --at 30m --authority shop.example.com --json
    """
    from envoylog.questions.access_log import AccessLog
    from envoylog.questions.releases.before_after import before_after as judge

    with AccessLog(data, settings=settings) as log:
        findings = judge(log, at, window=window, latency=latency, limits=limits, **common)
        print_findings(findings, as_json=as_json, plot=plot)
