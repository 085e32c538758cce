"""Shadow traffic: what the mirror's target answers, held against what the client got."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Unpack

from envoylog.errors import QueryError
from envoylog.questions.releases.extra import need_statistics
from envoylog.questions.releases.findings import Findings, Section
from envoylog.questions.releases.source import ROUTE, Common, Source

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog

# Requests are paired by request id. A gateway's line comes before those of sidecars; of several
# lines of one side the first in time is taken, and ids that clients sent twice are counted.
_PAIRS: Final = """
with lines as (
    select *, (is_mirror or upstream_cluster = $shadow or cluster_service = $shadow
        or authority = $shadow) is true as shadow,
        case vantage when 'gateway' then 0 when 'outbound' then 1 else 2 end as rank
    from everything where request_id is not null
),
sides as (
    select request_id, shadow, count(*) as lines,
        arg_min(struct_pack(code := response_code, size := bytes_sent,
            time := coalesce(upstream_service_time, duration), failed := error,
            route := {route}, start := start_time), (rank, start_time)) as line
    from lines group by all
),
pairs as (
    select request_id, a.line.route as route,
        a.line.code as primary_code, b.line.code as shadow_code,
        a.line.size as primary_size, b.line.size as shadow_size,
        a.line.time as primary_time, b.line.time as shadow_time,
        a.line.failed as primary_failed, b.line.failed as shadow_failed
    from sides a join sides b using (request_id) where not a.shadow and b.shadow
)
{select}
"""

_SUMMARY: Final = """
select
    (select count(*) from everything) as lines,
    (select count(*) from sides where not shadow) as primaries,
    (select count(*) from sides where shadow) as shadows,
    (select coalesce(sum(lines), 0)::bigint from sides where shadow) as shadow_lines,
    count(*) as pairs,
    count(*) filter (where primary_code <> shadow_code) as other_code,
    count(*) filter (where primary_size <> shadow_size) as other_size,
    count(*) filter (where primary_failed and not shadow_failed) as primary_failed,
    count(*) filter (where shadow_failed and not primary_failed) as shadow_failed,
    count(*) filter (where shadow_time > primary_time) as slower,
    count(*) filter (where shadow_time < primary_time) as quicker,
    quantile_disc(primary_time, 0.5) as primary_p50,
    quantile_disc(shadow_time, 0.5) as shadow_p50,
    quantile_disc(primary_time, 0.9) as primary_p90,
    quantile_disc(shadow_time, 0.9) as shadow_p90
from pairs
"""

_DIFFERENCES: Final = """,
differences as (
    select route, primary_code, shadow_code, count(*) as pairs,
        count(*) filter (where primary_size <> shadow_size) as other_size,
        quantile_disc(shadow_size - primary_size, 0.5) as median_more_bytes,
        quantile_disc(shadow_time - primary_time, 0.5) as median_slower,
        min(request_id) as example
    from pairs group by all
)
select * from differences
where primary_code <> shadow_code or other_size > 0 or median_slower <> 0
order by (primary_code <> shadow_code) desc, pairs desc, route limit 50
"""

_TARGETS: Final = """
select authority, coalesce(cluster_service, upstream_cluster) as target,
    count(*) as requests, count(*) filter (where error) as errors,
    min(start_time) as first, max(start_time) as last
from everything
where is_mirror or upstream_cluster = $shadow or cluster_service = $shadow or authority = $shadow
group by all order by requests desc limit 20
"""

_READING: Final = (
    "Envoy sends a copy of a request and forgets it: the copy stands in the log of its target, not "
    "in that of the Envoy that mirrors, so give both logs. Copies are known by an authority that "
    "ends in -shadow (with or without a port or a namespace behind it), or by the cluster, service "
    "or authority named with --shadow. Pairs have the same request id. Times are upstream service "
    "times, else durations; sizes are of bodies. Failed copies are held against failed primaries "
    "pair by pair (exact test of McNemar 1947), slower against quicker ones by a sign test. "
    "Envoy takes split and mirror from one random number: a mirror of a part copies the requests "
    "of the first version first. Copies count as requests wherever nobody leaves them out: "
    "the share says by how much."
)


def mirror(log: AccessLog, *, shadow: str = "", **common: Unpack[Common]) -> Findings:
    """Pair the requests of a mirror with their copies, and list what differs.

    Parameters
    ----------
    log : AccessLog
        Lines of the Envoy that mirrors and of the target, read together.
    shadow : str
        A cluster, service or authority that gets copies; those with `-shadow` are known.
    **common
        Filters, as in `AccessLog.ask`; lines of all vantages count unless told otherwise.

    Returns
    -------
    Findings
        Tables `summary`, `differences`, `targets`.

    Raises
    ------
    QueryError
        If the log has no request ids.
    """
    need_statistics("mirror")
    whole: Common = {**common, "vantage": common.get("vantage") or "all"}
    source = Source(log, "mirror", whole, ("request_id", "response_code", "authority"))
    values = {"shadow": shadow}
    answer = source.select(_PAIRS.format(route=ROUTE, select=_SUMMARY), values)
    counts: dict[str, int] = answer.frame.row(0, named=True)
    if answer.basis is None or not counts["lines"]:
        raise QueryError("mirror: no request matches")
    differences = source.select(_PAIRS.format(route=ROUTE, select=_DIFFERENCES), values).frame
    reasons = tuple(_reasons(counts, shadow))
    return Findings(
        "mirror",
        "Does the mirror's target answer alike?",
        _verdict(counts),
        reasons,
        {
            "summary": Section("Pairs of a request and its copy", answer.frame),
            "differences": Section("What differs, by route and code", differences),
            "targets": Section("Where copies go", source.select(_TARGETS, values).frame),
        },
        _READING,
        answer.basis,
        {"pairs": counts["pairs"], "shadows": counts["shadows"]},
    )


def _verdict(counts: dict[str, int]) -> str:
    if not counts["shadows"]:
        return "no mirror"
    if not counts["pairs"]:
        return "no pairs"
    return "differs" if counts["other_code"] else "answers alike"


def _reasons(counts: dict[str, int], shadow: str) -> Iterator[str]:
    from scipy.stats import binomtest

    if not counts["shadows"]:
        yield (
            f"no line is of a copy (authority …-shadow{f' or {shadow}' if shadow else ''}): the "
            "mirroring Envoy does not log copies; add the log of their target, or name it with "
            "--shadow"
        )
        return
    share = counts["shadow_lines"] / counts["lines"]
    yield (
        f"{counts['shadow_lines']:,} of {counts['lines']:,} lines are copies, {share:.1%}: they "
        "inflate counts wherever they are not left out"
    )
    alone = counts["shadows"] - counts["pairs"]
    yield f"{counts['pairs']:,} pairs; {alone:,} copies without their primary in this data"
    if not counts["pairs"]:
        yield "are both logs here, and do both hold the request id?"
        return
    codes = counts["other_code"]
    yield (
        f"another code in {codes:,} pairs, {codes / counts['pairs']:.1%}; "
        f"another size in {counts['other_size']:,}"
    )
    for more, fewer, what in (
        ("shadow_failed", "primary_failed", "fails"),
        ("slower", "quicker", "is slower"),
    ):
        total = counts[more] + counts[fewer]
        if total:
            p_value = float(binomtest(counts[more], total).pvalue)
            yield (
                f"the copy alone {what} in {counts[more]:,} pairs, the primary alone in "
                f"{counts[fewer]:,}: p {p_value:.2g}"
            )
