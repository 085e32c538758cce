-- title = "Which routes are used most, by requests, time or bytes?"
-- group = "routes"
-- needs = ["path"]
-- without = ["probe", "mirror"]
-- limit = 20
-- example = "--sort time --limit 10"
-- reading = """
-- A route is a path with its ids taken out. time is the sum of all durations, streams included: a
-- fast route that is called all day may cost more than a slow one. Shares are of all requests of the
-- window, not only of the routes shown. Bytes are the bodies of responses.
-- """
-- [chart]
-- kind = "bar"
-- x = "route"
-- y = "requests"
-- by = "sort"
-- label = "{method} {authority}{route}"
-- note = "{share}"
-- says = "{method} {route} is used most: {share} of all requests"
-- [units]
-- share = "ratio"
-- time = "ms"
-- time_share = "ratio"
-- bytes_sent = "By"
-- bytes_share = "ratio"
-- [parameters.sort]
-- type = "text"
-- default = "requests"
-- choices = ["requests", "time", "bytes"]
-- help = "What the order is by."
with counted as (
    select
        method,
        authority,
        route,
        count(*) as requests,
        count(*) / sum(count(*)) over () as share,
        sum(duration)::bigint as time,
        sum(duration) / sum(sum(duration)) over () as time_share,
        sum(bytes_sent)::bigint as bytes_sent,
        sum(bytes_sent) / sum(sum(bytes_sent)) over () as bytes_share
    from requests
    group by method, authority, route
)
select *
from counted
order by
    case $sort when 'time' then time when 'bytes' then bytes_sent else requests end
        desc nulls last,
    requests desc, authority, route, method
limit $limit
