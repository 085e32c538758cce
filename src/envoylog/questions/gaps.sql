-- title = "Where are lines missing?"
-- group = "data quality"
-- needs = ["start_time"]
-- limit = 20
-- bucket = "1m"
-- every_line = true
-- example = "--bucket 5m"
-- reading = """
-- Stretches without a single line, of the whole log, of one pod or of one authority, where the time
-- around lets expect 10 lines or more (--least): expected is the lowest of the rates just before, just
-- after and overall, times the length. log: all of it is missing (collection, a lost file, or no
-- traffic at all). pod or authority: only its lines are, while the rest of the log has as many as
-- meanwhile says; it had no traffic, was restarted, or its lines were lost. What works in bursts, such
-- as a nightly job, is listed too. Lines count when their request ended, as that is when Envoy writes
-- them. No rows: no such silence; of a quiet log little can be said, so ask with a longer bucket.
-- """
-- [chart]
-- kind = "span"
-- x = "since"
-- y = "until"
-- label = "{part} {name}"
-- note = "{expected} expected"
-- says = "Lines are missing from {since} to {until}: {part} {name}, {expected} expected"
-- [parameters.least]
-- type = "integer"
-- default = 10
-- help = "From how many expected lines on a silence is listed; 10 are missed by chance once in 20,000 times."
with written as (
    select
        pod,
        authority,
        time_bucket($bucket, coalesce(end_time, start_time)) as bucket,
        count(*) as n
    from everything
    where start_time is not null
    group by all
),

series as (
    select 'log' as part, null as name, bucket, sum(n) as n
    from written
    group by bucket
    union all
    select 'pod', pod, bucket, sum(n)
    from written
    where pod is not null
    group by pod, bucket
    union all
    select 'authority', authority, bucket, sum(n)
    from written
    where authority is not null
    group by authority, bucket
),

-- Lines in the ten buckets up to this one, and from it on, and in the mean bucket.
summed as (
    select
        part,
        name,
        bucket,
        sum(n) over (partition by part, name) / (
            epoch(max(bucket) over (partition by part, name) - min(bucket) over (partition by part, name))
            / epoch($bucket) + 1
        ) as overall,
        sum(n) over (
            partition by part, name order by bucket
            range between 9 * $bucket preceding and current row
        ) as earlier,
        sum(n) over (
            partition by part, name order by bucket
            range between current row and 9 * $bucket following
        ) as later
    from series
),

silences as (
    select
        part,
        name,
        lag(bucket) over line + $bucket as since,
        bucket as until,
        epoch(bucket - lag(bucket) over line) / epoch($bucket) - 1 as missing,
        -- The line that ends or starts the silence is no sign of the rate: it stands there by definition.
        least((lag(earlier) over line - 1) / 10, (later - 1) / 10, overall) * missing as expected
    from summed
    window line as (partition by part, name order by bucket)
    qualify expected >= $least
),

others as (
    select part, name, since, sum(n) as n
    from silences
    inner join (select bucket, sum(n) as n from written group by bucket) as whole
        on whole.bucket >= since and whole.bucket < until
    group by part, name, since
)

select
    silences.part,
    silences.name,
    silences.since,
    silences.until,
    silences.missing::bigint as missing_buckets,
    round(silences.expected)::bigint as expected,
    coalesce(others.n, 0)::bigint as meanwhile
from silences
left join others
    on silences.part = others.part
    and silences.name is not distinct from others.name
    and silences.since = others.since
-- Where nothing at all was written, the row of the log says so.
where silences.part = 'log' or others.n > 0
order by silences.expected desc, silences.part, silences.name, silences.since
limit $limit
