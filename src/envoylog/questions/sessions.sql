-- title = "Where do people enter, how long do they stay, and do they leave on an error?"
-- group = "clients"
-- needs = ["start_time", "path|route_name", "downstream_remote_address|downstream_remote_address_without_port|x_forwarded_for"]
-- without = ["probe", "mirror"]
-- limit = 20
-- rates = true
-- example = "--idle 15m"
-- reading = """
-- A session is all requests of one client address with one user agent, without a pause longer than 30
-- minutes (--idle). Static files, crawlers, scanners and programs are left out. entry is its first
-- route; requests and length are those of the median session (- below 5 sessions), one_request is the
-- share that asked for nothing else, with_error the share that met a 5xx, left_on_error the share
-- whose last request was one. Sessions are not people: those behind one address with the same browser
-- are one, and a phone that changes its network is two. Compare routes with each other, and
-- `before-errors` for what came first.
-- """
-- [chart]
-- kind = "bar"
-- x = "entry"
-- y = "sessions"
-- label = "{authority}{entry}"
-- note = "{left_on_error} left on an error"
-- says = "Most frequent entry: {entry}, {share} of the sessions"
-- [units]
-- share = "ratio"
-- length_p50 = "s"
-- with_error = "ratio"
-- left_on_error = "ratio"
-- one_request = "ratio"
-- [parameters.idle]
-- type = "interval"
-- default = "30m"
-- help = "The longest pause within a session."
with visits as (
    select
        visitor_of(client_ip, user_agent) as visitor,
        authority,
        coalesce(route, route_name) as route,
        start_time,
        end_time,
        error,
        after_pause(start_time, visitor, $idle) as enters
    from requests
    where client_ip is not null
        and start_time is not null
        and is_static is not true
        and coalesce(agent_class, 'browser') in ('browser', 'app')
),

numbered as (
    select
        *,
        place_in_time(start_time, authority, route) as place,
        -- Requests of one moment are of one session, in whatever order they come.
        count(*) filter (where enters) over (partition by visitor order by start_time) as number
    from visits
),

sessions as (
    select
        arg_min(authority, place) as authority,
        arg_min(route, place) as entry,
        arg_max(error, place) as left_on_error,
        count(*) as requests,
        bool_or(error) as with_error,
        date_diff('second', min(start_time), max(coalesce(end_time, start_time))) as length
    from numbered
    group by visitor, number
)

select
    authority,
    entry,
    count(*) as sessions,
    count(*) / sum(count(*)) over () as share,
    percentile(requests, 0.5) as requests_p50,
    percentile(length, 0.5) as length_p50,
    count(*) filter (where requests = 1) / count(*) as one_request,
    count(*) filter (where with_error) / count(*) as with_error,
    count(*) filter (where left_on_error) / count(*) as left_on_error
from sessions
group by authority, entry
order by sessions desc, authority, entry
limit $limit
