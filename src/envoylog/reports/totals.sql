-- title = "The window in figures"
-- group = "overview"
-- needs = ["start_time"]
-- without = ["probe", "stream", "mirror"]
-- reading = """
-- errors are 5xx, and gRPC statuses other than 0. clients_gone left before the response was complete.
-- Percentiles are durations that occurred, from the first byte of the request to the last of the
-- response. A client is an address with a user agent. Probes, streams and mirrored requests are left
-- out.
-- """
-- [units]
-- error_rate = "ratio"
-- client_errors = "ratio"
-- p50 = "ms"
-- p90 = "ms"
-- p99 = "ms"
-- bytes_sent = "By"
select
    count(*) as requests,
    count(*) filter (where error) as errors,
    count(*) filter (where error) / nullif(count(response_code), 0) as error_rate,
    count(*) filter (where response_code between 400 and 499)
        / nullif(count(response_code), 0) as client_errors,
    count(*) filter (where client_gone) as clients_gone,
    percentile(duration, 0.5) as p50,
    percentile(duration, 0.9) as p90,
    percentile(duration, 0.99) as p99,
    nullif(count(distinct visitor_of(client_ip, user_agent)), 0) as clients,
    sum(bytes_sent)::bigint as bytes_sent
from requests
