-- title = "Which URLs are broken?"
-- group = "errors"
-- needs = ["response_code", "path|route_name"]
-- without = ["probe", "mirror"]
-- limit = 20
-- example = "--from-code 500"
-- reading = """
-- One row for each code, authority, route and flag that went wrong (4xx and 5xx). share is of all
-- broken requests; of_route is the part of all requests for that authority and route: near 100% the
-- URL does not work at all, near 0% it fails now and then. A flag of - means that the upstream
-- answered the code itself; NR means that Envoy has no route for it. Requests without an answer (code
-- 0) are in `clients-gone`, gRPC errors behind code 200 in `grpc`.
-- """
-- [chart]
-- kind = "bar"
-- x = "route"
-- y = "requests"
-- label = "{code} {authority}{route}"
-- note = "{of_route} of the route"
-- says = "Broken most: {route}, {requests} times {code}"
-- [units]
-- share = "ratio"
-- of_route = "ratio"
-- [parameters.from_code]
-- type = "integer"
-- default = 400
-- help = "The lowest code that counts as broken: 500 leaves out what clients did wrong."
with kinds as (
    select
        response_code,
        authority,
        coalesce(route, route_name) as route,
        response_flags,
        count(*) as n,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from requests
    group by response_code, authority, coalesce(route, route_name), response_flags
),

shares as (
    select
        response_code as code,
        authority,
        route,
        -- Envoy writes several flags in the order in which they came.
        coalesce(array_to_string(list_sort(string_split(response_flags, ',')), ','), '-') as flags,
        n,
        sum(n) over (partition by authority, route) as all_of_route,
        bool_or(response_code between 100 and 399) over () as some_succeeded,
        first_seen,
        last_seen
    from kinds
)

select
    code,
    authority,
    route,
    flags,
    sum(n)::bigint as requests,
    sum(n) / sum(sum(n)) over () as share,
    case when any_value(some_succeeded) then sum(n) / any_value(all_of_route) end as of_route,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from shares
where code >= $from_code
group by code, authority, route, flags
order by requests desc, code, authority, route, flags
limit $limit
