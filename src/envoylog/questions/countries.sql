-- title = "Which countries do the clients come from?"
-- group = "clients"
-- needs = ["country"]
-- without = ["mirror"]
-- limit = 20
-- example = "--geo country.mmdb --trusted-hops 1"
-- remarks = "envoylog.questions.peers:remarks"
-- reading = """
-- Of client_ip, as the database sees it: where a network is registered or used, which for mobile
-- networks, VPNs and clouds says little of where people are. A row without a country is of addresses
-- that the database does not know, private ones above all. clients counts distinct addresses.
-- """
-- [chart]
-- kind = "bar"
-- x = "country"
-- y = "requests"
-- note = "{share}, {clients} clients"
-- says = "Most frequent country: {country}, {share} of all requests"
-- [units]
-- share = "ratio"
-- error_rate = "ratio"
-- bytes_sent = "By"
select
    country,
    count(*) as requests,
    count(*) / sum(count(*)) over () as share,
    count(distinct client_ip) as clients,
    count(*) filter (error) as errors,
    count(*) filter (error) / nullif(count(error), 0) as error_rate,
    sum(bytes_sent)::bigint as bytes_sent
from requests
group by country
order by requests desc, country
limit $limit
