-- title = "What do retries cost, and what do they save?"
-- group = "releases"
-- needs = ["upstream_request_attempt_count|upstream_hosts_attempted|response_flags|access_log_type"]
-- without = ["mirror"]
-- limit = 20
-- reading = """
-- Envoy writes one line for a request, however often it tried. attempts come from what the log has,
-- as known_from says: %UPSTREAM_REQUEST_ATTEMPT_COUNT%, else %UPSTREAM_HOSTS_ATTEMPTED%, else the
-- lines of the router's upstream_log with the same request id (record UpstreamEnd), else the flag
-- URX alone. From the flag one knows only that retries ran out: at least two attempts, so attempts
-- are a lower bound, and a request that a retry saved looks like any other (saved is
-- empty). amplification is
-- attempts for each request that reached the cluster. saved requests were retried and answered
-- without an error; lost ones failed all the same. Retries of clients look like new requests.
-- """
-- [chart]
-- kind = "dot"
-- x = "cluster"
-- y = "amplification"
-- note = "{retried_share} retried"
-- limits = { "no retries" = 1.0 }
-- says = "Retried most: {cluster}, {amplification} attempts a request"
-- [units]
-- retried_share = "ratio"
with upstream_log as (
    select request_id, count(*) as tried
    from access where record = 'attempt' and request_id is not null
    group by request_id
),
counted as (
    select
        upstream_cluster,
        error,
        response_code,
        coalesce(
            nullif(upstream_request_attempt_count, 0),
            len(string_split(upstream_hosts_attempted, ',')),
            tried,
            case when list_contains(flags, 'URX') then 2 end
        ) as tries,
        case
            when upstream_request_attempt_count is not null then 'attempt count'
            when upstream_hosts_attempted is not null then 'hosts attempted'
            when tried is not null then 'upstream log'
            else 'flag URX'
        end as known_from,
        list_contains(flags, 'URX') as out_of_retries
    from requests left join upstream_log using (request_id)
    where upstream_cluster is not null and (
        upstream_request_attempt_count is null or upstream_request_attempt_count > 0
    )
)
select
    upstream_cluster as cluster,
    count(*) as requests,
    sum(coalesce(tries, 1))::bigint as attempts,
    sum(coalesce(tries, 1)) / count(*) as amplification,
    count(*) filter (where tries > 1) as retried,
    count(*) filter (where tries > 1) / count(*) as retried_share,
    case when bool_or(known_from <> 'flag URX')
        then count(*) filter (where tries > 1 and not error and response_code > 0)
    end as saved,
    count(*) filter (where tries > 1 and error) as lost,
    count(*) filter (where out_of_retries) as out_of_retries,
    max(tries) as most,
    string_agg(distinct known_from, ', ' order by known_from) as known_from
from counted
group by cluster
order by sum(coalesce(tries, 1)) - count(*) desc, requests desc, cluster
limit $limit
