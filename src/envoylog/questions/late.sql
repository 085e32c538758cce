-- title = "How late and how much out of order do lines come?"
-- group = "data quality"
-- needs = ["start_time", "duration"]
-- limit = 50
-- every_line = true
-- python = "envoylog.questions.late:answer"
-- reading = """
-- Envoy writes a line when the request ends, so by their start lines are out of order by nature.
-- behind is how long a line's request had ended before one whose line stands earlier in the same
-- source. out_of_order is the share behind by more than 2 ms, which rounding explains; over_10s counts
-- those behind by more than Envoy's longest flush: several workers, a restart, or a file joined from
-- pieces. worst is the end of the latest one. delay is from the end to the time that the collector
-- noted (where lines have envelopes). A job that reads the last minutes must wait for behind_max, or
-- it counts too few. A dataset that grows is sorted: then only delay tells.
-- """
-- [chart]
-- kind = "none"
-- [units]
-- out_of_order = "ratio"
-- behind_p99 = "s"
-- behind_max = "s"
-- delay_p50 = "s"
-- delay_p99 = "s"
-- delay_max = "s"
with lines as (
    select
        row_number() over () as position,
        coalesce(source, 'log') as source,
        end_time,
        envelope_time
    from everything
),

passed as (
    select
        source,
        end_time,
        epoch(
            max(end_time) over (
                partition by source order by position
                rows between unbounded preceding and current row
            ) - end_time
        ) as behind,
        epoch(envelope_time - end_time) as delay
    from lines
    where end_time is not null
)

select
    source,
    count(*) as "lines",
    count(*) filter (where behind > 0.002) / count(*) as out_of_order,
    percentile(behind, 0.99) as behind_p99,
    max(behind) as behind_max,
    count(*) filter (where behind > 10) as over_10s,
    arg_min(end_time, (-behind, end_time)) as worst,
    percentile(delay, 0.5) as delay_p50,
    percentile(delay, 0.99) as delay_p99,
    max(delay) as delay_max
from passed
group by source
order by behind_max desc, source
limit $limit
