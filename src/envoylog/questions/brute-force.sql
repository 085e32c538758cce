-- title = "Which clients try passwords or keys, and did one get in?"
-- group = "abuse"
-- needs = ["downstream_remote_address|downstream_remote_address_without_port|x_forwarded_for", "response_code"]
-- without = ["probe", "mirror"]
-- limit = 20
-- example = "--least 20 --within 1m"
-- reading = """
-- Clients that met 401 or 403 at least 10 times (--least) within 5 minutes (--within). peak is the
-- most within one such span, which ends at peak_at. agents is how many user agents the client showed,
-- limited how often a rate limit (429) stopped it. let_in is how many requests to the same authority
-- and route it was answered 2xx or 3xx after that many refusals: look at those first, a password may
-- be lost. An office behind one address looks alike, but with many agents and spread over the day.
-- client_ip is only as good as the trust in X-Forwarded-For (--trusted-hops).
-- """
-- [chart]
-- kind = "bar"
-- x = "client_ip"
-- y = "peak"
-- note = "{let_in} let in after"
-- says = "{client_ip} tries hardest: refused {peak} times in one span, {let_in} let in after"
-- [parameters.least]
-- type = "integer"
-- default = 10
-- help = "From how many refusals in one span on a client is listed."
-- [parameters.within]
-- type = "interval"
-- default = "5m"
-- help = "The span."
with refusals as (
    select
        client_ip,
        authority,
        coalesce(route, route_name) as route,
        user_agent,
        response_code,
        start_time,
        count(*) over (
            partition by client_ip order by start_time range between $within preceding and current row
        ) as recent
    from requests
    where response_code in (401, 403) and client_ip is not null
),

clients as (
    select
        client_ip,
        count(*) as refused,
        count(*) filter (where response_code = 401) as code_401,
        max(recent) as peak,
        arg_max(start_time, (recent, -epoch_us(start_time))) as peak_at,
        min(start_time) filter (where recent >= $least) as suspect_since,
        count(distinct user_agent) as agents,
        count(distinct (authority, route)) as routes,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from refusals
    group by client_ip
    having peak >= $least
),

targets as (
    select distinct client_ip, authority, route from refusals
),

answered as (
    select
        requests.client_ip,
        count(*) filter (where response_code = 429) as limited,
        count(*) filter (
            where response_code between 200 and 399
                and start_time > suspect_since
                and (requests.client_ip, authority, coalesce(route, route_name)) in (
                    select (client_ip, authority, route) from targets
                )
        ) as let_in
    from requests
    inner join clients on requests.client_ip = clients.client_ip
    group by requests.client_ip
),

top_routes as (
    select client_ip, authority, route, count(*) as n
    from refusals
    group by client_ip, authority, route
    qualify row_number() over (partition by client_ip order by count(*) desc, authority, route) = 1
)

select
    client_ip,
    refused,
    peak,
    peak_at,
    routes,
    authority,
    route,
    agents,
    limited,
    let_in,
    first_seen,
    last_seen
from clients
inner join answered using (client_ip)
inner join top_routes using (client_ip)
order by let_in > 0 desc, peak desc, client_ip
limit $limit
