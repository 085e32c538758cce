-- title = "Which devices, systems, browsers and apps do people use?"
-- group = "clients"
-- needs = ["user_agent", "os_name"]
-- without = ["probe", "stream"]
-- limit = 10
-- example = "--limit 3"
-- reading = """
-- Only what people use counts: requests of browsers and mobile apps (agent_class), not of libraries,
-- crawlers and probes. Each dimension is a table of its own, with its --limit largest values, and
-- shares of all these requests; the mobile share is the first row of `device` that says mobile.
-- clients are distinct pairs of address and user agent. A user agent is what a client says of itself.
-- """
-- [chart]
-- kind = "bar"
-- x = "value"
-- y = "share"
-- label = "{dimension} {value}"
-- note = "{clients} clients"
-- says = "{value} is the most frequent {dimension}: {share}"
-- [units]
-- share = "ratio"
-- client_share = "ratio"
with agents as (
    select
        coalesce(any_value(device), 'unknown') as device,
        coalesce(any_value(os_name), 'unknown') as system,
        coalesce(any_value(agent_name), 'unknown') as agent,
        coalesce(any_value(agent_name), 'unknown') || coalesce(' ' || any_value(agent_version), '')
            as version,
        count(*) as requests,
        -- No client is of two user agents, so these can be added up.
        count(distinct coalesce(client_ip, '')) as clients
    from requests
    where agent_class in ('browser', 'app')
    group by user_agent
),
counted as (
    select
        case
            when grouping(device) = 0 then 1
            when grouping(system) = 0 then 2
            when grouping(agent) = 0 then 3
            else 4
        end as rank,
        coalesce(device, system, agent, version) as value,
        sum(requests)::bigint as requests,
        sum(clients)::bigint as clients
    from agents
    group by grouping sets ((device), (system), (agent), (version))
)
select
    ['device', 'system', 'agent', 'version'][rank] as dimension,
    value,
    requests,
    requests / sum(requests) over dimension_ as share,
    clients,
    clients / sum(clients) over dimension_ as client_share
from counted
window dimension_ as (partition by rank)
qualify row_number() over (partition by rank order by requests desc, value) <= $limit
order by rank, requests desc, value
