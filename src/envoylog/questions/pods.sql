-- title = "Do the gateway's pods share the load, and is one of them worse?"
-- group = "upstreams"
-- needs = ["start_time", "pod"]
-- without = ["probe", "stream", "mirror"]
-- limit = 50
-- reading = """
-- The pod that wrote each line, from the logs' folders or envelopes. load is what a pod got, against
-- an even share among the pods that were there, from the first request of each to its last: 2 is twice its
-- share. Long connections (HTTP/2, keep-alive) and a new pod without any make loads uneven. A pod
-- whose error rate or percentiles stand out has a sick node or other neighbours. Streams and probes
-- are left out.
-- """
-- [chart]
-- kind = "dot"
-- x = "pod"
-- y = "load"
-- note = "n = {requests}, p99 {p99}"
-- limits = { "even share" = 1.0 }
-- says = "Farthest from an even share: {pod}, {load} times"
-- [units]
-- share = "ratio"
-- error_rate = "ratio"
-- p50 = "ms"
-- p99 = "ms"
with counted as (
    select pod, time_bucket($bucket, start_time, $timezone) as time, count(*) as n
    from requests
    where pod is not null
    group by all
),
there as (
    select pod, min(time) as first, max(time) as last from counted group by pod
),
evenly as (
    select time, total, count(*) as pods
    from (select time, sum(n) as total from counted group by time) as intervals
    join there on time between first and last
    group by all
),
expected as (
    select pod, sum(total / pods) as even
    from evenly join there on time between first and last
    group by pod
),
measured as (
    select
        pod,
        min(start_time) as first,
        max(start_time) as last,
        count(*) as requests,
        count(*) filter (response_code between 100 and 399) as fine,
        count(*) filter (error) as errors,
        count(duration) as n,
        percentile(duration, 0.5) as p50,
        percentile(duration, 0.99) as p99
    from requests
    where pod is not null
    group by pod
)
select
    pod,
    measured.first,
    measured.last,
    requests,
    requests / sum(requests) over () as share,
    round(requests / even, 2) as load,
    case when sum(fine) over () > 0 then errors / requests end as error_rate,
    n,
    p50,
    p99
from measured join expected using (pod)
order by load desc, pod
limit $limit
