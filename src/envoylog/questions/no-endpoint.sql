-- title = "Which clusters have no endpoint or do not exist, and since when?"
-- group = "errors"
-- needs = ["response_flags", "upstream_cluster|authority"]
-- limit = 20
-- example = "--since 1h"
-- reading = """
-- UH: the cluster has no healthy host; its pods are down, not ready, or ejected. NC: the route leads
-- to a cluster that does not exist. good_before is the last request that an upstream of the cluster
-- answered before the trouble, good_after the first one since. Look for a deploy or a configuration
-- push between good_before and first_seen. Without good_after it goes on; without good_before it never
-- worked in this log. share is of the cluster's requests (- where that is not known). top_authority
-- has most of them.
-- """
-- [chart]
-- kind = "bar"
-- x = "upstream_cluster"
-- y = "requests"
-- label = "{flag} {upstream_cluster}"
-- note = "since {first_seen}"
-- says = "{upstream_cluster} had no endpoint most often: {requests} requests"
-- [units]
-- share = "ratio"
with failing as (
    select
        case when list_contains(flags, 'NC') then 'NC' else 'UH' end as flag,
        upstream_cluster,
        authority,
        count(*) as requests,
        min(start_time) as first_seen,
        max(start_time) as last_seen
    from requests
    where list_has_any(flags, ['UH', 'NC'])
    group by all
),

troubles as (
    select
        flag,
        upstream_cluster,
        sum(requests)::bigint as requests,
        arg_max(authority, (requests, authority)) as top_authority,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from failing
    group by flag, upstream_cluster
),

-- Of a log that holds only failures no share of all requests can be told.
success as (
    select exists (select 1 from requests where response_code between 100 and 399) as some_succeeded
),

-- Only the requests of clusters in trouble.
others as (
    select
        troubles.flag,
        troubles.upstream_cluster,
        count(*) as requests,
        max(start_time) filter (where answered_by = 'upstream' and start_time < first_seen) as good_before,
        min(start_time) filter (where answered_by = 'upstream' and start_time > last_seen) as good_after
    from requests
    inner join troubles on requests.upstream_cluster = troubles.upstream_cluster
    group by all
)

select
    flag,
    upstream_cluster,
    top_authority,
    troubles.requests,
    case when some_succeeded then troubles.requests / others.requests end as share,
    good_before,
    first_seen,
    last_seen,
    good_after
from troubles
left join others using (flag, upstream_cluster)
cross join success
order by troubles.requests desc, flag, upstream_cluster
limit $limit
