"""`envoylog mirror`: shadow traffic against what clients got."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from envoylog.cli.findings import print_findings
from envoylog.cli.options import json_option, scope_options, settings_options

if TYPE_CHECKING:
    from envoylog.enrich.companion import Settings


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option("--shadow", default="", help="A cluster, service or authority that gets copies.")
@scope_options
@settings_options
@json_option
def mirror(
    data: tuple[str, ...], shadow: str, settings: Settings, as_json: bool, **common: Any
) -> None:
    """Compare mirrored requests with their copies.

    Pairs the lines of the Envoy that mirrors with those of the mirror's target by request id, and
    lists what differs: codes, sizes, times. Give both logs.

    \b
      envoylog mirror gateway.parquet shadow.parquet
      envoylog mirror logs/*.parquet --shadow reviews-next.shop.svc.cluster.local --json
    """
    from envoylog.questions.access_log import AccessLog
    from envoylog.questions.releases.mirror import mirror as judge

    with AccessLog(data, settings=settings) as log:
        print_findings(judge(log, shadow=shadow, **common), as_json=as_json)
