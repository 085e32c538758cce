-- title = "Who is denied or limited, and by which policy?"
-- group = "errors"
-- needs = ["response_flags|response_code_details", "response_code"]
-- limit = 20
-- example = "--since 1h"
-- reading = """
-- Requests that a policy of Envoy stopped: rate limits (RL), external authorization (UAEX), RBAC, JWT,
-- CSRF; and those stopped because the rate limit service (RLSE) or the authorization service failed.
-- policy is what %RESPONSE_CODE_DETAILS% names. of_route is the part of the route's requests that met
-- the same fate. If top_client has nearly all (of_top), it is that client; if clients are many, it is
-- the policy: compare first_seen with its last change. 401 and 403 of the application itself are not
-- here, see `brute-force`.
-- """
-- [chart]
-- kind = "bar"
-- x = "route"
-- y = "requests"
-- label = "{stopped_by} {authority}{route}"
-- note = "{clients} clients"
-- says = "Stopped most: {route}, {requests} requests of {clients} clients by {stopped_by}"
-- [units]
-- of_route = "ratio"
-- of_top = "ratio"
with checked as (
    select
        case
            when list_contains(flags, 'RLSE') then 'rate limit service failed'
            when list_contains(flags, 'RL')
                or response_code_details in ('local_rate_limited', 'request_rate_limited')
                then 'rate limit'
            when list_contains(flags, 'UAEX') and response_code >= 500
                then 'authorization service failed'
            when list_contains(flags, 'UAEX') or response_code_details like 'ext_authz%'
                then 'external authorization'
            when response_code_details like 'rbac_access_denied%' then 'RBAC'
            when response_code_details like 'jwt_authn%' then 'JWT'
            when response_code_details like 'csrf%' then 'CSRF'
            when response_code_details like '%basic_auth%' then 'basic auth'
            when response_code_details like '%api_key%' then 'API key'
        end as stopped_by,
        case when stopped_by is not null then response_code_details end as policy,
        authority,
        coalesce(route, route_name) as route,
        case when stopped_by is not null then response_code end as code,
        case when stopped_by is not null then client_ip end as client_ip,
        count(*) as requests,
        bool_or(response_code between 100 and 399) as succeeded,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from requests
    group by all
),

shares as (
    select
        *,
        case
            when bool_or(succeeded) over () then sum(requests) over (partition by authority, route)
        end as of_route
    from checked
)

select
    stopped_by,
    code,
    regexp_replace(policy, '^rbac_access_denied_matched_policy', '') as policy,
    authority,
    route,
    sum(requests)::bigint as requests,
    sum(requests) / any_value(of_route) as of_route,
    count(distinct client_ip) as clients,
    arg_max(client_ip, (requests, client_ip)) as top_client,
    max(requests) filter (where client_ip is not null) / sum(requests) as of_top,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from shares
where stopped_by is not null
group by stopped_by, code, policy, authority, route
order by requests desc, stopped_by, code, policy, authority, route
limit $limit
