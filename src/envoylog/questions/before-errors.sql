-- title = "What did people do just before an error, and did they come back?"
-- group = "clients"
-- needs = ["start_time", "response_code", "path|route_name", "downstream_remote_address|downstream_remote_address_without_port|x_forwarded_for"]
-- without = ["probe", "mirror"]
-- limit = 20
-- reading = """
-- The first error (5xx or failed gRPC call) of each session that has one: failed is its route, before
-- the route of the request before it; - there means that the error met them at the door. share is of
-- all such sessions. tried_again asked for the same route later, went_on for anything at all; the
-- others left. A session is all requests of one client address with one user agent, without a pause
-- longer than 30 minutes (--idle). Static files, crawlers, scanners and programs are left out.
-- """
-- [chart]
-- kind = "bar"
-- x = "failed"
-- y = "sessions"
-- label = "{before} → {failed}"
-- note = "{went_on} went on"
-- says = "Most often: {before} → {failed}, {sessions} sessions, {went_on} went on"
-- [units]
-- share = "ratio"
-- tried_again = "ratio"
-- went_on = "ratio"
-- [parameters.idle]
-- type = "interval"
-- default = "30m"
-- help = "The longest pause within a session."
with visits as (
    select
        visitor_of(client_ip, user_agent) as visitor,
        authority,
        coalesce(route, route_name) as page,
        start_time,
        error,
        after_pause(start_time, visitor, $idle) as enters
    from requests
    where visitor_of(client_ip, user_agent) in (
            select visitor_of(client_ip, user_agent) from requests where error
        )
        and start_time is not null
        and is_static is not true
        and coalesce(agent_class, 'browser') in ('browser', 'app')
),

numbered as (
    select
        *,
        place_in_time(start_time, authority, page) as place,
        -- Requests of one moment are of one session, in whatever order they come.
        count(*) filter (where enters) over (partition by visitor order by start_time) as number
    from visits
),

stories as (
    select
        visitor,
        number,
        min(place) filter (where error) as failed_place,
        max(place) as last_place,
        arg_min(authority, place) filter (where error) as failed_authority,
        arg_min(page, place) filter (where error) as failed
    from numbered
    group by visitor, number
    having failed_place is not null
),

told as (
    select
        failed_authority as authority,
        failed,
        arg_max(page, place) filter (where place < failed_place) as before,
        any_value(last_place) > any_value(failed_place) as went_on,
        coalesce(bool_or(
            place > failed_place and page = failed and authority is not distinct from failed_authority
        ), false) as tried_again
    from stories
    inner join numbered using (visitor, number)
    group by visitor, number, failed_authority, failed
)

select
    authority,
    before,
    failed,
    count(*) as sessions,
    count(*) / sum(count(*)) over () as share,
    count(*) filter (where tried_again) / count(*) as tried_again,
    count(*) filter (where went_on) / count(*) as went_on
from told
group by authority, before, failed
order by sessions desc, authority, failed, before
limit $limit
