-- title = "What goes wrong, whose fault is it, and what to look at next?"
-- group = "errors"
-- needs = ["response_code", "response_flags|response_code_details"]
-- without = ["probe", "mirror"]
-- limit = 20
-- example = "--since 1h"
-- reading = """
-- All that did not go well, by the verdict on its code, flags, details and reasons; side is where the
-- fault most likely lies, meaning and look_at say what it is and what to do next. share is of all that
-- went wrong. shape is the window in 20 slices, from . (none) to █ (most): a wall that starts at once
-- is a deploy or an outage, an even line is everyday noise. in_worst is the part in the worst slice:
-- 5% is even, 100% one burst. A client that left or a path that nobody has is no fault of the service:
-- look at side first. `error-bursts` finds bursts; `envoylog why REQUEST_ID DATA` tells one request's
-- story.
-- """
-- [chart]
-- kind = "bar"
-- x = "verdict"
-- y = "requests"
-- note = "{side}"
-- says = "Most frequent fault: {verdict}, {share} of what went wrong"
-- [units]
-- share = "ratio"
-- in_worst = "ratio"
with bounds as (
    select min(start_time) as since, max(start_time) as until from requests
),

counted as (
    select
        verdict,
        any_value(side) as side,
        any_value(verdict_meaning) as meaning,
        any_value(verdict_next) as look_at,
        -- Where all happened at one moment, in the first slice.
        least(
            coalesce(floor(20 * epoch(start_time - since) / nullif(epoch(until - since), 0)), 0), 19
        )::integer as slice,
        count(*) as n,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from requests, bounds
    -- Requests that were answered have no side.
    where side is not null
    group by verdict, slice
),

totals as (
    select
        verdict,
        any_value(side) as side,
        any_value(meaning) as meaning,
        any_value(look_at) as look_at,
        sum(n)::bigint as n,
        max(n) as worst,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from counted
    group by verdict
),

drawn as (
    select
        totals.verdict,
        string_agg(
            substr('.▁▂▃▄▅▆▇█', 1 + ceil(8 * coalesce(counted.n, 0) / worst)::integer, 1), ''
            order by slices.slice
        ) as shape
    from totals
    cross join (select unnest(range(20))::integer as slice) as slices
    left join counted
        on counted.verdict = totals.verdict and counted.slice = slices.slice
    group by totals.verdict
)

select
    n as requests,
    n / sum(n) over () as share,
    side,
    totals.verdict,
    shape,
    worst / n as in_worst,
    first_seen,
    last_seen,
    meaning,
    look_at
from totals
inner join drawn using (verdict)
order by requests desc, totals.verdict
limit $limit
