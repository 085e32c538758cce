-- title = "Which time does the log cover, and do the clocks agree?"
-- group = "data quality"
-- needs = ["start_time"]
-- limit = 50
-- every_line = true
-- reading = """
-- One row for each pod (or node, or source, where pods are not known). earliest is the start of its
-- first request, latest the end of its last. delay is from the end of a request to the time that the
-- collector noted beside the line: up to 10 s is Envoy's own buffering; less than zero is a clock that
-- disagrees. Where one request id is logged at two places, ahead is how far this clock is in front of
-- that of compared_with, reckoned from both starts and ends as NTP does, and doubt is how far that may
-- be off: a clock that is ahead or behind (less than zero) by more than doubt is wrong. pairs is how
-- many requests say so; below 5 nothing is said.
-- """
-- [chart]
-- kind = "none"
-- [units]
-- delay_p50 = "ms"
-- delay_min = "ms"
-- ahead = "ms"
-- doubt = "ms"
with placed as (
    select
        coalesce(pod, node, source, 'log') as place,
        request_id,
        start_time,
        coalesce(end_time, start_time) as ended,
        duration,
        envelope_time
    from everything
),

places as (
    select
        place,
        count(*) as "lines",
        min(start_time) as earliest,
        max(ended) as latest,
        percentile(date_diff('millisecond', ended, envelope_time), 0.5) as delay_p50,
        min(date_diff('millisecond', ended, envelope_time)) as delay_min
    from placed
    group by place
),

shared as (
    select hash(request_id) as id
    from placed
    where request_id is not null
    group by hash(request_id)
    having min(place) < max(place)
),

-- One line of each request and place: with more, which belongs to which is not known.
single as (
    select
        request_id,
        place,
        any_value(start_time) as started,
        any_value(ended) as ended,
        any_value(duration) as duration
    from placed
    where hash(request_id) in (select id from shared)
    group by request_id, place
    having count(*) = 1
),

-- The shorter of two lines lies within the longer one, by a true clock.
compared as (
    select
        inside.place,
        outside.place as compared_with,
        count(*) as pairs,
        percentile(
            (
                epoch_ms(inside.started) - epoch_ms(outside.started)
                + epoch_ms(inside.ended) - epoch_ms(outside.ended)
            ) // 2,
            0.5
        ) as ahead,
        percentile((outside.duration - inside.duration) // 2 + 1, 0.5) as doubt
    from single as inside
    inner join single as outside
        on inside.request_id = outside.request_id and inside.place <> outside.place
    where inside.duration < outside.duration
        or (inside.duration = outside.duration and inside.place > outside.place)
    group by inside.place, outside.place
    qualify row_number() over (partition by inside.place order by count(*) desc, outside.place) = 1
)

select
    places.place,
    places."lines",
    earliest,
    latest,
    delay_p50,
    delay_min,
    compared_with,
    pairs,
    ahead,
    doubt
from places
left join compared on places.place = compared.place
order by places.place
limit $limit
