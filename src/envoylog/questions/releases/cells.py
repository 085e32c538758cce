"""Count the requests of two versions by route and time, for a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from envoylog.errors import QueryError
from envoylog.questions.releases.comparison import Cells
from envoylog.questions.releases.source import ROUTE, Source
from envoylog.questions.scope import Basis

#: What may be compared as latency.
LATENCIES: Final = (
    "duration",
    "upstream_service_time",
    "response_duration",
    "request_duration",
)

_OUTCOMES: Final = """
select {version} as version, {route} as route, {time} as time, {block} as block,
    count(*) as requests, count(*) filter (where error) as errors
from requests where {version} is not null and not client_gone group by all
"""

_TIMES: Final = """
select {version} as version, {route} as route, {coarse} as time, {block} as block,
    {latency}::double as value, count(*) as requests
from requests
where {version} is not null and not error and response_code > 0 and not client_gone
    and {latency} is not null
group by all
"""

NO_TIMES: Final = pl.DataFrame(
    schema={
        "version": pl.Int32,
        "route": pl.String,
        "time": pl.Int64,
        "block": pl.Int64,
        "value": pl.Float64,
        "requests": pl.Int64,
    }
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How requests are laid out, as expressions over the view.

    Attributes
    ----------
    version : str
        0 for the baseline, 1 for the candidate, NULL for what is neither.
    block : str
        The number of the block of time.
    time : str
        Requests with the same one may be compared with each other.
    coarse : str
        The same for latencies, which take more requests to compare.
    paired : bool
        Whether both versions serve in the same blocks.
    """

    version: str
    block: str
    time: str
    coarse: str
    paired: bool


def count_cells(
    source: Source,
    layout: Layout,
    values: Mapping[str, str | float | datetime | None],
    bucket: timedelta,
    latency: str,
) -> tuple[Cells, Basis]:
    """Count outcomes and latencies.

    Raises
    ------
    QueryError
        If there is no such latency, or no request at all.
    """
    if latency not in LATENCIES:
        raise QueryError(f"{source.name} knows no latency {latency!r}: take {', '.join(LATENCIES)}")
    texts = {
        "version": f"({layout.version})",
        "block": layout.block,
        "time": layout.time,
        "coarse": layout.coarse,
        "route": ROUTE,
        "latency": latency,
    }
    answer = source.select(_OUTCOMES.format(**texts), values, bucket=bucket)
    if answer.basis is None or answer.frame.is_empty():
        raise QueryError(f"{source.name}: no request is left to compare")
    times = NO_TIMES
    if not source.log.missing([latency]):
        times = source.select(_TIMES.format(**texts), values, bucket=bucket).frame
    return Cells(answer.frame, times, layout.paired), answer.basis
