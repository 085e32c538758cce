-- title = "How much traffic is there, against the period before and last week?"
-- group = "overview"
-- needs = ["start_time"]
-- without = ["probe", "mirror"]
-- limit = 10
-- example = "--period 1d"
-- reading = """
-- `this` is the last period (a day, unless --period says otherwise), counted back from the end of the
-- window, the newest request; `previous` the one before it; `week_before` the same hours seven days earlier. A period of
-- which the log lacks more than a twentieth is left blank, and so is what the format does not log. A
-- unique visitor is a client address with a user agent, counted once in a period: many people behind
-- one address count as one, one person on two networks as two, crawlers count too. Bytes are bodies
-- only. errors are 5xx, and gRPC statuses other than 0.
-- """
-- [chart]
-- kind = "bar"
-- x = "measure"
-- y = "change"
-- note = "{this} after {previous}"
-- says = "Changed most: {measure}, {this} after {previous}"
-- [units]
-- change = "ratio"
-- week_change = "ratio"
-- [parameters.period]
-- type = "interval"
-- default = "1d"
-- help = "How long a period is."
with known as (
    select
        $until::timestamptz as ends,
        $since::timestamptz <= ends - 2 * $period + $period / 20 as has_previous,
        $since::timestamptz <= ends - interval 7 days - $period + $period / 20 as has_week
),
-- One look at each period: what lies in none of them is not read.
counted as (
    select
        'this' as period,
        count(*) as requests,
        nullif(count(distinct visitor_of(client_ip, user_agent)), 0) as visitors,
        count(*) filter (error) as errors,
        sum(bytes_received)::bigint as bytes_received,
        sum(bytes_sent)::bigint as bytes_sent
    from requests
    where start_time >= $until::timestamptz - $period and start_time < $until::timestamptz
    union all
    select
        'previous' as period,
        count(*) as requests,
        nullif(count(distinct visitor_of(client_ip, user_agent)), 0) as visitors,
        count(*) filter (error) as errors,
        sum(bytes_received)::bigint as bytes_received,
        sum(bytes_sent)::bigint as bytes_sent
    from requests
    where start_time >= $until::timestamptz - 2 * $period and start_time < $until::timestamptz - $period
    union all
    select
        'week' as period,
        count(*) as requests,
        nullif(count(distinct visitor_of(client_ip, user_agent)), 0) as visitors,
        count(*) filter (error) as errors,
        sum(bytes_received)::bigint as bytes_received,
        sum(bytes_sent)::bigint as bytes_sent
    from requests
    where start_time >= $until::timestamptz - interval 7 days - $period and start_time < $until::timestamptz - interval 7 days
),
measures as (
    select period, unnest([
        {n: 1, measure: 'requests', value: requests},
        {n: 2, measure: 'unique visitors', value: visitors},
        {n: 3, measure: 'errors', value: errors},
        {n: 4, measure: 'bytes received', value: bytes_received},
        {n: 5, measure: 'bytes sent', value: bytes_sent}
    ], recursive := true)
    from counted
),
compared as (
    select
        n,
        measure,
        max(value) filter (period = 'this') as this,
        max(value) filter (period = 'previous' and has_previous) as previous,
        max(value) filter (period = 'week' and has_week) as week_before
    from measures, known
    group by n, measure
)
select
    measure,
    this,
    previous,
    this / nullif(previous, 0) - 1 as change,
    week_before,
    this / nullif(week_before, 0) - 1 as week_change
from compared
order by n
limit $limit
