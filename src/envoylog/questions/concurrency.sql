-- title = "How many requests are in flight at once?"
-- group = "upstreams"
-- needs = ["start_time", "duration"]
-- without = ["probe", "mirror"]
-- limit = 1000
-- example = "--bucket 1s"
-- reading = """
-- In flight are the requests that have started and not ended, from start and duration. max is the
-- highest number in the interval (--bucket), mean its average over time: the capacity that is
-- really in use. Streams are in both, and mean_streams says how much of mean they are. What
-- started before the window is not known, so the first rows are low; requests of less than a
-- millisecond take no room. Ask it with --cluster and hold max against the circuit breaker's
-- max_requests (1024 unless set).
-- """
-- [chart]
-- kind = "line"
-- x = "time"
-- y = ["max", "mean"]
-- says = "At most {max} requests in flight, {time}"
with flights as (
    select
        epoch_ms(start_time) as began,
        epoch_ms(start_time) + greatest(duration, 0) as ended,
        is_stream
    from requests
    where duration is not null
),
steps as (
    select began as point, true as begins, false as ends, is_stream from flights
    union all
    select ended as point, false as begins, true as ends, is_stream from flights
    union all
    -- Boundaries of intervals are steps too: what is in flight there belongs to both sides.
    select epoch_ms(time) as point, false as begins, false as ends, false as is_stream
    from intervals($since, $until, $bucket, $timezone)
),
changes as (
    select
        point,
        count(*) filter (begins) as started,
        started - count(*) filter (ends) as change,
        count(*) filter (begins and is_stream) - count(*) filter (ends and is_stream) as streams
    from steps
    group by point
),
levels as (
    select
        point,
        started,
        sum(change) over in_time as level,
        sum(streams) over in_time as streams,
        least(lead(point) over in_time, closing) - point as lasted
    from changes, (select epoch_ms($until::timestamptz) as closing) as ends
    window in_time as (order by point)
)
select
    time_bucket($bucket, make_timestamptz(point * 1000), $timezone) as time,
    sum(started)::bigint as requests,
    max(level)::bigint as max,
    round(sum(level * lasted) / nullif(sum(lasted), 0), 2) as mean,
    round(sum(streams * lasted) / nullif(sum(lasted), 0), 2) as mean_streams
from levels
where point <= epoch_ms($until::timestamptz - interval 1 microsecond)
group by time
order by time
limit $limit
