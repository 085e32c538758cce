-- title = "Which requests were slowest?"
-- group = "latency"
-- needs = ["start_time", "duration"]
-- without = ["probe", "stream", "mirror"]
-- limit = 20
-- example = "--slower-than 300 --limit 5"
-- reading = """
-- duration is from the first byte of the request to the last byte of the response. ust is the
-- upstream's time to the first byte, all attempts included: where it is close to duration, look at the
-- upstream, where it is far below, at the client, the size of the bodies or Envoy. It is
-- blank where no upstream answered. See slow-callers for who asks, and `why` with a request_id.
-- """
-- [chart]
-- kind = "none"
-- [units]
-- duration = "ms"
-- ust = "ms"
-- [parameters.slower_than]
-- type = "integer"
-- default = 0
-- help = "Only requests that took at least so many ms."
with longest as (
    select duration from requests where duration >= $slower_than order by duration desc limit $limit
)
select
    start_time,
    duration,
    upstream_service_time as ust,
    response_code as code,
    response_flags as flags,
    client_ip,
    authority,
    method,
    path,
    request_id
from requests
-- So nothing more is read of nearly all others, whatever is joined to tell which of them count.
where duration >= (select min(duration) from longest)
order by duration desc, start_time, request_id
limit $limit
