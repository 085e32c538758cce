-- title = "How do the quantiles of latency move?"
-- group = "latency"
-- needs = ["start_time", "duration"]
-- without = ["probe", "stream", "mirror"]
-- limit = 1000
-- example = "--bucket 2s"
-- reading = """
-- One row an interval (--bucket), over all requests that the filters leave. Percentiles are durations
-- that occurred, from the first byte of the request to the last byte of the response; they are blank
-- where n requests are too few to tell. Where p50 moves, all requests are concerned; where p99 moves
-- alone, a few. n = 0 is an interval without requests. `latency` tells authorities apart,
-- `latency-heatmap` shows every duration.
-- """
-- [chart]
-- kind = "band"
-- x = "time"
-- y = ["p50", "p90", "p99"]
-- says = "p99 peaks at {p99} with a median of {p50}, {time}"
-- [units]
-- p50 = "ms"
-- p90 = "ms"
-- p99 = "ms"
-- max = "ms"
with measured as (
    select
        time_bucket($bucket, start_time, $timezone) as time,
        count(duration) as n,
        percentile(duration, 0.5) as p50,
        percentile(duration, 0.9) as p90,
        percentile(duration, 0.99) as p99,
        max(duration) as max
    from requests
    group by time
)
select time, coalesce(n, 0) as n, p50, p90, p99, max
from intervals($since, $until, $bucket, $timezone) left join measured using (time)
order by time
limit $limit
