-- title = "Who looks for a way in?"
-- group = "abuse"
-- needs = ["path", "response_code", "downstream_remote_address|downstream_remote_address_without_port|x_forwarded_for"]
-- without = ["probe", "mirror"]
-- limit = 20
-- example = "--limit 5"
-- reading = """
-- Addresses that asked for paths which only scanners ask for (/.env, traversal, SQL injection; see
-- kinds and example), whose user agent is that of a scanner, or that were told 404 at least
-- --not-found times on that many different paths, and mostly so. probing counts the requests for such paths; let_in
-- those of them that were answered 2xx: look at these first. A site that runs WordPress
-- has real users of wp-login.php. Behind a proxy that Envoy does not know, the address is the proxy's.
-- """
-- [chart]
-- kind = "bar"
-- x = "client_ip"
-- y = "probing"
-- note = "{let_in} let in"
-- says = "{client_ip} probes most: {probing} times, {let_in} let in"
-- [parameters.not_found]
-- type = "integer"
-- default = 20
-- help = "So many different paths that were not found make an address a scanner."
with clients as (
    select
        client_ip,
        count(*) as requests,
        count(probing) as probing,
        count(probing) filter (response_code between 200 and 299) as let_in,
        count(*) filter (response_code = 404) as not_found,
        count(distinct case when response_code = 404 then bare_path end) as paths_not_found,
        list_sort(list(distinct probing) filter (probing is not null)) as kinds,
        count(*) filter (agent_class = 'scanner') as as_scanner,
        arg_max(user_agent, (start_time, user_agent)) as last_user_agent,
        arg_min(path, (start_time, path)) filter (probing is not null) as example,
        min(start_time) as first,
        max(start_time) as last
    from requests
    group by client_ip
)
select
    client_ip, requests, probing, let_in, not_found, paths_not_found,
    coalesce(kinds, []) as kinds, example, last_user_agent, first, last
from clients
where probing > 0
    or as_scanner > 0
    or (paths_not_found >= $not_found and not_found >= requests / 2)
order by let_in desc, probing desc, paths_not_found desc, requests desc, client_ip
limit $limit
