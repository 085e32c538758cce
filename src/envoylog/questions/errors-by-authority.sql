-- title = "Which authority fails?"
-- group = "errors"
-- needs = ["authority", "response_code"]
-- limit = 20
-- reading = """
-- 5xx counts against the error rate, whether Envoy or the application answered it. Code 0 means that
-- no response was sent, mostly because the client left first (flag DC), or that the record is of a
-- TCP connection; it is counted apart and is not in the rate.
-- """
-- [chart]
-- kind = "bar"
-- x = "authority"
-- y = "5xx"
-- note = "{error_rate} of {requests}"
-- says = "{authority} fails most: {error_rate} of {requests} requests"
-- [units]
-- error_rate = "ratio"
select
    authority,
    count(*) as requests,
    count(*) filter (where response_code between 400 and 499) as "4xx",
    count(*) filter (where response_code >= 500) as "5xx",
    count(*) filter (where response_code = 0) as code_0,
    count(*) filter (where response_code >= 500) / count(*) as error_rate
from requests
group by authority
order by "5xx" desc, requests desc, authority
limit $limit
