-- title = "How high is the error rate, and is it rising?"
-- group = "overview"
-- needs = ["start_time", "response_code"]
-- without = ["probe", "mirror"]
-- rates = true
-- limit = 1000
-- example = "--bucket 1s"
-- reading = """
-- error_rate counts 5xx and, over gRPC, statuses other than 0 that came with HTTP 200. code_0 means
-- that no response was sent, mostly because the client left first; it is in no rate, but it is in
-- requests. overall is the rate of the whole window, to hold each row against. A row without
-- requests is an interval in which nothing arrived. The length of intervals (--bucket) follows from
-- the window, at most sixty of them, unless it is given.
-- """
-- [chart]
-- kind = "line"
-- x = "time"
-- y = ["error_rate", "overall"]
-- says = "The error rate peaks at {error_rate} of {requests} requests, {time}"
-- [units]
-- error_rate = "ratio"
-- overall = "ratio"
with counted as (
    select
        time_bucket($bucket, start_time, $timezone) as time,
        count(*) as requests,
        count(*) filter (response_code between 400 and 499) as "4xx",
        count(*) filter (response_code >= 500) as "5xx",
        count(*) filter (response_code = 0) as code_0,
        count(*) filter (error) as errors
    from requests
    group by time
)
select
    time,
    coalesce(requests, 0) as requests,
    coalesce("4xx", 0) as "4xx",
    coalesce("5xx", 0) as "5xx",
    coalesce(code_0, 0) as code_0,
    coalesce(errors, 0) as errors,
    errors / requests as error_rate,
    sum(errors) over () / sum(requests) over () as overall
from intervals($since, $until, $bucket, $timezone) left join counted using (time)
order by time
limit $limit
