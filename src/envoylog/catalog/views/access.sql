-- The view that questions ask: every canonical column, and what follows from them.

-- An address without its port and brackets; NULL where it is not an IP address.
create or replace temp macro ip_of(address) as (
    case
        when trim(address) like '[%'
            then nullif(regexp_extract(trim(address), '^\[([0-9A-Fa-f:.]+)', 1), '')
        when regexp_full_match(trim(address), '[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]+)?')
            then split_part(trim(address), ':', 1)
        when regexp_full_match(trim(address), '[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*')
            then trim(address)
    end
);

-- Istio's cluster names: direction|port|subset|service, with a stray `;` in 1.23 and 1.24.
create or replace temp macro istio_cluster(cluster, part) as (
    case
        when regexp_full_match(cluster, '(in|out)bound\|[0-9]+\|[^|]*\|[^|]*')
            then nullif(rtrim(split_part(cluster, '|', part), ';'), '')
    end
);

-- The address that the last trusted proxy saw, counted from the right of X-Forwarded-For, where
-- Envoy itself has added its peer. A chain that is too short was not written by all the proxies.
create or replace temp macro forwarded_ip(chain, hops) as (
    ip_of(list_extract(string_split(chain, ','), -1 - hops))
);

create or replace temp view access as
select
    *,
    case
        when response_flags is null then []::varchar[] else string_split(response_flags, ',')
    end as flags,
    istio_cluster(upstream_cluster, 1) as cluster_direction,
    try_cast(istio_cluster(upstream_cluster, 2) as integer) as cluster_port,
    istio_cluster(upstream_cluster, 3) as cluster_subset,
    istio_cluster(upstream_cluster, 4) as cluster_service,
    coalesce(
        forwarded_ip(x_forwarded_for, getvariable('trusted_hops')),
        ip_of(downstream_remote_address_without_port),
        ip_of(downstream_remote_address),
        forwarded_ip(x_forwarded_for, 0)
    ) as client_ip
from records;
