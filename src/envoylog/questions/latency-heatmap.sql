-- title = "Where do durations lie, and do they drift or split in two?"
-- group = "latency"
-- needs = ["start_time", "duration"]
-- without = ["probe", "stream", "mirror"]
-- limit = 2000
-- example = "--bucket 2s"
-- reading = """
-- One row an interval (--bucket) and step of duration, from at_least up to but not including below;
-- steps are 1, 2, 5, 10, 20, 50 ms and so on, so each is about twice the one before. A band that
-- climbs is everything getting slower; a second band above the first is a kind of request of its own,
-- or a timeout where it is sharp. A column without requests is an interval in which nothing arrived.
-- """
-- [chart]
-- kind = "heatmap"
-- x = "time"
-- y = "at_least"
-- value = "requests"
-- says = "Most in one cell: {requests} requests of {at_least} to {below}, {time}"
-- [units]
-- at_least = "ms"
-- below = "ms"
with steps as (
    select
        unnest([0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000,
            100000, 200000, 500000, 1000000]) as at_least,
        unnest([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000,
            200000, 500000, 1000000, null]) as below
),

durations as (
    select
        time_bucket($bucket, start_time, $timezone) as time,
        greatest(duration, 0) as duration,
        count(*) as n
    from requests
    where duration is not null
    group by all
),

counted as (
    select time, at_least, sum(n)::bigint as n
    from durations
    inner join steps on duration >= at_least and duration < coalesce(below, 9223372036854775807)
    group by all
),

ends as (
    select min(at_least) as least, max(at_least) as most from counted
)

select time, at_least, below, coalesce(n, 0) as requests
from intervals($since, $until, $bucket, $timezone)
cross join steps
inner join ends on at_least between least and most
left join counted using (time, at_least)
order by time, at_least
limit $limit
