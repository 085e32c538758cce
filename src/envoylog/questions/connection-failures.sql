-- title = "Which upstream hosts could not be connected to, and why?"
-- group = "errors"
-- needs = ["response_flags", "upstream_cluster|upstream_host"]
-- limit = 20
-- example = "--since 1h"
-- reading = """
-- Requests with the flag UF. refused: nothing listens on that port; the pod is starting, gone, or
-- crashed. timeout: packets are lost, the host is gone, or a network policy drops them; longest (of
-- all such requests) is then near the connect timeout. TLS: the handshake failed, see `upstream-tls`.
-- of_host is the part of the host's requests that failed so: 100% is a dead host, a few percent a
-- flapping one (- where the log holds only failures). With retries a line shows the last attempt
-- alone, so more connections failed than are seen here.
-- """
-- [chart]
-- kind = "bar"
-- x = "upstream_host"
-- y = "requests"
-- label = "{upstream_host} {kind}"
-- note = "{of_host} of the host"
-- says = "{upstream_host} failed most: {requests} requests, {kind}"
-- [units]
-- of_host = "ratio"
-- longest = "ms"
with hosts as (
    select
        upstream_cluster,
        upstream_host,
        case
            when list_contains(flags, 'UF') then coalesce(
                upstream_transport_failure_reason,
                nullif(regexp_extract(response_code_details, '\{(.*)\}', 1), ''),
                ''
            )
        end as reason,
        count(*) as requests,
        bool_or(response_code between 100 and 399) as succeeded,
        max(duration) as longest,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from requests
    group by all
),

shares as (
    select
        *,
        case
            when bool_or(succeeded) over ()
                then requests / sum(requests) over (partition by upstream_cluster, upstream_host)
        end as of_host
    from hosts
)

select
    upstream_cluster,
    upstream_host,
    case
        when regexp_matches(reason, '(?i)tls|ssl|certificate') then 'TLS'
        when regexp_matches(reason, '(?i)refused|error:_(111|61)\b') then 'refused'
        when regexp_matches(reason, '(?i)time(d_|d |)out|error:_(110|60)\b') then 'timeout'
        when regexp_matches(reason, '(?i)reset_by_peer|reset by peer|error:_(104|54)\b') then 'reset'
        when regexp_matches(reason, '(?i)unreachable|no_route|no route|error:_(101|113)\b') then 'unreachable'
        when reason = '' then 'not logged'
        else 'other'
    end as kind,
    requests,
    of_host,
    longest,
    first_seen,
    last_seen,
    nullif(reason, '') as reason
from shares
where reason is not null
order by requests desc, upstream_cluster, upstream_host, reason
limit $limit
