-- title = "Where does the time go: client, Envoy or upstream?"
-- group = "latency"
-- needs = ["duration", "upstream_service_time|request_duration|response_duration|response_tx_duration"]
-- without = ["probe", "stream", "mirror"]
-- limit = 20
-- example = "--slower-than 100"
-- reading = """
-- Each part of the durations, over all requests and over the slow ones alone: the slowest hundredth,
-- or those of --slower-than ms and more. What the format cannot tell apart stands in one row
-- that names its parts. Client upload is until Envoy had the whole request (REQUEST_DURATION). Upstream
-- is from there to the first byte of the response, all attempts included
-- (x-envoy-upstream-service-time; without it, from the last byte sent upstream, REQUEST_TX_DURATION,
-- to RESPONSE_DURATION). Client download is from that first byte to the last byte sent
-- (RESPONSE_TX_DURATION); an upstream that sends its body slowly is in it. Envoy is what lies
-- between: filters, such as external authorization, and, without the header, waiting for a
-- connection. Requests without an answer from an upstream are counted apart, whole.
-- """
-- [chart]
-- kind = "bar"
-- x = "part"
-- y = "share"
-- note = "{time}"
-- says = "Largest part of the time: {part}, {share}"
-- [units]
-- time = "ms"
-- mean = "ms"
-- share = "ratio"
-- slow_time = "ms"
-- slow_mean = "ms"
-- slow_share = "ratio"
-- [parameters.slower_than]
-- type = "integer"
-- default = 0
-- help = "What counts as slow, in ms; 0 for the slowest hundredth."
with marked as (
    select
        duration as whole,
        upstream_service_time as ust,
        request_duration as received,
        request_tx_duration as sent_on,
        coalesce(response_duration, duration - response_tx_duration) as answered,
        client_gone,
        upstream_host
    from requests
    where duration is not null
),
facts as (
    select
        coalesce(nullif($slower_than, 0), quantile_disc(whole, 0.99)) as slow_from,
        count(ust) + count(answered) > 0 as tells_answers
    from marked
),
-- When each part ended, in ms from the start. least() would take NULL for nothing, hence the cases.
cut as (
    select
        whole,
        ust,
        case when received is not null then greatest(least(received, answered - ust, answered), 0)
            end as upload_end,
        case when ust is null then case when sent_on is not null then least(sent_on, answered) end
            when answered is not null then greatest(answered - ust, 0) end as envoy_end,
        answered as upstream_end,
        whole >= slow_from as slow,
        case
            when not tells_answers or ust is not null or answered is not null then null
            when client_gone then 'no answer: the client left first'
            when upstream_host is not null then 'no answer from the upstream'
            else 'no upstream asked: Envoy answered itself'
        end as fate
    from marked, facts
),
split as (
    select
        slow,
        fate,
        whole,
        upload_end as upload,
        case when upload_end <= envoy_end then envoy_end - upload_end
            when upload_end > envoy_end then 0 end as envoy,
        coalesce(ust, upstream_end - envoy_end) as upstream,
        whole - upstream_end as download
    from cut
),
summed as (
    select
        slow,
        fate,
        upload is null as no_upload,
        envoy is null as no_envoy,
        upstream is null as no_upstream,
        download is null as no_download,
        count(*) as n,
        coalesce(sum(upload), 0) as upload,
        coalesce(sum(envoy), 0) as envoy,
        coalesce(sum(upstream), 0) as upstream,
        coalesce(sum(download), 0) as download,
        sum(whole) as whole
    from split
    group by all
),
parts as (
    select slow, n, unnest([
        {rank: 1, part: 'client upload', time: case when not no_upload then upload end},
        {rank: 2, part: 'Envoy', time: case when not no_envoy then envoy end},
        {rank: 3, part: 'upstream', time: case when not no_upstream then upstream end},
        {rank: 4, part: 'client download', time: case when not no_download then download end},
        {
            rank: case when fate is null then 5 else 6 end,
            part: coalesce(fate, concat_ws(
                ' + ',
                case when no_upload then 'client upload' end,
                case when no_envoy then 'Envoy' end,
                case when no_upstream then 'upstream' end,
                case when no_download then 'client download' end
            )),
            time: case
                when no_upload or no_envoy or no_upstream or no_download
                    then whole - upload - envoy - upstream - download
            end
        }
    ], recursive := true)
    from summed
)
select
    part,
    sum(n)::bigint as requests,
    sum(time)::bigint as time,
    sum(time) / sum(sum(time)) over () as share,
    round(sum(time) / sum(n), 1) as mean,
    coalesce(sum(n) filter (slow), 0)::bigint as slow_requests,
    coalesce(sum(time) filter (slow), 0)::bigint as slow_time,
    sum(time) filter (slow) / sum(sum(time) filter (slow)) over () as slow_share,
    round(sum(time) filter (slow) / sum(n) filter (slow), 1) as slow_mean
from parts
where time is not null
group by rank, part
order by rank, part
limit $limit
