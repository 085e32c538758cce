-- title = "Which crawlers come, those of language models among them, and what do they cost?"
-- group = "clients"
-- needs = ["user_agent"]
-- without = ["probe", "stream", "mirror"]
-- limit = 30
-- example = "--limit 5"
-- reading = """
-- One row a crawler, by the name in its user agent: llm_crawler reads for a language model, crawler is
-- a search engine, a preview, SEO, an archive. Shares are of all requests, of all bytes sent and of
-- the time of all requests, people's included; where the log lacks bytes or durations they are blank.
-- errors are 4xx and 5xx. clients are distinct addresses: a crawler of many addresses in
-- many networks may be somebody else who uses its name. Google-Extended and Applebot-Extended
-- send no user agent of their own, so nobody can count them.
-- """
-- [chart]
-- kind = "bar"
-- x = "agent_name"
-- y = "requests"
-- note = "{share}"
-- says = "{agent_name} crawls most: {share} of all requests"
-- [units]
-- share = "ratio"
-- bytes_sent = "By"
-- bytes_share = "ratio"
-- time = "ms"
-- time_share = "ratio"
-- error_share = "ratio"
with agents as (
    select
        agent_class,
        agent_name,
        count(*) as requests,
        count(distinct client_ip) as clients,
        sum(bytes_sent)::bigint as bytes_sent,
        sum(duration)::bigint as time,
        count(*) filter (response_code >= 400) as errors,
        count(distinct route) as routes
    from requests
    group by agent_class, agent_name
)
select
    agent_class,
    agent_name,
    requests,
    requests / sum(requests) over () as share,
    bytes_sent,
    bytes_sent / nullif(sum(bytes_sent) over (), 0) as bytes_share,
    time,
    time / nullif(sum(time) over (), 0) as time_share,
    errors / requests as error_share,
    routes,
    clients
from agents
qualify agent_class in ('crawler', 'llm_crawler')
order by requests desc, agent_name
limit $limit
