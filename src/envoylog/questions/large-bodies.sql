-- title = "Who moves large bodies, and do they explain the slow tail?"
-- group = "routes"
-- needs = ["path", "bytes_received|bytes_sent"]
-- without = ["probe", "mirror"]
-- limit = 20
-- example = "--larger-than 50000 --limit 5"
-- reading = """
-- A body is large from --larger-than bytes on, upload and download together, headers not counted. large is
-- how many of the route's requests are, bytes_share their part of all its bytes. p95_others is the
-- p95 of the requests that are not large: where it is far below p95, size explains the tail; where it
-- is the same, something else does. top_client moved most of the large bytes, top_share of them.
-- """
-- [chart]
-- kind = "bar"
-- x = "route"
-- y = "large_bytes"
-- label = "{method} {authority}{route}"
-- note = "{bytes_share} of its bytes"
-- says = "{route} moves most in large bodies: {large_bytes} in {large}"
-- [units]
-- large_bytes = "By"
-- largest = "By"
-- bytes_share = "ratio"
-- p95 = "ms"
-- p95_others = "ms"
-- top_share = "ratio"
-- [parameters.larger_than]
-- type = "integer"
-- default = 1000000
-- help = "How many bytes are large."
with sized as (
    select
        method,
        authority,
        route,
        duration,
        client_ip,
        coalesce(bytes_received, 0) + coalesce(bytes_sent, 0) as bytes
    from requests
    where bytes_received is not null or bytes_sent is not null
),
clients as (
    select method, authority, route, client_ip, sum(bytes) as moved
    from sized
    where bytes >= $larger_than
    group by method, authority, route, client_ip
),
movers as (
    select
        method,
        authority,
        route,
        sum(moved) as large_bytes,
        -- Of equals the first by name, so that the answer is the same each time.
        arg_min({client_ip: client_ip, moved: moved}, (-moved, client_ip)) as top
    from clients
    group by method, authority, route
),
routes as (
    select
        sized.method,
        sized.authority,
        sized.route,
        count(*) as requests,
        count(*) filter (bytes >= $larger_than) as large,
        max(bytes) as largest,
        sum(bytes) as all_bytes,
        percentile(duration, 0.95) as p95,
        any_value(large_bytes) as large_bytes,
        any_value(top) as top,
        percentile(case when bytes < $larger_than then duration end, 0.95) as p95_others
    from sized join movers on sized.route is not distinct from movers.route
        and sized.authority is not distinct from movers.authority
        and sized.method is not distinct from movers.method
    group by all
)
select
    method,
    authority,
    route,
    requests,
    large,
    large_bytes::bigint as large_bytes,
    large_bytes / nullif(all_bytes, 0) as bytes_share,
    largest,
    p95,
    p95_others,
    top.client_ip as top_client,
    top.moved / nullif(large_bytes, 0) as top_share
from routes
order by large_bytes desc, large desc, authority, route, method
limit $limit
