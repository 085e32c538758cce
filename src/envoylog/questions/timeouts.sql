-- title = "Which timeouts are hit: where do durations pile up at round values?"
-- group = "latency"
-- needs = ["duration", "authority", "path"]
-- without = ["probe", "mirror"]
-- limit = 20
-- reading = """
-- Somebody's timeout shows as a pile of durations at one round value: Envoy's (flag UT, code 504),
-- the application's, or the client's (flag DC). A timer fires a little early or late, so requests
-- from 5 ms before to 10 ms and a thousandth after the value count: 145 to 160 for 150 ms. expected is
-- what the values just below and above would suggest; a row needs 5 requests and
-- three times expected. flags are the most frequent of the pile. Round values are multiples of 50 ms
-- up to 1 s, 500 ms up to 10 s, 5 s up to a minute, 30 s beyond. A timeout that starts when the
-- request is complete is not seen where uploads take long. Streams are in it; a pile of 200, 204
-- or 304 without a flag may be long polls.
-- """
-- [chart]
-- kind = "bar"
-- x = "timeout"
-- y = "requests"
-- label = "{timeout} {authority}{route}"
-- note = "{code} {flags}"
-- says = "{requests} requests pile up at {timeout}: {route}"
-- [units]
-- timeout = "ms"
with histogram as (
    select
        authority,
        route,
        duration,
        response_code,
        response_flags,
        count(*) as n,
        min(start_time) as first,
        max(start_time) as last
    from requests
    where duration >= 30
    group by all
),
near as (
    select
        *,
        case
            when duration < 1025 then 50
            when duration < 10250 then 500
            when duration < 62500 then 5000
            else 30000
        end as step,
        ((duration + step // 2) // step * step)::bigint as timeout,
        15 + timeout // 1000 as width,
        duration - (timeout - 5) as past
    from histogram
),
-- Values inside the pile, and as many below and above it together as twice those inside.
kinds as (
    select
        authority,
        route,
        timeout,
        past between 0 and width as inside,
        response_code,
        response_flags,
        sum(n)::bigint as n,
        min(first) as first,
        max(last) as last
    from near
    where past >= -width and past < 2 * width
    group by all
),
piles as (
    select
        authority,
        route,
        timeout,
        sum(n) filter (inside)::bigint as requests,
        coalesce(sum(n) filter (not inside), 0) / 2 as expected,
        arg_min(
            {code: response_code, flags: response_flags}, (-n, response_code, response_flags)
        ) filter (inside) as most,
        min(first) filter (inside) as first,
        max(last) filter (inside) as last
    from kinds
    group by authority, route, timeout
)
select
    authority,
    route,
    timeout,
    requests,
    expected,
    most.code as code,
    most.flags as flags,
    first,
    last
from piles
where requests >= 5 and requests >= 3 * expected
order by requests desc, timeout, authority, route
limit $limit
