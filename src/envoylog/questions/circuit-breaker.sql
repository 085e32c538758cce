-- title = "Which circuit breaker opened, and how many requests were running then?"
-- group = "errors"
-- needs = ["response_flags", "upstream_cluster", "start_time", "duration"]
-- limit = 20
-- reading = """
-- Requests that Envoy refused because the cluster had too many connections, pending requests, requests
-- or retries (UO). running_p50 and running_max tell how many other requests of the cluster were
-- running, in the same pod where the pod is known, when one was refused: the limit in force is near
-- running_max (of connections, if each carries one request). Without pods it is the sum over all of
-- them. The default limits are 1024, for retries 3. A breaker that opens for a slow upstream (running
-- high, requests per second as ever) is right; one that opens at a normal load is set too low.
-- """
-- [chart]
-- kind = "bar"
-- x = "upstream_cluster"
-- y = "overflows"
-- note = "up to {running_max} running"
-- says = "{upstream_cluster} refused most: {overflows} requests"
-- [units]
-- share = "ratio"
with cluster_requests as (
    select
        upstream_cluster,
        pod,
        start_time,
        end_time,
        list_contains(flags, 'UO') as refused
    from requests
    where upstream_cluster in (
        select upstream_cluster from requests where list_contains(flags, 'UO')
    )
),

-- Of a log that holds only failures no share of all requests can be told.
success as (
    select exists (select 1 from requests where response_code between 100 and 399) as some_succeeded
),

-- One more at each start, one less at each end; an end counts before a start at the same moment.
steps as (
    select upstream_cluster, pod, start_time as moment, 1 as step, false as refused
    from cluster_requests
    where not refused
    union all
    select upstream_cluster, pod, end_time, -1, false
    from cluster_requests
    where not refused and end_time is not null
    union all
    select upstream_cluster, pod, start_time, 0, true
    from cluster_requests
    where refused
),

running as (
    select
        upstream_cluster,
        moment,
        refused,
        sum(step) over (
            partition by upstream_cluster, pod
            order by moment, step, refused
            rows between unbounded preceding and current row
        )::bigint as running
    from steps
),

overflows as (
    select
        upstream_cluster,
        count(*) as overflows,
        percentile(running, 0.5) as running_p50,
        max(running) as running_max,
        min(moment) as first_seen,
        max(moment) as last_seen
    from running
    where refused
    group by upstream_cluster
),

seconds as (
    select upstream_cluster, date_trunc('second', moment) as worst_second, count(*) as in_worst
    from running
    where refused
    group by upstream_cluster, date_trunc('second', moment)
    qualify row_number() over (
        partition by upstream_cluster order by in_worst desc, worst_second
    ) = 1
),

totals as (
    select upstream_cluster, count(*) as requests from cluster_requests group by upstream_cluster
)

select
    upstream_cluster,
    overflows,
    case when some_succeeded then overflows / requests end as share,
    running_p50,
    running_max,
    worst_second,
    in_worst,
    first_seen,
    last_seen
from overflows
inner join totals using (upstream_cluster)
inner join seconds using (upstream_cluster)
cross join success
order by overflows desc, upstream_cluster
limit $limit
