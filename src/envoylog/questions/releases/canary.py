"""Two versions of a service that serve at the same time, compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

import polars as pl

from envoylog.questions.releases.bouncing import bouncing
from envoylog.questions.releases.cells import Layout, count_cells
from envoylog.questions.releases.comparison import Limits
from envoylog.questions.releases.extra import need_statistics
from envoylog.questions.releases.findings import Findings, Section
from envoylog.questions.releases.only import only_in_one
from envoylog.questions.releases.report import Counted, judgement
from envoylog.questions.releases.source import Common, Source
from envoylog.questions.releases.split import split_of
from envoylog.questions.releases.versions import Pair, choose_pair, read_key
from envoylog.questions.releases.weights import Rule

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog

_KINDS = """
select {version} as version,
    case when is_mirror then 'mirrored' when is_probe then 'probe' when is_stream then 'stream'
        else 'request' end as kind,
    count(*) as requests, count(*) filter (where error) as errors
from everything where {version} in ($baseline, $candidate) group by all order by kind, version
"""

_BLOCK = "(epoch_us(start_time) - epoch_us($since)) // epoch_us($bucket)"


def canary(
    log: AccessLog,
    *,
    by: str = "subset",
    baseline: str | None = None,
    candidate: str | None = None,
    weights: Mapping[str, float] | Sequence[Rule] | None = None,
    latency: str = "duration",
    limits: Limits | None = None,
    **common: Unpack[Common],
) -> Findings:
    """Compare two versions of a service that served at the same time.

    Parameters
    ----------
    log : AccessLog
        The log.
    by : str
        What tells the versions apart: `subset`, `cluster`, `service`, `host`, a header, a column.
    baseline, candidate : str, optional
        The versions; by default those that there are, in the order of their names.
    weights : mapping or sequence of Rule, optional
        The configured weights by version, or what `read_weights` found in a YAML file.
    latency : str
        Which duration: `duration`, `upstream_service_time`, `request_duration`,
        `response_duration`.
    limits : Limits, optional
        What difference matters, and the level.
    **common
        Filters, as in `AccessLog.ask`.

    Returns
    -------
    Findings
        Tables `comparisons`, `routes`, `split`, `kinds`, `only_in_one`, `clients`, `over_time`,
        `quantiles`.

    Raises
    ------
    QueryError
        If there are not two versions, or the format lacks a column.
    """
    need_statistics("canary")
    limits = limits or Limits()
    key = read_key(by, log.columns)
    needs = ("start_time", "response_code", key.needs)
    source = Source(log, "canary", common, needs, ("probe", "stream", "mirror"))
    splits = split_of(source, key, weights)
    chosen = choose_pair(splits.versions, baseline, candidate, by)
    pair = Pair(source, key, *chosen)
    version = f"case {key.sql} when $candidate then 1 when $baseline then 0 end"
    # Latencies are held together by route alone: a block has too few requests of a route.
    layout = Layout(version, _BLOCK, _BLOCK, "0", paired=True)
    cells, basis = count_cells(source, layout, pair.values, source.blocks(), latency)
    counted = Counted(pair.baseline, pair.candidate, cells, latency, basis)
    found = judgement("canary", "Is the new version worse?", counted, limits)
    clients = bouncing(pair)
    sections = {
        **found.sections,
        "split": splits.section(),
        "kinds": Section("Streams, probes and mirrored requests apart", _kinds(pair)),
        "only_in_one": only_in_one(pair),
        **({"clients": clients} if clients else {}),
        "over_time": splits.over_time(),
    }
    return Findings(
        found.id, found.title, found.verdict, (*found.reasons, *splits.reasons()), sections,
        f"{found.reading} {splits.reading}", basis,
        {**found.facts, **splits.facts()},
    )  # fmt: skip


def _kinds(pair: Pair) -> pl.DataFrame:
    return pair.source.select(_KINDS.format(version=pair.key.sql), pair.values).frame
