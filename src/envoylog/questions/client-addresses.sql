-- title = "Where do the addresses of clients come from, and can they be believed?"
-- group = "clients"
-- needs = ["client_ip"]
-- limit = 0
-- example = "--trusted-hops 1"
-- remarks = "envoylog.questions.peers:remarks"
-- reading = """
-- client_ip_source: peer is the other end of the connection (or what the PROXY protocol said of it); forwarded
-- is from X-Forwarded-For, at a place that is trusted; envoy is Envoy's decision where the log does not
-- tell from which of the two; appended is the last of X-Forwarded-For, where Envoy adds its peer, in a
-- format that logs no address. xff_suspect is what is odd about the chain, nothing in most rows of an
-- honest log: see forged-xff. A row that takes half of the log is no attack but a setting: trusted
-- proxies that nobody has named, or more of them than there are. example is one chain, the least by
-- name. Probes and mirrored requests count too: all lines have addresses.
-- """
-- [chart]
-- kind = "bar"
-- x = "client_ip_source"
-- y = "requests"
-- series = "xff_suspect"
-- note = "{share}"
-- says = "Most frequent source of addresses: {client_ip_source}, {share}"
-- [units]
-- share = "ratio"
select
    x_forwarded_for,
    short_socket(downstream_remote_address) as downstream_remote_address,
    downstream_remote_address_without_port,
    short_socket(downstream_direct_remote_address) as downstream_direct_remote_address,
    count(*) as requests,
    min(start_time) as first_seen,
    max(start_time) as last_seen
from requests
group by all;

select
    client_ip_source,
    xff_suspect,
    sum(requests)::bigint as requests,
    sum(requests) / sum(sum(requests)) over () as share,
    count(distinct client_ip) as clients,
    min(first_seen) as first,
    max(last_seen) as last,
    left(min(x_forwarded_for), 80) as example
from grouped
group by client_ip_source, xff_suspect
order by requests desc, client_ip_source, xff_suspect
limit $limit
