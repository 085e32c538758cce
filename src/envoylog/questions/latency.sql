-- title = "How does latency move, authority by authority?"
-- group = "latency"
-- needs = ["start_time", "authority", "duration"]
-- without = ["probe", "stream", "mirror"]
-- limit = 1000
-- example = "--bucket 2s --top 2"
-- reading = """
-- One row an authority and interval (--bucket), for the authorities with most requests (--top).
-- Percentiles are durations that occurred, from the first byte of the request to the last byte of
-- the response, so slow clients and large bodies are in them; they are blank where n requests
-- are too few to tell. n = 0 is an interval without requests. Streams and probes are left out.
-- """
-- [chart]
-- kind = "line"
-- x = "time"
-- y = "p99"
-- series = "authority"
-- says = "p99 of {authority} peaks at {p99}, {time}"
-- [units]
-- p50 = "ms"
-- p90 = "ms"
-- p95 = "ms"
-- p99 = "ms"
-- p999 = "ms"
-- max = "ms"
-- [parameters.top]
-- type = "integer"
-- default = 5
-- help = "How many authorities, the busiest first."
with measured as (
    select
        authority,
        time_bucket($bucket, start_time, $timezone) as time,
        count(duration) as n,
        percentile(duration, 0.5) as p50,
        percentile(duration, 0.9) as p90,
        percentile(duration, 0.95) as p95,
        percentile(duration, 0.99) as p99,
        percentile(duration, 0.999) as p999,
        max(duration) as max
    from requests
    group by authority, time
),
busiest as (
    select authority, sum(n) as total
    from measured
    group by authority
    order by total desc, measured.authority
    limit $top
)
select busiest.authority, buckets.time, coalesce(n, 0) as n, p50, p90, p95, p99, p999, max
from busiest
cross join intervals($since, $until, $bucket, $timezone) as buckets
left join measured on measured.time = buckets.time
    and measured.authority is not distinct from busiest.authority
order by total desc, busiest.authority, buckets.time
limit $limit
