-- title = "When is the peak, how high is it, and who makes it?"
-- group = "overview"
-- needs = ["start_time"]
-- without = ["probe", "mirror"]
-- limit = 10
-- example = "--bucket 1s"
-- reading = """
-- Each row is the busiest second of one interval (--bucket), the highest first, by the time at which
-- requests started. times_mean holds it against the mean of the window: far above it, capacity that
-- suffices on average does not. authority made most of that second, with so many requests and such a
-- share of it.
-- """
-- [chart]
-- kind = "bar"
-- x = "second"
-- y = "requests"
-- note = "{share} {authority}"
-- says = "The busiest second, {second}, had {times_mean} times the mean"
-- [units]
-- requests = "/s"
-- share = "ratio"
with seconds as (
    select epoch_us(start_time) // 1000000 as second, authority, count(*) as requests
    from requests
    group by second, authority
),
totals as (
    select
        make_timestamptz(second * 1000000) as second,
        sum(requests)::bigint as requests,
        -- Of equals the first by name, so that the answer is the same each time.
        arg_min({authority: authority, requests: requests}, (-requests, authority)) as top
    from seconds
    group by all
),
mean as (
    select sum(requests) / (date_diff('second', min(second), max(second)) + 1) as mean from totals
)
select
    second,
    requests,
    round(requests / mean, 1) as times_mean,
    top.authority as authority,
    top.requests as by_it,
    top.requests / requests as share
from totals, mean
qualify row_number() over (
    partition by time_bucket($bucket, second, $timezone) order by requests desc, second
) = 1
order by requests desc, second
limit $limit
