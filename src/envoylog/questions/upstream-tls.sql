-- title = "Where does TLS to the upstream fail?"
-- group = "errors"
-- needs = ["upstream_transport_failure_reason|response_code_details", "upstream_cluster|upstream_host"]
-- limit = 20
-- reading = """
-- TLS handshakes with an upstream that failed, by cluster and by the reason that BoringSSL gave. An
-- expired or unknown certificate fails on every host from one moment on. WRONG_VERSION_NUMBER: Envoy
-- spoke TLS to a port that speaks plain text; look at the DestinationRule, or at the name of the
-- service port. share is of all requests to the cluster (- where the log holds only failures), hosts
-- is how many hosts failed so.
-- """
-- [chart]
-- kind = "bar"
-- x = "upstream_cluster"
-- y = "requests"
-- label = "{upstream_cluster}: {meaning}"
-- note = "{share} of the cluster"
-- says = "TLS fails most at {upstream_cluster}: {meaning}"
-- [units]
-- share = "ratio"
with kinds as (
    select
        upstream_cluster,
        upstream_host,
        case
            when regexp_matches(
                concat_ws(' ', upstream_transport_failure_reason, response_code_details),
                '(?i)tls_error|ssl_routines|certificate'
            ) then coalesce(
                upstream_transport_failure_reason,
                regexp_extract(response_code_details, '\{(.*)\}', 1)
            )
        end as reason,
        count(*) as requests,
        bool_or(response_code between 100 and 399) as succeeded,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from requests
    group by all
),

clusters as (
    select
        *,
        case
            when bool_or(succeeded) over () then sum(requests) over (partition by upstream_cluster)
        end as of_cluster
    from kinds
)

select
    upstream_cluster,
    case
        when reason ilike '%certificate%expired%' then 'the certificate has expired'
        when reason ilike '%CERTIFICATE_VERIFY_FAILED%' then 'the certificate was not accepted'
        when reason ilike '%WRONG_VERSION_NUMBER%' then 'the port speaks plain text'
        when reason ilike '%CERTIFICATE_REQUIRED%' or reason ilike '%BAD_CERTIFICATE%'
            then 'the upstream wants another client certificate'
        when reason ilike '%HANDSHAKE_FAILURE%' or reason ilike '%NO_SHARED_CIPHER%'
            then 'no common cipher or parameters'
        when reason ilike '%PROTOCOL_VERSION%' then 'no common version of TLS'
        when reason ilike '%UNKNOWN_CA%' then 'the upstream does not know our issuer'
        else 'see reason'
    end as meaning,
    sum(requests)::bigint as requests,
    sum(requests) / any_value(of_cluster) as share,
    count(distinct upstream_host) as hosts,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen,
    reason
from clusters
where reason is not null
group by upstream_cluster, reason
order by requests desc, upstream_cluster, reason
limit $limit
