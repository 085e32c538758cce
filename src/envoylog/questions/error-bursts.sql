-- title = "When did errors come in bursts, and what were they?"
-- group = "errors"
-- needs = ["start_time", "response_code"]
-- without = ["probe", "mirror"]
-- limit = 20
-- rates = true
-- bucket = "1m"
-- example = "--bucket 5m --since 1d"
-- reading = """
-- A burst is a run of buckets that each have at least 5 errors (5xx and failed gRPC calls), and more
-- than four standard deviations above what the usual error rate makes of that many requests;
-- usual_rate is the one of the middle half of the buckets. verdict and authority have most of the
-- burst's errors, of_verdict and of_authority say how many. No rows: errors come evenly, or not at
-- all; then see `errors-explained`.
-- """
-- [chart]
-- kind = "span"
-- x = "since"
-- y = "until"
-- label = "{verdict} {authority}"
-- note = "{errors} errors, {error_rate}"
-- says = "The largest burst: {errors} errors at {since}, {verdict}"
-- [units]
-- error_rate = "ratio"
-- usual_rate = "ratio"
-- of_verdict = "ratio"
-- of_authority = "ratio"
with buckets as (
    select
        time_bucket($bucket, start_time) as bucket,
        count(*) as requests,
        count(*) filter (where error) as errors
    from requests
    where start_time is not null
    group by all
),

-- Of the middle half of the buckets, which no short burst can move.
usual as (
    select sum(errors) / sum(requests) as rate
    from (
        select
            requests,
            errors,
            percent_rank() over (order by errors / requests, bucket) as place
        from buckets
    )
    where place between 0.25 and 0.75
),

high as (
    select
        bucket,
        requests,
        errors,
        rate,
        -- The same for all buckets of a run.
        bucket - (row_number() over (order by bucket)) * $bucket as run
    from buckets, usual
    where errors >= 5 and errors > requests * rate + 4 * sqrt(requests * rate)
),

runs as (
    select
        run,
        min(bucket) as since,
        max(bucket) + $bucket as until,
        sum(requests)::bigint as requests,
        sum(errors)::bigint as errors,
        max(errors) as worst_bucket,
        any_value(rate) as usual_rate
    from high
    group by run
),

causes as (
    select since, verdict, authority, count(*) as n
    from requests
    inner join high on time_bucket($bucket, start_time) = high.bucket
    inner join runs using (run)
    where error
    group by all
),

verdicts as (
    select since, verdict, sum(n) as n
    from causes
    group by since, verdict
    qualify row_number() over (partition by since order by sum(n) desc, verdict) = 1
),

authorities as (
    select since, authority, sum(n) as n
    from causes
    group by since, authority
    qualify row_number() over (partition by since order by sum(n) desc, authority) = 1
)

select
    since,
    until,
    requests,
    errors,
    errors / requests as error_rate,
    usual_rate,
    verdict,
    verdicts.n / errors as of_verdict,
    authority,
    authorities.n / errors as of_authority
from runs
inner join verdicts using (since)
inner join authorities using (since)
order by errors desc, since
limit $limit
