-- title = "Who sends an X-Forwarded-For that does not look true?"
-- group = "abuse"
-- needs = ["x_forwarded_for"]
-- limit = 20
-- example = "--trusted-hops 1 --limit 5"
-- remarks = "envoylog.questions.peers:remarks"
-- reading = """
-- One row for each client and reason. impossible value: no address, or one that no client can have.
-- private before public: a private address stands left of a public one, as forgers write who want to
-- pass for somebody inside, and forward proxies of companies in good faith. not the peer: the last
-- address is not the peer's, so this Envoy did not add it. fewer hops than trusted: the request came
-- past the proxies. more hops than trusted: addresses stand left of the client's, and nobody vouches
-- for them. chains counts distinct ones: a client with many makes them up. If nearly all clients are
-- here for one reason, the trusted proxies are not named rightly (--trusted-hops, --trusted-cidrs).
-- Suspicion is no proof.
-- """
-- [chart]
-- kind = "bar"
-- x = "client_ip"
-- y = "requests"
-- series = "xff_suspect"
-- note = "{of_client} of its requests"
-- says = "{client_ip} is odd most often: {xff_suspect}, {requests} requests"
-- [units]
-- of_client = "ratio"
select
    x_forwarded_for,
    short_socket(downstream_remote_address) as downstream_remote_address,
    downstream_remote_address_without_port,
    short_socket(downstream_direct_remote_address) as downstream_direct_remote_address,
    count(*) as requests,
    count(*) filter (response_code between 200 and 399) as let_in,
    min(start_time) as first_seen,
    max(start_time) as last_seen
from requests
group by all;

with counted as (
    select
        client_ip,
        xff_suspect,
        sum(requests)::bigint as requests,
        sum(sum(requests)) over (partition by client_ip) as all_requests,
        count(distinct x_forwarded_for) as chains,
        sum(let_in)::bigint as let_in,
        min(first_seen) as first,
        max(last_seen) as last,
        left(min(x_forwarded_for), 80) as example
    from grouped
    group by client_ip, xff_suspect
)
select
    client_ip,
    xff_suspect,
    requests,
    (requests / all_requests)::double as of_client,
    chains,
    let_in,
    first,
    last,
    example
from counted
where xff_suspect is not null
order by requests desc, client_ip, xff_suspect
limit $limit
