-- The view that questions ask: every canonical column, and what follows from them. Of this select a
-- query gets the columns that it names (`derived.py`): write each as one expression with a name, of
-- columns of the log and of those above it.

with addressed as (
    select
        *,
        -- Envoy's own decision; a format without addresses has its peer at the end of the chain.
        ip_of_socket(downstream_remote_address, coalesce(
            ip_of(downstream_remote_address),
            ip_of(downstream_remote_address_without_port),
            case
                when downstream_remote_address is null
                    and downstream_remote_address_without_port is null
                    then appended_ip(x_forwarded_for)
            end
        )) as remote_ip,
        -- The other end of the connection. Port 0 means that Envoy took the address from the chain.
        coalesce(
            case
                when not ends_with(downstream_remote_address, ':0')
                    then ip_of_socket(downstream_remote_address, ip_of(downstream_remote_address))
            end,
            ip_of(downstream_direct_remote_address)
        ) as peer_ip
    from records
),

split as (
    select
        *,
        start_time + to_milliseconds(duration) as end_time,
        case
            when response_code = 0 then 'none'
            when response_code between 100 and 599 then (response_code // 100) || 'xx'
        end as status_class,
        coalesce(
            grpc_status_number::smallint,
            code_of_grpc(grpc_status),
            code_of_grpc(trailer_grpc_status),
            code_of_grpc(resp_grpc_status)
        ) as grpc_code,
        coalesce(string_split(response_flags, ','), []) as flags,
        kind_of_cluster(upstream_cluster) as cluster_kind,
        direction_of_cluster(upstream_cluster) as cluster_direction,
        try_cast(port_of_cluster(upstream_cluster) as integer) as cluster_port,
        subset_of_cluster(upstream_cluster) as cluster_subset,
        service_of_cluster(upstream_cluster) as cluster_service,
        namespace_of_cluster(upstream_cluster) as cluster_namespace,
        subset_of_sni(requested_server_name) as sni_subset,
        service_of_sni(requested_server_name) as sni_service,
        case
            when remote_ip is null then null
            when downstream_remote_address is null
                and downstream_remote_address_without_port is null then 'appended'
            when remote_ip = peer_ip then 'peer'
            when peer_ip is not null or ip_of(downstream_remote_address) is not null
                then 'forwarded'
            else 'envoy'
        end as remote_ip_source,
        -- Unless the user names trusted proxies: then a companion finds them.
        remote_ip as client_ip,
        remote_ip_source as client_ip_source,
        -- The request target up to its query, and the query: what stands between ? and #.
        bare_path_of(path) as bare_path,
        case
            when contains(split_part(path, '#', 1), '?')
                then substr(split_part(path, '#', 1), strpos(path, '?') + 1)
        end as query,
        -- Well-known paths of health checks (spec/health_paths.py), as a whole.
        coalesce(path in (
            '/healthz', '/livez', '/readyz', '/healthz/ready', '/health', '/health/live',
            '/health/ready', '/health/started', '/healthcheck', '/health_check', '/_health',
            '/actuator/health', '/actuator/health/liveness', '/actuator/health/readiness',
            '/q/health', '/q/health/live', '/q/health/ready', '/-/healthy', '/-/ready', '/up',
            '/grpc.health.v1.Health/Check', '/grpc.health.v1.Health/Watch'
        ) and coalesce(method in ('GET', 'HEAD') or path like '/grpc.%', true), false) as health_path
    from addressed
)
select
    *,
    -- 5xx, or a gRPC call that failed, whatever HTTP says of it. Code 0 is told apart.
    response_code >= 500 or coalesce(grpc_code, 0) <> 0 as error,
    coalesce(list_has_any(string_split(response_flags, ','), ['DC', 'DR']), false)
        or coalesce(response_code_details in (
            'downstream_remote_disconnect', 'http2.remote_reset', 'http3.remote_reset'
        ), false) as client_gone,
    -- Who wrote the response. Envoy notes how long the upstream took on responses of the upstream
    -- alone; then details say it best; then a flag speaks for Envoy, and a host for the upstream.
    case
        when response_code = 0 then null
        when upstream_service_time is not null
            or response_code_details = 'via_upstream'
            or starts_with(response_code_details, 'upstream_reset_after_response_started')
            then 'upstream'
        when response_code_details is not null then 'envoy'
        when list_has_any(string_split(response_flags, ','), [
            'LH', 'UH', 'UT', 'LR', 'UR', 'UF', 'UC', 'UO', 'NR', 'NC', 'FI', 'RL', 'UAEX', 'RLSE', 'IH',
            'DPE', 'UPE', 'SI', 'DT', 'UMSDR', 'OM', 'DF', 'DO', 'UDO', 'NFCF', 'RFCF'
        ]) then 'envoy'
        when upstream_host is not null then 'upstream'
    end as answered_by,
    -- One line at the end of something long: its duration is not a time to an answer. A WebSocket or
    -- another upgrade, a tunnel, a TCP connection, a response that trickled for more than a minute
    -- after its headers (less than 1 kB/s), a gRPC call of more than a minute that did not fail. A TCP
    -- connection has no protocol, method or path; where the format logs none of them, only the type of
    -- the record tells it from a request whose client left. And a long poll that ended as nothing came:
    -- a GET whose upstream waited 20, 25, 30 s and so on, 5 ms early to 100 ms late, to answer 204 or
    -- 304. What was slow has something to say, or takes a time that is not round.
    coalesce(
        response_code = 101
            or (method = 'CONNECT' and response_code between 200 and 299)
            or starts_with(access_log_type, 'Tcp')
            or (response_code = 0 and is_no_request(protocol, method, path, authority)
                and upstream_host is not null)
            or (duration >= 60000 and (
                (response_code < 400 and duration - upstream_service_time >= 60000
                    and bytes_sent < duration)
                or grpc_code in (0, 1)
            ))
            or (method = 'GET' and response_code in (204, 304)
                and upstream_service_time >= 19995 and (upstream_service_time + 5) % 5000 <= 105),
        false
    ) as is_stream,
    -- A copy of a request, as Envoy marks it: shop-shadow, shop-shadow:80, shop-shadow.ns.svc.
    coalesce(
        regexp_extract(authority, '-shadow(\.[^.:]+\.svc(\.[^:]*)?)?(:[0-9]+)?$') <> '', false
    ) as is_mirror,
    -- The last line of a request, an attempt of it (router upstream_log), or news of one that is
    -- still under way (flush intervals, new requests, new connections).
    case
        when access_log_type = 'UpstreamEnd' then 'attempt'
        when access_log_type in (
            'TcpUpstreamConnected', 'TcpPeriodic', 'DownstreamStart', 'DownstreamPeriodic',
            'DownstreamTunnelSuccessfullyEstablished', 'UpstreamPoolReady', 'UpstreamPeriodic',
            'UdpTunnelUpstreamConnected', 'UdpPeriodic'
        ) then 'progress'
        else 'end'
    end as record,
    -- Where the line was written. Inbound: an Istio sidecar before its own application. Outbound: a
    -- sidecar on behalf of it: the address that calls is the one that connects. Else a gateway.
    case
        when starts_with(upstream_cluster, 'inbound|') or starts_with(upstream_cluster, 'inbound-')
            or starts_with(upstream_cluster, 'InboundPassthroughCluster')
            or suffix(downstream_local_address, ':15006')
            or starts_with(requested_server_name, 'outbound_.') then 'inbound'
        when starts_with(upstream_cluster, 'PassthroughCluster')
            or starts_with(upstream_cluster, 'BlackHoleCluster')
            or suffix(downstream_local_address, ':15001') then 'outbound'
        when starts_with(upstream_cluster, 'outbound|')
            and not starts_with(downstream_remote_address, '127.')
            and not starts_with(downstream_remote_address, '[::1]')
            -- The first letters alone tell most apart, and are cheap to compare.
            and left(downstream_remote_address, 4) = left(upstream_local_address, 4)
            and host_of(downstream_remote_address) = host_of(upstream_local_address) then 'outbound'
        else 'gateway'
    end as vantage
from split
