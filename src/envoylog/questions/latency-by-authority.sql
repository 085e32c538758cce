-- title = "Which authority is slow?"
-- group = "latency"
-- needs = ["authority", "duration"]
-- without = ["probe", "stream", "mirror"]
-- limit = 20
-- example = "--limit 3"
-- reading = """
-- Percentiles are durations that occurred, from the first byte of the request to the last byte of
-- the response: slow clients and large bodies are in them. They are blank where n is too small: p99
-- takes a hundred requests, p99.9 a thousand. Streams and probes are left out.
-- """
-- [chart]
-- kind = "bar"
-- x = "authority"
-- y = "p99"
-- note = "p50 {p50}, n = {n}"
-- says = "{authority} is slowest: p99 is {p99} of {n} requests"
-- [units]
-- p50 = "ms"
-- p90 = "ms"
-- p95 = "ms"
-- p99 = "ms"
-- p999 = "ms"
-- max = "ms"
select
    authority,
    count(duration) as n,
    percentile(duration, 0.5) as p50,
    percentile(duration, 0.9) as p90,
    percentile(duration, 0.95) as p95,
    percentile(duration, 0.99) as p99,
    percentile(duration, 0.999) as p999,
    max(duration) as max
from requests
group by authority
having n > 0
order by p99 desc nulls last, n desc, authority
limit $limit
