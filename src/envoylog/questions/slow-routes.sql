-- title = "Which routes are slow, beyond doubt?"
-- group = "routes"
-- needs = ["path", "duration"]
-- without = ["probe", "stream", "mirror"]
-- limit = 20
-- example = "--least 30"
-- reading = """
-- The order is by p99_low, not by p99. Another day's requests of the same kind would give another
-- p99, in 95 of 100 cases between p99_low and p99_high; so the first rows are slow whatever
-- luck they had. p99_high is blank where n is too small to bound it, p99 where it is too small to
-- tell it. Routes with fewer than --least requests are left out, streams and probes too.
-- """
-- [chart]
-- kind = "whisker"
-- x = "route"
-- y = ["p99", "p99_low", "p99_high"]
-- label = "{method} {authority}{route}"
-- note = "n = {n}"
-- says = "{route} is slowest beyond doubt: p99 is {p99_low} or more"
-- [units]
-- p50 = "ms"
-- p95 = "ms"
-- p99 = "ms"
-- p99_low = "ms"
-- p99_high = "ms"
-- max = "ms"
-- [parameters.least]
-- type = "integer"
-- default = 100
-- help = "How many requests a route must have."
with histogram as (
    select method, authority, route, duration, count(*) as n
    from requests
    where duration is not null
    group by all
),
cumulated as (
    select
        *,
        sum(n) over (route_of order by duration) as upto,
        sum(n) over route_of as total
    from histogram
    window route_of as (partition by method, authority, route)
)
select
    method,
    authority,
    route,
    total::bigint as n,
    min(duration) filter (upto * 2 >= total) as p50,
    case when power(0.95, total) <= 0.05 then min(duration) filter (upto * 20 >= total * 19) end as p95,
    case when power(0.99, total) <= 0.05 then min(duration) filter (upto * 100 >= total * 99) end as p99,
    -- The ranks between which the true quantile lies, from the binomial distribution.
    min(duration) filter (upto >= total * 0.99 - 1.96 * sqrt(total * 0.99 * 0.01)) as p99_low,
    min(duration) filter (upto >= total * 0.99 + 1.96 * sqrt(total * 0.99 * 0.01) + 1) as p99_high,
    max(duration) as max
from cumulated
group by method, authority, route, total
having total >= $least
order by p99_low desc, n desc, authority, route, method
limit $limit
