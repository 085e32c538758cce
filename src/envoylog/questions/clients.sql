-- title = "Who are the top clients?"
-- group = "clients"
-- needs = ["downstream_remote_address|downstream_remote_address_without_port|x_forwarded_for", "response_code"]
-- limit = 20
-- reading = """
-- client_ip is the downstream remote address, as Envoy itself decided it. Where Envoy was not told
-- about the proxies in front of it, that is a load balancer: say how many to trust with
-- --trusted-hops, and the address is taken from X-Forwarded-For, counted from the right. What a
-- client puts at the left of that header proves nothing. errors are 5xx; bytes are bodies only.
-- """
-- [units]
-- bytes_received = "By"
-- bytes_sent = "By"
select
    client_ip,
    count(*) as requests,
    count(*) filter (where response_code >= 500) as errors,
    sum(bytes_received)::bigint as bytes_received,
    sum(bytes_sent)::bigint as bytes_sent
from requests
group by client_ip
order by requests desc, client_ip
limit $limit
