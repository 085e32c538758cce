-- title = "How much of the traffic is health checks and monitors, and whose?"
-- group = "overview"
-- needs = ["user_agent|path"]
-- limit = 20
-- example = "--limit 5"
-- reading = """
-- A request is a probe if its user agent says so, or if a plain client (an HTTP library, or one
-- without a user agent) asks for a well-known health path such as /healthz. share is of all requests;
-- per_minute is over the whole window. failed are 5xx, failed gRPC calls and code 0: a probe that fails often takes a
-- pod out of service. Most other questions leave probes out (--include probe keeps them).
-- """
-- [chart]
-- kind = "bar"
-- x = "source"
-- y = "requests"
-- label = "{source} {authority}{route}"
-- note = "{share}"
-- says = "{source} probes most: {share} of all requests"
-- [units]
-- share = "ratio"
with span as (
    select
        count(*) as requests,
        greatest(epoch(max(start_time) - min(start_time)) / 60, 1) as minutes
    from requests
)
select
    coalesce(agent_name, agent_class) as source,
    authority,
    route,
    count(*) as requests,
    count(*) / any_value(span.requests) as share,
    round(count(*) / any_value(span.minutes), 1) as per_minute,
    count(*) filter (error or response_code = 0) as failed,
    count(distinct client_ip) as clients,
    max(start_time) as last
from requests, span
where is_probe
group by all
order by requests desc, source, authority, route
limit $limit
