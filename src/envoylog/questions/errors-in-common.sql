-- title = "What do the failing requests have in common?"
-- group = "errors"
-- needs = ["response_code"]
-- without = ["probe", "mirror"]
-- limit = 20
-- rates = true
-- example = "--where 'response_code = 503'"
-- reading = """
-- Each row is one value of one column (an authority, a cluster, a host, a pod, a client …) whose
-- requests fail more often than all others, beyond chance (5 errors, four standard deviations).
-- error_rate is that of its requests, elsewhere that of all the others; excess is how many errors it
-- has more than it would have at the rate of the others, so the first row explains the most. Rows
-- overlap: a host is part of its cluster. Errors are 5xx and failed gRPC calls. A value that every
-- request has is not listed, as nothing compares.
-- """
-- [chart]
-- kind = "bar"
-- x = "value"
-- y = "excess"
-- label = "{column} {value}"
-- note = "{error_rate}, elsewhere {elsewhere}"
-- says = "{column} {value} explains most: {excess} errors more than elsewhere"
-- [units]
-- error_rate = "ratio"
-- elsewhere = "ratio"
with tagged as (
    select
        authority,
        coalesce(route, route_name) as route,
        method,
        protocol,
        upstream_cluster,
        upstream_host,
        pod,
        client_ip,
        user_agent,
        count(*) as requests,
        count(*) filter (where error) as errors,
        case grouping(
            authority, coalesce(route, route_name), method, protocol, upstream_cluster, upstream_host,
            pod, client_ip, user_agent
        )
            when 511 - 256 then 'authority'
            when 511 - 128 then 'route'
            when 511 - 64 then 'method'
            when 511 - 32 then 'protocol'
            when 511 - 16 then 'upstream_cluster'
            when 511 - 8 then 'upstream_host'
            when 511 - 4 then 'pod'
            when 511 - 2 then 'client_ip'
            when 511 - 1 then 'user_agent'
        end as "column"
    from requests
    group by grouping sets (
        (authority), (coalesce(route, route_name)), (method), (protocol), (upstream_cluster),
        (upstream_host), (pod), (client_ip), (user_agent)
    )
),

rated as (
    select
        "column",
        coalesce(
            authority, route, method, protocol, upstream_cluster, upstream_host, pod, client_ip, user_agent
        ) as value,
        requests,
        errors,
        sum(requests) over (partition by "column") as all_requests,
        sum(errors) over (partition by "column") as all_errors
    from tagged
),

compared as (
    select
        *,
        errors / requests as error_rate,
        (all_errors - errors) / nullif(all_requests - requests, 0) as elsewhere,
        all_errors / all_requests as overall
    from rated
)

select
    "column",
    value,
    requests,
    errors,
    error_rate,
    elsewhere,
    round(errors - requests * elsewhere)::bigint as excess
from compared
where value is not null
    and errors >= 5
    and errors - requests * elsewhere > 4 * sqrt(
        requests * overall * (1 - overall) * all_requests / (all_requests - requests)
    )
order by excess desc, "column", value
limit $limit
