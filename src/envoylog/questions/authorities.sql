-- title = "Which authorities take which share of the traffic?"
-- group = "overview"
-- needs = ["authority"]
-- without = ["probe", "mirror"]
-- limit = 20
-- example = "--limit 5"
-- reading = """
-- Shares are of all requests of the window, not only of those shown. time is the sum of all
-- durations: what the authority keeps busy; its share may be far from that of the requests.
-- Streams are in all of it, as they carry bytes and take time. Bytes are bodies only. A row without
-- authority is of requests that Envoy refused before it knew one, or of TCP connections.
-- """
-- [chart]
-- kind = "bar"
-- x = "authority"
-- y = "share"
-- note = "{requests}"
-- says = "{authority} takes the most: {share} of all requests"
-- [units]
-- share = "ratio"
-- time = "ms"
-- time_share = "ratio"
-- bytes_sent = "By"
-- bytes_share = "ratio"
select
    authority,
    count(*) as requests,
    count(*) / sum(count(*)) over () as share,
    sum(duration)::bigint as time,
    sum(duration) / sum(sum(duration)) over () as time_share,
    sum(bytes_sent)::bigint as bytes_sent,
    sum(bytes_sent) / sum(sum(bytes_sent)) over () as bytes_share
from requests
group by authority
order by requests desc, authority
limit $limit
