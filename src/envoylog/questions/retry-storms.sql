-- title = "When did retries pile up on a service that was failing already?"
-- group = "releases"
-- needs = ["start_time", "upstream_request_attempt_count|upstream_hosts_attempted|response_flags"]
-- without = ["mirror"]
-- limit = 20
-- example = "--bucket 1s"
-- reading = """
-- A storm is an interval (--bucket) in which retries made at least --set amplification=1.5 attempts
-- of each request to a cluster and fewer than half of the retried requests were saved: load without
-- use, on a service that cannot bear it. It needs --set least=10 requests. Where the log counts no
-- attempts, those of the flag URX are taken for two each, a lower bound. Set amplification=1 for all
-- intervals with retries.
-- """
-- [chart]
-- kind = "line"
-- x = "time"
-- y = "amplification"
-- series = "cluster"
-- says = "The worst storm: {amplification} attempts a request to {cluster}, {time}"
-- [units]
-- errors_share = "ratio"
-- saved_share = "ratio"
-- [parameters.amplification]
-- type = "number"
-- default = 1.5
-- help = "Attempts for each request from which on it is a storm."
-- [parameters.least]
-- type = "integer"
-- default = 10
-- help = "The fewest requests of a cluster in an interval."
with counted as (
    select
        time_bucket($bucket, start_time, $timezone) as time,
        upstream_cluster as cluster,
        error,
        response_code,
        coalesce(
            nullif(upstream_request_attempt_count, 0),
            len(string_split(upstream_hosts_attempted, ',')),
            case when list_contains(flags, 'URX') then 2 end,
            1
        ) as tries
    from requests
    where upstream_cluster is not null and (
        upstream_request_attempt_count is null or upstream_request_attempt_count > 0
    )
),
intervals as (
    select
        time,
        cluster,
        count(*) as requests,
        sum(tries)::bigint as attempts,
        sum(tries) / count(*) as amplification,
        count(*) filter (where error) / count(*) as errors_share,
        count(*) filter (where tries > 1) as retried,
        count(*) filter (where tries > 1 and not error and response_code > 0)
            / nullif(count(*) filter (where tries > 1), 0) as saved_share
    from counted
    group by all
)
select *
from intervals
where amplification >= $amplification and retried > 0 and requests >= $least
    and ($amplification <= 1 or saved_share < 0.5)
order by attempts - requests desc, time, cluster
limit $limit
