-- title = "Who connects with a server name or TLS that no listener takes?"
-- group = "errors"
-- needs = ["response_code_details|downstream_transport_failure_reason"]
-- limit = 20
-- reading = """
-- Connections that ended before any request: no filter chain takes them (NR filter_chain_not_found),
-- or the TLS handshake with the client failed. server_name is the SNI that the client sent; - is none,
-- as from scanners and health checks that connect by address. as_authority is how many requests for
-- that name were answered: if there are some, the name is served at another listener, or was. If
-- top_client has nearly all (of_top), it is one broken client; if clients are many, a host or
-- certificate is missing. mistake is in the words of Envoy's BoringSSL: a client with OpenSSL and TLS
-- 1.3 that does not trust Envoy's certificate says "unknown CA" in a way that reads BAD_PACKET_LENGTH.
-- """
-- [chart]
-- kind = "bar"
-- x = "server_name"
-- y = "connections"
-- label = "{server_name}: {mistake}"
-- note = "{clients} clients"
-- says = "{server_name} failed most: {connections} connections"
-- [units]
-- of_top = "ratio"
with mistakes as (
    select
        requested_server_name as server_name,
        case
            when response_code_details = 'filter_chain_not_found' then 'no filter chain'
            else downstream_transport_failure_reason
        end as mistake,
        client_ip,
        count(*) as connections,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from requests
    where response_code_details = 'filter_chain_not_found'
        or downstream_transport_failure_reason is not null
    group by all
),

names as (
    select
        server_name,
        mistake,
        sum(connections)::bigint as connections,
        count(distinct client_ip) as clients,
        arg_max(client_ip, (connections, client_ip)) as top_client,
        max(connections) filter (where client_ip is not null) / sum(connections) as of_top,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from mistakes
    group by server_name, mistake
),

served as (
    select split_part(authority, ':', 1) as server_name, count(*) as as_authority
    from requests
    where authority is not null and response_code > 0
        and split_part(authority, ':', 1) in (select server_name from names)
    group by all
)

select
    server_name,
    mistake,
    connections,
    clients,
    top_client,
    of_top,
    coalesce(as_authority, 0) as as_authority,
    first_seen,
    last_seen
from names
left join served using (server_name)
order by connections desc, server_name, mistake
limit $limit
