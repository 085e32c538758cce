-- title = "Which upstream services take which share of the traffic?"
-- group = "overview"
-- needs = ["upstream_cluster"]
-- without = ["probe", "mirror"]
-- limit = 20
-- example = "--limit 5"
-- reading = """
-- A service is what the name of the upstream cluster says: of Istio's
-- outbound|80|v1|shop.default.svc the service is shop.default.svc, with all its subsets and ports;
-- a name that says no more is shown whole. Shares are of all requests of the window. A row without a
-- service is of requests that Envoy answered itself before it chose a cluster. time is the sum of
-- all durations, streams included.
-- """
-- [chart]
-- kind = "bar"
-- x = "service"
-- y = "share"
-- note = "{requests}"
-- says = "{service} takes the most: {share} of all requests"
-- [units]
-- share = "ratio"
-- time = "ms"
-- time_share = "ratio"
-- bytes_sent = "By"
-- bytes_share = "ratio"
select
    coalesce(cluster_service, upstream_cluster) as service,
    count(distinct upstream_cluster) as clusters,
    count(*) as requests,
    count(*) / sum(count(*)) over () as share,
    sum(duration)::bigint as time,
    sum(duration) / sum(sum(duration)) over () as time_share,
    sum(bytes_sent)::bigint as bytes_sent,
    sum(bytes_sent) / sum(sum(bytes_sent)) over () as bytes_share
from requests
group by service
order by requests desc, service
limit $limit
