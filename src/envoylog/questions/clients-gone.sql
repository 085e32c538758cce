-- title = "After how long do clients hang up, and who are they?"
-- group = "errors"
-- needs = ["duration", "response_code|response_flags"]
-- without = ["probe", "stream"]
-- limit = 20
-- example = "--since 1d"
-- reading = """
-- Requests whose client left before the answer was whole (flags DC and DR, or code 0), by how long it
-- had waited. no_answer had got nothing, the others a part of the body. Many at one round value (10,
-- 15, 30, 60 s) are a timeout: of that program if one user agent has them all, of the load balancer in
-- front if clients and agents are many. Spread out below a few seconds they are people who click away.
-- Code 0 is no error of the server, but a slow answer is the usual reason. HTTP/2 clients may leave
-- without a flag. Records of TCP connections are left out.
-- """
-- [chart]
-- kind = "bar"
-- x = "waited"
-- y = "requests"
-- note = "{share}"
-- says = "Most frequent wait of those who left: {waited}, {share}"
-- [units]
-- share = "ratio"
-- of_agent = "ratio"
-- of_route = "ratio"
with gone as (
    select
        case
            when duration < 10 then 'below 10 ms'
            when duration < 100 then 'below 100 ms'
            when duration < 1000 then 'below 1 s'
            else round(duration / 1000)::bigint || ' s'
        end as waited,
        response_code = 0 or response_code is null as no_answer,
        client_ip,
        user_agent,
        coalesce(route, route_name) as route
    from requests
    where (list_has_any(flags, ['DC', 'DR']) or response_code = 0)
        and (method is not null or protocol is not null)
        and duration is not null
),

totals as (
    select
        waited,
        count(*) as requests,
        count(*) filter (where no_answer) as no_answer,
        count(distinct client_ip) as clients
    from gone
    group by waited
),

agents as (
    select waited, user_agent as top_agent, count(*) as n
    from gone
    group by waited, user_agent
    qualify row_number() over (partition by waited order by count(*) desc, user_agent) = 1
),

routes as (
    select waited, route as top_route, count(*) as n
    from gone
    group by waited, route
    qualify row_number() over (partition by waited order by count(*) desc, route) = 1
)

select
    waited,
    requests,
    requests / sum(requests) over () as share,
    no_answer,
    clients,
    top_agent,
    agents.n / requests as of_agent,
    top_route,
    routes.n / requests as of_route
from totals
inner join agents using (waited)
inner join routes using (waited)
order by requests desc, waited
limit $limit
