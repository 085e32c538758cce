-- title = "Is the load spread evenly over the upstream hosts?"
-- group = "upstreams"
-- needs = ["start_time", "upstream_cluster", "upstream_host"]
-- without = ["probe", "mirror"]
-- limit = 50
-- example = "--by host --limit 10"
-- reading = """
-- load is what a host got, against an even share among the hosts that were there: 2 is twice its
-- share. A host is there from its first to its last request, so hosts that come and go with a
-- rollout are held to their own time only; one that got nothing at all is in no log. z says how far from
-- even that is, in standard deviations of random balancing: within 3 it may be chance. The
-- least even clusters come first. Envoy logs the last host of a request that was retried. --by
-- network puts hosts of one /24 together (IPv4), which are often those of one zone or node; no
-- operator of Envoy names the zone.
-- """
-- [chart]
-- kind = "dot"
-- x = "host"
-- y = "load"
-- label = "{upstream_cluster} {host}"
-- note = "{requests}, z = {z}"
-- limits = { "even share" = 1.0 }
-- says = "Farthest from an even share: {host}, {load} times (z = {z})"
-- [units]
-- share = "ratio"
-- [parameters.by]
-- type = "text"
-- default = "host"
-- choices = ["host", "network"]
-- help = "What shares the load: each host, or the hosts of one network together."
with counted as (
    select
        upstream_cluster,
        upstream_host,
        time_bucket($bucket, start_time, $timezone) as time,
        count(*) as n
    from requests
    where upstream_host is not null
    group by all
),
there as (
    select upstream_cluster, upstream_host, min(time) as first, max(time) as last
    from counted
    group by all
),
-- What each host would get if every interval were spread evenly over the hosts that are there.
evenly as (
    select upstream_cluster, time, total, count(*) as hosts
    from (
        select upstream_cluster, time, sum(n) as total from counted group by all
    ) as intervals
    join there using (upstream_cluster)
    where time between first and last
    group by all
),
expected as (
    select upstream_cluster, upstream_host, sum(total / hosts) as even,
        sum(total / hosts * (1 - 1 / hosts)) as variance
    from evenly join there using (upstream_cluster)
    where time between first and last
    group by all
),
loads as (
    select
        upstream_cluster,
        case $by
            when 'network'
                then coalesce(
                    nullif(regexp_extract(upstream_host, '^([0-9]+\.[0-9]+\.[0-9]+)\.', 1), '')
                        || '.0/24',
                    upstream_host
                )
            else upstream_host
        end as host,
        sum(n) as n,
        sum(even) as even,
        sum(variance) as variance
    from (select upstream_cluster, upstream_host, sum(n) as n from counted group by all) as got
    join expected using (upstream_cluster, upstream_host)
    group by all
)
select
    upstream_cluster,
    host,
    n::bigint as requests,
    n / sum(n) over (partition by upstream_cluster) as share,
    round(n / even, 2) as load,
    round((n - even) / sqrt(nullif(variance, 0)), 1) as z
from loads
order by
    max(n / even) over (partition by upstream_cluster)
        / min(n / even) over (partition by upstream_cluster) desc,
    sum(n) over (partition by upstream_cluster) desc,
    upstream_cluster,
    load desc,
    host
limit $limit
