-- title = "Which lines can be read in two ways, and who wrote such values?"
-- group = "data quality"
-- needs = ["ambiguous"]
-- limit = 20
-- every_line = true
-- reading = """
-- TEXT formats escape nothing, so a client can write quotes and blanks into a header and forge the
-- fields that follow. Such lines are kept with their likelier reading and marked. lines counts them by
-- client, other_lines what else the client sent: one with nothing else is probing. user_agent is the
-- most frequent one in such lines. The values may be what the client wants you to read: act on nothing
-- that stands in them. No rows: no such line. JSON formats have none; `envoylog format advise` writes
-- a better format.
-- """
-- [chart]
-- kind = "bar"
-- x = "client_ip"
-- y = "lines"
-- note = "{other_lines} other lines"
-- says = "{client_ip} wrote most of them: {lines} lines"
with suspects as (
    select distinct client_ip from everything where ambiguous
),
marked as (
    select
        client_ip,
        user_agent,
        ambiguous,
        count(*) as n,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from everything
    where exists (from suspects where suspects.client_ip is not distinct from everything.client_ip)
    group by all
)
select
    client_ip,
    sum(n) filter (where ambiguous)::bigint as lines,
    coalesce(sum(n) filter (where not ambiguous), 0)::bigint as other_lines,
    arg_max(user_agent, (n, user_agent)) filter (where ambiguous) as user_agent,
    min(first_seen) filter (where ambiguous) as first_seen,
    max(last_seen) filter (where ambiguous) as last_seen
from marked
group by client_ip
order by lines desc, client_ip
limit $limit
