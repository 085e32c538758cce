-- title = "Who waits: which clients send the slow requests?"
-- group = "latency"
-- needs = ["duration", "downstream_remote_address|downstream_remote_address_without_port|x_forwarded_for"]
-- without = ["probe", "stream", "mirror"]
-- limit = 20
-- example = "--slower-than 100 --limit 5"
-- reading = """
-- slow counts requests that took --slower-than ms or more, slow_share its part of the client's own
-- requests: a client far above all_clients is slow by itself (its network, what it asks for), one
-- near it only asks much. time is the sum of its durations. slowest_route is where it waited longest.
-- Streams and probes are left out.
-- """
-- [chart]
-- kind = "bar"
-- x = "client_ip"
-- y = "slow"
-- note = "{slow_share} of {requests}"
-- says = "{client_ip} waits most: {slow} slow requests, {slow_share} of its own"
-- [units]
-- slow_share = "ratio"
-- all_clients = "ratio"
-- time = "ms"
-- max = "ms"
-- [parameters.slower_than]
-- type = "integer"
-- default = 1000
-- help = "What counts as slow, in ms."
with callers as (
    select
        client_ip,
        count(*) as n,
        count(*) filter (duration >= $slower_than) as slow,
        sum(duration)::bigint as time,
        max(duration) as max,
        -- Of equals the first by name, so that the answer is the same each time.
        arg_min(route, (-duration, route)) as slowest_route
    from requests
    where duration is not null
    group by client_ip
)
select
    client_ip,
    n as requests,
    slow,
    slow / n as slow_share,
    sum(slow) over () / sum(n) over () as all_clients,
    time,
    max,
    slowest_route
from callers
qualify slow > 0
order by slow desc, time desc, client_ip
limit $limit
