-- title = "Which routes does nobody call any more?"
-- group = "routes"
-- needs = ["start_time", "path"]
-- without = ["probe", "mirror"]
-- python = "envoylog.questions.unused_routes:answer"
-- limit = 50
-- example = "--quiet-for 10ms --limit 5"
-- reading = """
-- Routes whose last request is older than --quiet-for, counted back from the newest request of the
-- data; the longer the log, the more this says. Requests that were not found (404), and those of
-- crawlers and scanners, are no use of a route and are not counted, nor are probes. Routes that a file given
-- with --routes declares and that no request fits stand first, with 0 requests.
-- """
-- [chart]
-- kind = "none"
-- [parameters.quiet_for]
-- type = "interval"
-- default = "7d"
-- help = "For how long nobody has called them."
select
    route,
    count(*) as requests,
    count(distinct client_ip) as clients,
    min(start_time) as first,
    max(start_time) as last
from requests
where route is not null
    and response_code is distinct from 404
    and coalesce(agent_class not in ('crawler', 'llm_crawler', 'scanner'), true)
group by route
