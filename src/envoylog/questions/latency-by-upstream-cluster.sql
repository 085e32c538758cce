-- title = "Which upstream cluster is slow?"
-- group = "latency"
-- needs = ["upstream_cluster", "duration"]
-- limit = 20
-- reading = """
-- p50 to max are of the duration, from the first byte of the request to the last byte of the
-- response: slow clients and large bodies are in it. ust is the header x-envoy-upstream-service-time: the upstream and
-- the network to it, up to the first byte of the response; it is missing where Envoy answered itself,
-- so n_ust is smaller than n. Percentiles are values that really occurred, and blank where there are
-- too few requests for them.
-- """
-- [chart]
-- kind = "bar"
-- x = "upstream_cluster"
-- y = "p99"
-- note = "p50 {p50}, n = {n}"
-- says = "{upstream_cluster} is slowest: p99 is {p99} of {n} requests"
-- [units]
-- p50 = "ms"
-- p90 = "ms"
-- p99 = "ms"
-- max = "ms"
-- ust_p50 = "ms"
-- ust_p90 = "ms"
-- ust_p99 = "ms"
-- ust_max = "ms"
select
    upstream_cluster,
    count(duration) as n,
    percentile(duration, 0.5) as p50,
    percentile(duration, 0.9) as p90,
    percentile(duration, 0.99) as p99,
    max(duration) as "max",
    count(upstream_service_time) as n_ust,
    percentile(upstream_service_time, 0.5) as ust_p50,
    percentile(upstream_service_time, 0.9) as ust_p90,
    percentile(upstream_service_time, 0.99) as ust_p99,
    max(upstream_service_time) as ust_max
from requests
where upstream_cluster is not null
group by upstream_cluster
order by p99 desc nulls last, n desc, upstream_cluster
limit $limit
