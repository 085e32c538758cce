-- title = "Who answered 503, the application or Envoy, and why?"
-- group = "errors"
-- needs = ["response_code", "response_flags"]
-- limit = 20
-- example = "--since 1h"
-- reading = """
-- Every 503 by who made it. application: the next hop answered 503 itself (no flag, or URX alone after
-- all retries); the next hop may be a sidecar, whose own log then says more. Envoy: Envoy made it, and
-- the flag says why: UF no connection, UH no healthy host, UO circuit breaker, UC connection cut.
-- unknown: the format has neither %RESPONSE_CODE_DETAILS% nor an upstream service time to tell.
-- top_cluster is the cluster with most of them, of_top its share.
-- """
-- [chart]
-- kind = "bar"
-- x = "cause"
-- y = "requests"
-- label = "{answered_by} {flags}"
-- note = "{share}"
-- says = "Most frequent 503: {answered_by} ({flags}), {share}"
-- [units]
-- share = "ratio"
-- of_top = "ratio"
select
    answered_by,
    response_code,
    response_flags,
    response_code_details,
    upstream_transport_failure_reason,
    connection_termination_details,
    grpc_code,
    upstream_cluster,
    count(*) as requests,
    min(start_time) as first_seen,
    max(start_time) as last_seen
from requests
where response_code = 503
group by all;

with kinds as (
    select
        case answered_by
            when 'upstream' then 'application' when 'envoy' then 'Envoy' else 'unknown'
        end as answered_by,
        -- Envoy writes several flags in the order in which they came.
        coalesce(array_to_string(list_sort(string_split(response_flags, ',')), ','), '-') as flags,
        verdict_meaning as cause,
        upstream_cluster,
        sum(requests) as requests,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from grouped
    group by all
)

select
    answered_by,
    flags,
    cause,
    sum(requests)::bigint as requests,
    sum(requests) / sum(sum(requests)) over () as share,
    count(distinct upstream_cluster) as clusters,
    arg_max(upstream_cluster, (requests, upstream_cluster)) as top_cluster,
    max(requests) filter (where upstream_cluster is not null) / sum(requests) as of_top,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from kinds
group by answered_by, flags, cause
order by requests desc, answered_by, flags, cause
limit $limit
