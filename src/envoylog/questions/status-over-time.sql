-- title = "How many requests come over time, and with which status?"
-- group = "overview"
-- needs = ["start_time", "response_code"]
-- without = ["probe", "mirror"]
-- limit = 1000
-- example = "--bucket 1s"
-- reading = """
-- One row an interval (--bucket), its requests by class of status; none is code 0: no response was
-- sent, mostly because the client left first. The classes add up to requests. A row of zeros is an
-- interval in which nothing arrived. gRPC calls that failed behind code 200 are 2xx here; `error-rate`
-- counts them as errors.
-- """
-- [chart]
-- kind = "stack"
-- x = "time"
-- y = ["5xx", "none", "4xx", "3xx", "2xx", "1xx"]
-- says = "{share_5xx} of {total} requests answered 5xx, {share_4xx} 4xx"
with counted as (
    select
        time_bucket($bucket, start_time, $timezone) as time,
        count(*) as requests,
        count(*) filter (response_code between 100 and 199) as "1xx",
        count(*) filter (response_code between 200 and 299) as "2xx",
        count(*) filter (response_code between 300 and 399) as "3xx",
        count(*) filter (response_code between 400 and 499) as "4xx",
        count(*) filter (response_code >= 500) as "5xx"
    from requests
    group by time
)
select
    time,
    coalesce(requests, 0) as requests,
    coalesce("1xx", 0) as "1xx",
    coalesce("2xx", 0) as "2xx",
    coalesce("3xx", 0) as "3xx",
    coalesce("4xx", 0) as "4xx",
    coalesce("5xx", 0) as "5xx",
    coalesce(requests - "1xx" - "2xx" - "3xx" - "4xx" - "5xx", 0) as none
from intervals($since, $until, $bucket, $timezone) left join counted using (time)
order by time
limit $limit
