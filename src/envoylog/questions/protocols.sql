-- title = "Which protocols do clients speak?"
-- group = "overview"
-- needs = ["protocol"]
-- without = ["probe", "mirror"]
-- limit = 20
-- reading = """
-- gRPC is told by its status, so it shows only where the format logs one. TCP is a record without
-- protocol, method and code: a connection, not a request, or one that failed before it spoke. Streams
-- are counted, each once, when it ended. authorities is how many of them are asked over that protocol;
-- bytes are bodies only.
-- """
-- [chart]
-- kind = "bar"
-- x = "protocol"
-- y = "share"
-- note = "{requests}"
-- says = "{protocol} is spoken most: {share} of all requests"
-- [units]
-- share = "ratio"
-- bytes_received = "By"
-- bytes_sent = "By"
-- bytes_share = "ratio"
select
    case
        when grpc_code is not null then 'gRPC'
        when protocol is not null then protocol
        when method is null and coalesce(response_code, 0) = 0 then 'TCP'
    end as protocol,
    count(*) as requests,
    count(*) / sum(count(*)) over () as share,
    count(distinct authority) as authorities,
    sum(bytes_received)::bigint as bytes_received,
    sum(bytes_sent)::bigint as bytes_sent,
    (coalesce(sum(bytes_received), 0) + coalesce(sum(bytes_sent), 0))
        / nullif(sum(coalesce(sum(bytes_received), 0) + coalesce(sum(bytes_sent), 0)) over (), 0)
        as bytes_share
from requests
group by 1
order by requests desc, protocol
limit $limit
