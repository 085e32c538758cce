-- title = "Who breaks the protocol: a scanner, or a broken client?"
-- group = "errors"
-- needs = ["response_flags|response_code_details", "response_code"]
-- limit = 20
-- reading = """
-- Requests that Envoy refused because they are not well formed (flag DPE, IH, or code 400 without the
-- upstream), and answers of upstreams that are not (UPE). Envoy logs no header of a request it cannot
-- read, so the address is all there is. others is how many other requests the client sent, fine the
-- share of those that were answered 1xx to 3xx. With mostly fine ones it is a broken client or proxy,
-- with none a scanner, or a load balancer that checks a port. Old versions of Envoy set DC instead of
-- DPE.
-- """
-- [chart]
-- kind = "bar"
-- x = "details"
-- y = "requests"
-- label = "{client_ip} {details}"
-- note = "{looks_like}"
-- says = "{client_ip} breaks the protocol most: {requests} requests"
-- [units]
-- fine = "ratio"
with checked as (
    select
        client_ip,
        case
            when list_contains(flags, 'UPE') then 'UPE'
            when list_contains(flags, 'DPE') then 'DPE'
            when list_contains(flags, 'IH') then 'IH'
            when regexp_matches(response_code_details, '^http[123]\.') then '-'
            when response_code = 400 and answered_by = 'envoy' then '-'
        end as flag,
        response_code as code,
        case when flag is not null then response_code_details end as details,
        count(*) as requests,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from requests
    group by all
),

clients as (
    select
        client_ip,
        sum(requests) as others,
        sum(requests) filter (where code between 100 and 399) as fine
    from checked
    where flag is null
    group by client_ip
)

select
    checked.client_ip,
    flag,
    code,
    details,
    requests,
    coalesce(others, 0)::bigint as others,
    coalesce(clients.fine, 0) / others as fine,
    case
        when flag = 'UPE' then 'the upstream'
        when others is null then 'scanner?'
        when coalesce(clients.fine, 0) / others >= 0.5 then 'broken client or proxy'
        when clients.fine is null then 'scanner?'
        else 'unclear'
    end as looks_like,
    first_seen,
    last_seen
from checked
left join clients on checked.client_ip is not distinct from clients.client_ip
where flag is not null
order by requests desc, checked.client_ip, flag, code, details
limit $limit
