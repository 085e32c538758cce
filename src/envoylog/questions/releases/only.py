"""What one version alone shows: errors, flags, routes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from envoylog.questions.releases.findings import Section
from envoylog.questions.releases.source import ROUTE
from envoylog.questions.releases.versions import Pair

# What stands in braces after the details is different each time.
_ONLY = """
with seen as (
    select {version} as version,
        case when error or response_code = 0 then concat_ws(' ', response_code,
            response_flags, regexp_replace(response_code_details, '[{{].*$', ''),
            'gRPC ' || nullif(grpc_code, 0)) end as outcome,
        response_code, response_flags, {route} as route
    from requests where {version} in ($baseline, $candidate)
),
things as (
    select version, 'error' as kind, outcome as value from seen where outcome is not null
    union all select version, 'status', response_code::varchar from seen
        where response_code is not null
    union all select version, 'flag', flag from
        (select version, unnest(string_split(response_flags, ',')) as flag from seen)
    union all select version, 'route', route from seen
),
total as (select version, count(*) as requests from seen group by version)
select kind, value, min(version) as only_in, count(*) as requests,
    power(1 - (select sum(requests) filter (where version <> only_in) / sum(requests) from total),
        count(*)) as by_chance
from things group by kind, value having count(distinct version) = 1
    and (select count(*) from total) = 2
order by by_chance, kind, value
limit 50
"""


def only_in_one(
    pair: Pair, values: Mapping[str, str | float | datetime | None] | None = None
) -> Section:
    """List error classes, status codes, flags and routes that one version alone has.

    `by_chance` is how often chance puts so many requests on one side only.
    """
    sql = _ONLY.format(version=pair.key.sql, route=ROUTE)
    frame = pair.source.select(sql, {**pair.values, **(values or {})}).frame
    return Section("Seen in one version only", frame, {"by_chance": "ratio"})
