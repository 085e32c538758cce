-- title = "Who are the top clients?"
-- group = "clients"
-- needs = ["client_ip"]
-- without = ["mirror"]
-- limit = 20
-- example = "--trusted-hops 1 --limit 5 --by errors"
-- remarks = "envoylog.questions.peers:remarks"
-- reading = """
-- client_ip is the downstream remote address, as Envoy itself decided it. Where Envoy was not told
-- about the proxies in front of it, that is a load balancer: say how many to trust with
-- --trusted-hops, or where they are with --trusted-cidrs, and the address is taken from
-- X-Forwarded-For, counted from the right. What a client puts at the left of that header proves
-- nothing. Many people may share one address, and one may have many. errors are as everywhere: 5xx,
-- and gRPC calls that failed. time is the sum of all durations, streams included; bytes are of bodies
-- alone; routes counts distinct routes. --by errors, time, bytes or routes sorts by those.
-- """
-- [chart]
-- kind = "bar"
-- x = "client_ip"
-- y = "requests"
-- by = "by"
-- note = "{share}"
-- says = "{client_ip} asks most: {share} of all requests"
-- [units]
-- share = "ratio"
-- error_rate = "ratio"
-- time = "ms"
-- bytes_received = "By"
-- bytes_sent = "By"
-- [parameters.by]
-- type = "text"
-- default = "requests"
-- choices = ["requests", "errors", "time", "bytes", "routes"]
-- help = "What makes a client a top one."
with counted as (
    select
        client_ip,
        count(*) as requests,
        count(*) / sum(count(*)) over () as share,
        count(*) filter (error) as errors,
        count(*) filter (error) / nullif(count(error), 0) as error_rate,
        sum(duration)::bigint as time,
        sum(bytes_received)::bigint as bytes_received,
        sum(bytes_sent)::bigint as bytes_sent,
        count(distinct route) as routes
    from requests
    group by client_ip
)
select *
from counted
order by
    case $by
        when 'errors' then errors
        when 'time' then time
        when 'bytes' then coalesce(bytes_received, 0) + coalesce(bytes_sent, 0)
        when 'routes' then routes
        else requests
    end desc nulls last,
    requests desc,
    client_ip
limit $limit
