-- title = "Which upstream host is slower than its siblings?"
-- group = "upstreams"
-- needs = ["start_time", "upstream_host", "upstream_service_time"]
-- without = ["probe", "stream", "mirror"]
-- python = "envoylog.questions.upstream_hosts:answer"
-- limit = 20
-- example = "--limit 5"
-- reading = """
-- Hosts are held against the other hosts of their cluster, by the upstream's time to the first byte,
-- among requests for the same route in the same interval (--bucket): a host that serves the dear
-- routes or the busy hour is not blamed for it. slower_odds is how often a request to it takes
-- longer than such a request to a sibling: 50 % is alike, 100 % always. p_value is the chance of so
-- large a difference where there is none (Mann-Whitney, stratified after van Elteren), corrected for
-- the number of hosts that were tried (Holm). The verdict is slower or faster where p_value is below 1 % and
-- the odds are beyond 56 %, the least that is called an effect. Requests without an answer
-- from an upstream have no time and are not in it.
-- """
-- [chart]
-- kind = "dot"
-- x = "upstream_host"
-- y = "slower_odds"
-- verdict = "verdict"
-- note = "n = {n}, p50 {p50}"
-- limits = { "alike" = 0.5 }
-- says = "{upstream_host} is {verdict} than its siblings: odds {slower_odds}, p50 {p50}"
-- otherwise = "No host is found slower than its siblings"
-- [units]
-- p50 = "ms"
-- p90 = "ms"
-- cluster_p50 = "ms"
-- cluster_p90 = "ms"
-- slower_odds = "ratio"
with timed as not materialized (
    select
        coalesce(upstream_cluster, '') as cluster,
        upstream_host as host,
        -- A number takes less room than the words that it stands for.
        hash(coalesce(upstream_cluster, ''), upstream_host) as place,
        hash(
            coalesce(upstream_cluster, ''),
            coalesce(route, ''),
            coalesce(method, ''),
            time_bucket($bucket, start_time, $timezone)
        ) as stratum,
        upstream_service_time as ust
    from requests
    where upstream_host is not null and upstream_service_time is not null
),
named as (
    select place, any_value(cluster) as cluster, any_value(host) as host from timed group by place
),
cells as (
    select place, stratum, ust, count(*) as n from timed group by all
),
-- The ranks of all times within one stratum; equal times share the mean of their ranks.
times as (
    select stratum, ust, sum(n) as tied from cells group by all
),
ranked as (
    select
        *,
        sum(tied) over (partition by stratum order by ust) - (tied - 1) / 2 as rank
    from times
),
strata as (
    select stratum, sum(tied) as total, sum(tied ** 3 - tied) as ties
    from times
    group by all
),
sums as (
    select place, stratum, sum(n) as own, sum(n * rank) as ranks
    from cells join ranked using (stratum, ust)
    group by all
),
tests as (
    select
        place,
        sum(total - own) as siblings,
        sum((ranks - own * (total + 1) / 2) / (total + 1)) as excess,
        sum(
            own * (total - own) / 12 * (total + 1 - ties / (total * (total - 1))) / (total + 1) ** 2
        ) as variance,
        sum(own * (total - own) / (total + 1)) as weight
    from sums join strata using (stratum)
    where own < total
    group by place
),
counted as (
    select cluster, host, place, ust, sum(n) as n
    from cells join named using (place)
    group by all
),
cumulated as (
    select
        *,
        sum(n) over (partition by place order by ust) as upto,
        sum(n) over (partition by place) as total
    from counted
),
hosts as (
    select
        cluster,
        host,
        place,
        max(total) as n,
        min(ust) filter (upto * 2 >= total) as p50,
        min(ust) filter (upto * 10 >= total * 9) as p90
    from cumulated
    group by cluster, host, place
),
together as (
    select cluster, ust, sum(sum(n)) over (partition by cluster order by ust) as upto,
        sum(sum(n)) over (partition by cluster) as total
    from counted
    group by cluster, ust
),
clusters as (
    select
        cluster,
        min(ust) filter (upto * 2 >= total) as cluster_p50,
        min(ust) filter (upto * 10 >= total * 9) as cluster_p90
    from together
    group by cluster
)
select
    nullif(cluster, '') as upstream_cluster,
    host as upstream_host,
    n::bigint as n,
    p50,
    p90,
    cluster_p50,
    cluster_p90,
    coalesce(siblings, 0)::bigint as siblings,
    round(0.5 + excess / nullif(weight, 0), 4) as slower_odds,
    excess / sqrt(nullif(variance, 0)) as z
from hosts
join clusters using (cluster)
left join tests using (place)
