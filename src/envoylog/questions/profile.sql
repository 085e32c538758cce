-- title = "What does each route do, and how long does it take?"
-- group = "routes"
-- needs = ["path", "duration"]
-- without = ["probe", "stream", "mirror"]
-- limit = 20
-- example = "--sort p99 --limit 10"
-- reading = """
-- One row a route, a path with its ids taken out. sum is the time of all its requests together and
-- share its part of the time of all routes: what a second saved there is worth. Percentiles are
-- values that occurred, and blank where there are too few requests for them. none counts responses
-- that were never sent (code 0). Streams and probes are left out, as they last as long as they like.
-- """
-- [chart]
-- kind = "bar"
-- x = "route"
-- y = "sum"
-- by = "sort"
-- label = "{method} {authority}{route}"
-- note = "{share}"
-- says = "{method} {route} takes the most time: {share} of all"
-- [units]
-- min = "ms"
-- avg = "ms"
-- p50 = "ms"
-- p90 = "ms"
-- p99 = "ms"
-- max = "ms"
-- sum = "ms"
-- share = "ratio"
-- [parameters.sort]
-- type = "text"
-- default = "sum"
-- choices = ["sum", "count", "4xx", "5xx", "min", "avg", "p50", "p90", "p99", "max"]
-- help = "What the order is by."
with profiled as (
    select
        method,
        authority,
        route,
        count(*) as count,
        count(*) filter (response_code between 100 and 199) as "1xx",
        count(*) filter (response_code between 200 and 299) as "2xx",
        count(*) filter (response_code between 300 and 399) as "3xx",
        count(*) filter (response_code between 400 and 499) as "4xx",
        count(*) filter (response_code >= 500) as "5xx",
        count(*) filter (response_code = 0) as none,
        min(duration) as min,
        round(avg(duration), 1) as avg,
        percentile(duration, 0.5) as p50,
        percentile(duration, 0.9) as p90,
        percentile(duration, 0.99) as p99,
        max(duration) as max,
        sum(duration)::bigint as sum,
        sum(duration) / sum(sum(duration)) over () as share
    from requests
    group by method, authority, route
)
select *
from profiled
order by
    case $sort
        when 'count' then count when '4xx' then "4xx" when '5xx' then "5xx" when 'min' then min
        when 'avg' then avg when 'p50' then p50 when 'p90' then p90 when 'p99' then p99
        when 'max' then max else sum
    end desc nulls last,
    sum desc nulls last, authority, route, method
limit $limit
