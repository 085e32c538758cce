-- title = "Does the upstream cut connections, and does it look like a keep-alive race?"
-- group = "errors"
-- needs = ["response_flags", "upstream_cluster|upstream_host"]
-- limit = 20
-- reading = """
-- Requests whose connection the upstream closed (UC) or whose stream it reset (UR). A keep-alive race:
-- the upstream closes idle connections sooner than Envoy does, just as Envoy sends on one. Then the
-- cut comes within milliseconds (lasted_p50), after the connection was idle (idle_p50, since the
-- request before on it; needs %UPSTREAM_LOCAL_ADDRESS%), on all hosts alike: give the application a
-- longer keep-alive than Envoy's idle timeout, or let Envoy retry on reset. top_host is the share of
-- the worst host: near 100% of several, that host is sick. Long before the cut: the application
-- crashes or gives up. Below 10 cuts nothing is said. share is of the cluster's requests.
-- """
-- [chart]
-- kind = "bar"
-- x = "upstream_cluster"
-- y = "resets"
-- label = "{flag} {upstream_cluster}"
-- note = "{looks_like}"
-- says = "{upstream_cluster} cuts most: {resets} requests"
-- [units]
-- share = "ratio"
-- top_host = "ratio"
-- lasted_p50 = "ms"
-- idle_p50 = "ms"
with cuts as (
    select
        upstream_cluster,
        upstream_host,
        upstream_local_address,
        case when list_contains(flags, 'UC') then 'UC' else 'UR' end as flag,
        start_time,
        end_time,
        duration
    from requests
    where list_has_any(flags, ['UC', 'UR'])
),

-- Of a log that holds only failures no share of all requests can be told.
success as (
    select exists (select 1 from requests where response_code between 100 and 399) as some_succeeded
),

connections as (
    select distinct upstream_host, upstream_local_address
    from cuts
    where upstream_host is not null and upstream_local_address is not null
),

-- How long each of these connections had been idle when a request came.
idle as (
    select
        upstream_cluster,
        flags,
        date_diff('millisecond', max(end_time) over earlier, start_time) as idle
    from requests
    semi join connections using (upstream_host, upstream_local_address)
    window earlier as (
        partition by upstream_host, upstream_local_address
        order by start_time, end_time
        rows between unbounded preceding and 1 preceding
    )
),

idle_by_cluster as (
    select
        upstream_cluster,
        case when list_contains(flags, 'UC') then 'UC' else 'UR' end as flag,
        count(idle) as idle_n,
        percentile(greatest(idle, 0), 0.5) as idle_p50
    from idle
    where list_has_any(flags, ['UC', 'UR'])
    group by all
),

by_host as (
    select
        upstream_cluster,
        upstream_host,
        flag,
        count(*) as resets
    from cuts
    group by all
),

hosts as (
    select
        upstream_cluster,
        flag,
        count(upstream_host) as hosts_hit,
        max(resets) filter (where upstream_host is not null) / sum(resets) as top_host
    from by_host
    group by all
),

clusters as (
    select
        upstream_cluster,
        count(*) as requests,
        count(distinct upstream_host) as hosts
    from requests
    where upstream_cluster in (select upstream_cluster from cuts)
    group by all
),

resets as (
    select
        upstream_cluster,
        flag,
        count(*) as resets,
        percentile(duration, 0.5) as lasted_p50,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from cuts
    group by all
)

select
    upstream_cluster,
    flag,
    resets,
    case when some_succeeded then resets / requests end as share,
    hosts_hit,
    hosts,
    top_host,
    lasted_p50,
    idle_p50,
    case
        when resets < 10 then 'too few to tell'
        when hosts > 2 and top_host >= 0.8 then 'one sick host'
        when lasted_p50 <= 20 and idle_p50 >= 1000 then 'keep-alive race'
        when lasted_p50 <= 20 and idle_n is null then 'keep-alive race, perhaps'
        when lasted_p50 > 20 then 'the application dies or gives up'
        else 'cut at once on busy connections'
    end as looks_like,
    first_seen,
    last_seen
from resets
inner join hosts using (upstream_cluster, flag)
left join clusters using (upstream_cluster)
left join idle_by_cluster using (upstream_cluster, flag)
cross join success
order by resets desc, upstream_cluster, flag
limit $limit
