-- title = "How many gRPC calls fail, whatever their HTTP code says?"
-- group = "errors"
-- needs = ["path", "grpc_status|grpc_status_number|trailer_grpc_status|resp_grpc_status"]
-- without = ["probe", "mirror"]
-- limit = 20
-- reading = """
-- gRPC answers HTTP 200 and says in a trailer whether the call failed. failed counts every status but
-- 0 (OK); hidden are those behind HTTP 200, which a count of 5xx misses; no_status had none, as the
-- client left or the connection broke, and is in no rate. server_rate counts only what is the
-- service's fault: UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, UNIMPLEMENTED, INTERNAL,
-- UNAVAILABLE, DATA_LOSS. The others, such as NOT_FOUND or CANCELLED, are often ordinary answers. Only
-- what looks like gRPC counts (POST /package.Service/Method), because some versions make up a status
-- for plain HTTP.
-- """
-- [chart]
-- kind = "bar"
-- x = "path"
-- y = "failed"
-- label = "{authority}{path}"
-- note = "{failure_rate} of {calls}"
-- says = "{path} fails most: {failed} of {calls} calls"
-- [units]
-- failure_rate = "ratio"
-- server_rate = "ratio"
with codes (code, name, server) as (
    values
    (1, 'CANCELLED', false), (2, 'UNKNOWN', true), (3, 'INVALID_ARGUMENT', false),
    (4, 'DEADLINE_EXCEEDED', true), (5, 'NOT_FOUND', false), (6, 'ALREADY_EXISTS', false),
    (7, 'PERMISSION_DENIED', false), (8, 'RESOURCE_EXHAUSTED', true), (9, 'FAILED_PRECONDITION', false),
    (10, 'ABORTED', true), (11, 'OUT_OF_RANGE', false), (12, 'UNIMPLEMENTED', true),
    (13, 'INTERNAL', true), (14, 'UNAVAILABLE', true), (15, 'DATA_LOSS', true),
    (16, 'UNAUTHENTICATED', false)
),

calls as (
    select
        authority,
        split_part(path, '?', 1) as path,
        grpc_code as code,
        count(*) as calls,
        count(*) filter (where response_code = 200) as behind_200
    from requests
    where regexp_full_match(path, '/([A-Za-z_]\w*\.)*[A-Za-z_]\w*/[A-Za-z_]\w*(\?.*)?')
        and coalesce(method, 'POST') = 'POST'
    group by all
),

named as (
    select
        authority,
        path,
        code,
        calls,
        behind_200,
        coalesce(name, code::varchar) as name,
        coalesce(server, code <> 0) as server,
        -- Of a log that holds only failures no rate can be told.
        bool_or(code = 0) over () as some_succeeded
    from calls
    left join codes using (code)
),

summed as (
    select
        authority,
        path,
        any_value(some_succeeded) as some_succeeded,
        sum(calls)::bigint as calls,
        sum(calls) filter (where code is not null) as told,
        coalesce(sum(calls) filter (where code <> 0), 0)::bigint as failed,
        coalesce(sum(calls) filter (where code <> 0 and server), 0) as failed_server,
        coalesce(sum(behind_200) filter (where code <> 0), 0)::bigint as hidden,
        string_agg(name || ' ' || calls, ', ' order by calls desc, name)
            filter (where code <> 0) as statuses
    from named
    group by authority, path
    having count(code) > 0
)

select
    authority,
    path,
    calls,
    failed,
    case when some_succeeded then failed / told end as failure_rate,
    case when some_succeeded then failed_server / told end as server_rate,
    hidden,
    (calls - told)::bigint as no_status,
    statuses
from summed
order by failed desc, calls desc, authority, path
limit $limit
