"""`envoylog canary`: two versions, judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from envoylog.cli.findings import limits_options, print_findings
from envoylog.cli.options import json_option, plot_option, scope_options, settings_options

if TYPE_CHECKING:
    from envoylog.enrich.companion import Settings
    from envoylog.questions.releases.comparison import Limits


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option(
    "--by",
    default="subset",
    show_default=True,
    help="What tells versions apart: subset, cluster, service, host, a header or a column.",
)
@click.option("--baseline", help="The version that is known; by default the first by name.")
@click.option("--candidate", help="The version that is judged; by default the other one.")
@click.option("--weights", help="The configured weights: v1=90,v2=10.")
@click.option(
    "--weights-from",
    type=click.Path(path_type=Path),
    help="A VirtualService or HTTPRoute, YAML: weights, matches and mirrors.",
)
@click.option(
    "--latency",
    default="duration",
    show_default=True,
    help="Which duration: duration, upstream_service_time, response_duration, request_duration.",
)
@limits_options
@scope_options
@settings_options
@json_option
@plot_option
def canary(
    data: tuple[str, ...],
    by: str,
    baseline: str | None,
    candidate: str | None,
    weights: str | None,
    weights_from: Path | None,
    latency: str,
    limits: Limits,
    settings: Settings,
    as_json: bool,
    plot: Path | None,
    **common: Any,
) -> None:
    """Judge a canary: the new version against the old one.

    Compares two versions of a service that serve at the same time: the split against the weights,
    error rates and latencies with intervals, on the same mix of routes. One verdict: better,
    worse, no difference, not enough data.

    \b
      envoylog canary out.parquet --cluster shop.default.svc.cluster.local --weights v1=80,v2=20
      envoylog canary out.parquet --by x-version --baseline stable --candidate next --json
    """
    if weights and weights_from:
        raise click.UsageError("choose one of --weights and --weights-from")
    from envoylog.questions.access_log import AccessLog
    from envoylog.questions.releases.canary import canary as judge
    from envoylog.questions.releases.weights import parse_weights, read_weights

    with AccessLog(data, settings=settings) as log:
        given = parse_weights(weights) if weights else None
        rules = read_weights(weights_from, log.logged) if weights_from else None
        findings = judge(
            log,
            by=by,
            baseline=baseline,
            candidate=candidate,
            weights=given or rules,
            latency=latency,
            limits=limits,
            **common,
        )
        print_findings(findings, as_json=as_json, plot=plot)
