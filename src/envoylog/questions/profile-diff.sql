-- title = "What changed, route by route, between two times or two kinds of request?"
-- group = "routes"
-- needs = ["start_time", "path", "duration", "response_code"]
-- without = ["probe", "stream", "mirror"]
-- python = "envoylog.questions.profile_diff:answer"
-- limit = 20
-- example = "--before \"cluster_subset = 'v1'\" --after \"cluster_subset = 'v2'\" --sort p50"
-- reading = """
-- Each route before and after: by default the first half of the window and the second, or what
-- started before and after --at, or whatever two filters say. errors are shares of 5xx and
-- gRPC failures; share is the route's part of the time of all routes, so that windows of different length can be
-- compared. Percentiles are blank where n is too small for them, and so are changes without
-- a before or an after. A change says that, not why: see whether n suffices and the requests were
-- of the same kind. The largest changes come first (--sort).
-- """
-- [chart]
-- kind = "dot"
-- x = "route"
-- y = ["p50_before", "p50_after"]
-- label = "{method} {authority}{route}"
-- note = "n = {n_before}, {n_after}"
-- says = "The median of {route} moved most: {p50_before} before, {p50_after} after"
-- [units]
-- errors_before = "ratio"
-- errors_after = "ratio"
-- p50_before = "ms"
-- p50_after = "ms"
-- p50_change = "ratio"
-- p99_before = "ms"
-- p99_after = "ms"
-- p99_change = "ratio"
-- share_before = "ratio"
-- share_after = "ratio"
-- [parameters.at]
-- type = "moment"
-- help = "The moment that parts before from after, such as a deployment; the middle of the window unless given."
-- [parameters.before]
-- type = "text"
-- help = "A filter that says which requests are before, instead of --at."
-- [parameters.after]
-- type = "text"
-- help = "A filter that says which requests are after; all others unless given."
-- [parameters.sort]
-- type = "text"
-- default = "share"
-- choices = ["share", "n", "errors", "p50", "p99"]
-- help = "By the change of what."
with sides as (
    select
        method,
        authority,
        route,
        duration,
        error,
        coalesce(start_time < $middle, false) as is_before,
        coalesce(start_time >= $middle, false) as is_after
    from requests
),
cells as (
    select
        method,
        authority,
        route,
        count(*) filter (is_before) as n_before,
        count(*) filter (is_after) as n_after,
        count(*) filter (is_before and error) / nullif(n_before, 0) as errors_before,
        count(*) filter (is_after and error) / nullif(n_after, 0) as errors_after,
        percentile(case when is_before then duration end, 0.5) as p50_before,
        percentile(case when is_after then duration end, 0.5) as p50_after,
        percentile(case when is_before then duration end, 0.99) as p99_before,
        percentile(case when is_after then duration end, 0.99) as p99_after,
        coalesce(sum(duration) filter (is_before), 0) as sum_before,
        coalesce(sum(duration) filter (is_after), 0) as sum_after
    from sides
    where is_before or is_after
    group by method, authority, route
),
changes as (
    select
        method,
        authority,
        route,
        n_before,
        n_after,
        errors_before,
        errors_after,
        p50_before,
        p50_after,
        p50_after / nullif(p50_before, 0) - 1 as p50_change,
        p99_before,
        p99_after,
        p99_after / nullif(p99_before, 0) - 1 as p99_change,
        sum_before / nullif(sum(sum_before) over (), 0) as share_before,
        sum_after / nullif(sum(sum_after) over (), 0) as share_after,
        n_before / sum(n_before) over () as part_before,
        n_after / sum(n_after) over () as part_after
    from cells
)
select * exclude (part_before, part_after)
from changes
order by
    abs(case $sort
        when 'n' then part_after - part_before
        when 'errors' then errors_after - errors_before
        when 'p50' then p50_change
        when 'p99' then p99_change
        else share_after - share_before
    end) desc nulls last,
    n_before + n_after desc, authority, route, method
limit $limit
