-- title = "Which networks do the clients come from?"
-- group = "clients"
-- needs = ["asn"]
-- without = ["mirror"]
-- limit = 20
-- example = "--geo asn.mmdb --trusted-hops 1"
-- remarks = "envoylog.questions.peers:remarks"
-- reading = """
-- asn is the number of the network (autonomous system) that announces client_ip, as_org who runs it: a
-- provider, a company, or a cloud, where few people browse but many programs run. A row without one is
-- of addresses that the database does not know, private ones above all. clients counts distinct
-- addresses.
-- """
-- [chart]
-- kind = "bar"
-- x = "as_org"
-- y = "requests"
-- label = "{asn} {as_org}"
-- note = "{share}, {clients} clients"
-- says = "Most frequent network: {as_org}, {share} of all requests"
-- [units]
-- share = "ratio"
-- error_rate = "ratio"
-- bytes_sent = "By"
select
    asn,
    as_org,
    count(*) as requests,
    count(*) / sum(count(*)) over () as share,
    count(distinct client_ip) as clients,
    count(*) filter (error) as errors,
    count(*) filter (error) / nullif(count(error), 0) as error_rate,
    sum(bytes_sent)::bigint as bytes_sent
from requests
group by asn, as_org
order by requests desc, asn
limit $limit
