-- title = "Which lines or requests are there twice?"
-- group = "data quality"
-- needs = ["start_time"]
-- limit = 20
-- every_line = true
-- reading = """
-- same line: all that was logged is the same, to the client's port and the millisecond. It was
-- collected or taken in twice, and every count is too high by extra. other place: one request id at
-- several places, such as a gateway and a sidecar; that is right, but count at one place only
-- (vantage). same place: one id for several requests at one place: a client that retries or makes up
-- its ids, a mirror, or Envoy's own attempts (record). Nothing is wrong then, but an id does not name
-- one request. share is extra of all lines.
-- """
-- [chart]
-- kind = "bar"
-- x = "kind"
-- y = "extra"
-- note = "{share}"
-- says = "Twice most often: {kind}, {extra} lines too many"
-- [units]
-- share = "ratio"
with lines as (
    select
        request_id,
        vantage,
        pod,
        start_time,
        hash(request_id) as id,
        hash(
            start_time, method, path, protocol, authority, response_code, response_flags, duration,
            bytes_received, bytes_sent, request_id, user_agent, x_forwarded_for, upstream_host,
            upstream_local_address, downstream_remote_address, vantage, record
        ) as mark
    from everything
),

double_marks as (
    select mark from lines group by mark having count(*) > 1
),

double_ids as (
    select id from lines where request_id is not null group by id having count(*) > 1
),

-- One row for each line that differs from all others.
different as (
    select
        mark,
        any_value(request_id) as request_id,
        any_value(vantage) as vantage,
        any_value(pod) as pod,
        count(*) as n,
        min(start_time) as first_seen
    from lines
    where mark in (select mark from double_marks) or id in (select id from double_ids)
    group by mark
),

found as (
    select 'same line' as kind, 1 as ids, n, n - 1 as extra, request_id, first_seen, first_seen as last_seen
    from different
    where n > 1
    union all
    select
        case
            when count(distinct (vantage, pod)) = count(*) then 'same request, other place'
            else 'same request, same place'
        end,
        1,
        count(*),
        count(*) - 1,
        request_id,
        min(first_seen),
        max(first_seen)
    from different
    where request_id is not null
    group by request_id
    having count(*) > 1
)

select
    kind,
    sum(ids)::bigint as requests,
    sum(n)::bigint as "lines",
    sum(extra)::bigint as extra,
    sum(extra) / (select count(*) from everything) as share,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen,
    arg_min(request_id, (-n, request_id)) as example
from found
group by kind
order by extra desc, kind
limit $limit
