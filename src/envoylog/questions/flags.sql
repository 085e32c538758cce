-- title = "Which response flags did Envoy set, and on which status?"
-- group = "errors"
-- needs = ["response_flags", "response_code"]
-- without = ["probe", "mirror"]
-- limit = 20
-- example = "--since 1h"
-- reading = """
-- One row for each set of flags, in whatever order Envoy wrote them, with its requests by class of
-- status; none is code 0: no response was sent. share is of all requests, those without a flag too. meaning
-- is that of the most frequent verdict on the requests of the row. A flag on a status that is no
-- error is a note, not a fault, such as FI for a delay that was asked for.
-- """
-- [chart]
-- kind = "stack"
-- x = "flags"
-- y = ["5xx", "none", "4xx", "3xx", "2xx", "1xx"]
-- note = "{share}"
-- says = "{share_5xx} of {total} flagged requests answered 5xx, {share_4xx} 4xx, {share_none} nothing"
-- [units]
-- share = "ratio"
with kinds as (
    select
        -- Envoy writes several flags in the order in which they came.
        array_to_string(list_sort(string_split(response_flags, ',')), ',') as flags,
        response_code,
        verdict_meaning,
        count(*) as n
    from requests
    group by all
),

meanings as (
    select flags, verdict_meaning as meaning
    from kinds
    where verdict_meaning is not null
    group by flags, verdict_meaning
    qualify row_number() over (partition by flags order by sum(n) desc, verdict_meaning) = 1
),

counted as (
    select
        flags,
        sum(n)::bigint as requests,
        sum(n) / sum(sum(n)) over () as share,
        coalesce(sum(n) filter (response_code between 100 and 199), 0)::bigint as "1xx",
        coalesce(sum(n) filter (response_code between 200 and 299), 0)::bigint as "2xx",
        coalesce(sum(n) filter (response_code between 300 and 399), 0)::bigint as "3xx",
        coalesce(sum(n) filter (response_code between 400 and 499), 0)::bigint as "4xx",
        coalesce(sum(n) filter (response_code >= 500), 0)::bigint as "5xx"
    from kinds
    group by flags
)

select
    flags,
    requests,
    share,
    "1xx",
    "2xx",
    "3xx",
    "4xx",
    "5xx",
    requests - "1xx" - "2xx" - "3xx" - "4xx" - "5xx" as none,
    meaning
from counted left join meanings using (flags)
where flags is not null
order by requests desc, flags
limit $limit
