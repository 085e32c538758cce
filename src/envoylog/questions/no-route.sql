-- title = "What is asked for that has no route, and did it ever work?"
-- group = "errors"
-- needs = ["response_flags", "authority", "path"]
-- without = ["probe", "mirror"]
-- limit = 20
-- reading = """
-- Requests that Envoy could not route (NR). routed is how many requests for the same authority had a
-- route: with 0 the authority itself is unknown here (a host missing in a Gateway or VirtualService,
-- or a scanner that asks by address). good_before is when this authority and route was last answered
-- before the trouble: if there is one, a configuration push between good_before and first_seen took
-- the route away. example is the first of its paths by the alphabet. One client with many paths is a
-- scanner, many clients with one path a broken link.
-- """
-- [chart]
-- kind = "bar"
-- x = "route"
-- y = "requests"
-- label = "{authority}{route}"
-- note = "{clients} clients"
-- says = "Without a route most often: {authority}{route}, {requests} requests"
with missing as (
    select
        authority,
        route,
        min(split_part(path, '?', 1)) as example,
        count(*) as requests,
        count(distinct client_ip) as clients,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from requests
    where list_contains(flags, 'NR')
        and response_code_details is distinct from 'filter_chain_not_found'
    group by all
),

authorities as (
    select authority, count(*) as routed
    from requests
    where not list_contains(flags, 'NR')
    group by authority
),

good as (
    select
        authority,
        route,
        max(start_time) filter (where start_time < first_seen) as good_before,
        min(start_time) filter (where start_time > last_seen) as good_after
    from requests
    inner join missing using (authority, route)
    where not list_contains(flags, 'NR')
    group by authority, route
)

select
    authority,
    route,
    example,
    requests,
    clients,
    coalesce(routed, 0) as routed,
    good_before,
    first_seen,
    last_seen,
    good_after
from missing
left join authorities using (authority)
left join good using (authority, route)
order by requests desc, authority, route
limit $limit
