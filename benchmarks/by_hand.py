"""The queries that questions are held to: what a person writes who has DuckDB and knows the log.

Such a person takes addresses and clusters apart with `split_part`, knows some names of probes, and
takes numbers for ids. Questions without a query here are held to their own SQL over a plain view of
such columns, as nobody would write another: that tells what the view `access`, its companions and
the census cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# A person who wants templates takes the numbers out, of each path once.
_ROUTED: Final = """
    with routes as (
        select path, regexp_replace(split_part(path, '?', 1), '[0-9]+', '{id}', 'g') as route
        from (select distinct path from log)
    ),
    routed as (select log.*, route from log join routes using (path))
"""
_LATENCY: Final = "quantile_disc(duration, [0.5, 0.9, 0.95, 0.99, 0.999]) as p, max(duration)"
_CLIENT: Final = "split_part(downstream_remote_address, ':', 1)"

_MINUTES: Final = "time_bucket(interval 5 minutes, start_time)"
_CLASSES: Final = ", ".join(
    f"count(*) filter (response_code // 100 = {number})" for number in range(6)
)
# Of a chain and its client, of which there are fewer than lines.
_CHAINS: Final = f"""
    x_forwarded_for, {_CLIENT} as client, count(*) as n, min(start_time) as first,
    max(start_time) as last
"""
_SUSPECT: Final = """
    case
        when not regexp_full_match(x_forwarded_for, '[0-9a-fA-F:., ]+') then 'impossible'
        when regexp_matches(
            x_forwarded_for, '(^|,) *(10|127|192[.]168|172[.](1[6-9]|2[0-9]|3[01]))[.][^,]*,'
        ) then 'private'
        when trim(split_part(x_forwarded_for, ',', -1)) <> client then 'not the peer'
    end
"""

#: What questions leave out, in the words of somebody in a hurry.
WITHOUT: Final = {
    "probe": """coalesce(
        regexp_matches(user_agent, '^(kube-probe|ELB-HealthChecker|GoogleHC|Prometheus|Blackbox)'),
        true
    ) or path in ('/healthz', '/livez', '/readyz', '/health', '/ready', '/ping')""",
    "stream": "response_code = 101 or method = 'CONNECT' or duration >= 60000",
    "mirror": "authority like '%-shadow' or authority like '%-shadow:%'",
}

#: What somebody takes for a line of a sidecar.
SIDECAR: Final = "coalesce(starts_with(upstream_cluster, 'inbound|'), false)"

#: The same numbers by hand, over the view `log` of the file.
BY_HAND: Final[Mapping[str, str]] = {
    "errors-by-authority": """
        select authority, count(*), count(*) filter (response_code between 400 and 499),
            count(*) filter (response_code >= 500), count(*) filter (response_code = 0)
        from log group by 1 order by 4 desc limit 20""",
    "error-rate": """
        select time_bucket(interval 5 minutes, start_time), count(*),
            count(*) filter (response_code between 400 and 499),
            count(*) filter (response_code >= 500), count(*) filter (response_code = 0)
        from log group by 1 order by 1""",
    "traffic": f"""
        select count(*), count(distinct hash({_CLIENT}, user_agent)),
            count(*) filter (response_code >= 500), sum(bytes_received), sum(bytes_sent)
        from log""",
    "peaks": """
        with seconds as (
            select epoch_us(start_time) // 1000000 as second, authority, count(*) as n
            from log group by all
        )
        select second, sum(n), arg_max(authority, n)
        from seconds group by 1 order by 2 desc limit 10""",
    "authorities": """
        select authority, count(*), sum(duration), sum(bytes_sent)
        from log group by 1 order by 2 desc limit 20""",
    "latency-by-authority": f"""
        select authority, count(*), {_LATENCY} from log group by 1 order by 2 desc limit 20""",
    "latency": f"""
        select authority, time_bucket(interval 5 minutes, start_time), count(*), {_LATENCY}
        from log group by all""",
    "slow": """
        with cut as (select quantile_disc(duration, 0.99) as p99 from log)
        select duration >= p99, upstream_service_time is null, upstream_host is null, count(*),
            sum(duration), sum(upstream_service_time)
        from log, cut group by 1, 2, 3""",
    "slow-requests": f"""
        select start_time, duration, upstream_service_time, response_code, response_flags,
            {_CLIENT}, authority, method, path, request_id
        from log order by duration desc limit 20""",
    "top-routes": _ROUTED
    + """
        select method, authority, route, count(*), sum(duration), sum(bytes_sent)
        from routed group by 1, 2, 3 order by 4 desc limit 20""",
    "profile": _ROUTED
    + """
        select method, authority, route, count(*), count(*) filter (response_code // 100 = 2),
            count(*) filter (response_code // 100 = 4), count(*) filter (response_code // 100 = 5),
            min(duration), avg(duration), quantile_disc(duration, [0.5, 0.9, 0.99]), max(duration),
            sum(duration)
        from routed group by 1, 2, 3 order by sum(duration) desc limit 20""",
    "load-balance": """
        select upstream_cluster, upstream_host, time_bucket(interval 5 minutes, start_time),
            count(*)
        from log group by all""",
    "concurrency": """
        with steps as (
            select epoch_ms(start_time) as at_ms, 1 as step from log
            union all select epoch_ms(start_time) + duration, -1 from log
        ),
        changes as (
            select at_ms, sum(step) as change, count(*) filter (step = 1) as n from steps group by 1
        ),
        levels as (
            select at_ms, n, sum(change) over (order by at_ms) as level,
                lead(at_ms) over (order by at_ms) - at_ms as lasted
            from changes
        )
        select at_ms // 300000, sum(n), max(level), sum(level * lasted) / sum(lasted)
        from levels group by 1 order by 1""",
    "latency-by-upstream-cluster": """
        select upstream_cluster, count(*), quantile_disc(duration, [0.5, 0.9, 0.99]), max(duration),
            quantile_disc(upstream_service_time, [0.5, 0.9, 0.99]), max(upstream_service_time)
        from log group by 1 limit 20""",
    "clients": _ROUTED
    + f"""
        select {_CLIENT}, count(*), count(*) filter (response_code >= 500), sum(duration),
            sum(bytes_received), sum(bytes_sent), count(distinct route)
        from routed group by 1 order by 2 desc limit 20""",
    "protocols": """
        select protocol, count(*), count(distinct authority), sum(bytes_received), sum(bytes_sent)
        from log group by 1 order by 2 desc""",
    "services": """
        select split_part(upstream_cluster, '|', 4), count(distinct upstream_cluster), count(*),
            sum(duration), sum(bytes_sent)
        from log group by 1 order by 3 desc limit 20""",
    # The cause is in the details and the failure; what broke off after its headers is upstream's.
    "unavailable": """
        select response_code_details = 'via_upstream' or upstream_service_time is not null,
            response_flags, response_code_details, upstream_transport_failure_reason, count(*),
            count(distinct upstream_cluster), mode(upstream_cluster), min(start_time),
            max(start_time)
        from log where response_code = 503 group by 1, 2, 3, 4 order by 5 desc""",
    "broken-urls": _ROUTED
    + """
        , kinds as (
            select response_code, authority, route, response_flags, count(*) as n,
                min(start_time), max(start_time)
            from routed group by 1, 2, 3, 4
        )
        select *, n / sum(n) over (), n / sum(n) over (partition by authority, route)
        from kinds qualify response_code >= 400 order by n desc limit 20""",
    "slow-routes": _ROUTED
    + """
        select method, authority, route, count(*), quantile_disc(duration, [0.5, 0.95, 0.99]),
            max(duration)
        from routed group by 1, 2, 3 having count(*) >= 100 order by 5 desc limit 20""",
    "slow-callers": _ROUTED
    + f"""
        select {_CLIENT}, count(*), count(*) filter (duration >= 1000), sum(duration),
            max(duration), arg_max(route, duration)
        from routed group by 1 having count(*) filter (duration >= 1000) > 0
        order by 3 desc limit 20""",
    "client-addresses": f"""
        with chains as (select {_CHAINS} from log group by 1, 2)
        select 'peer', {_SUSPECT}, sum(n), count(distinct client), min(first), max(last),
            left(min(x_forwarded_for), 80)
        from chains group by 1, 2 order by 3 desc""",
    "forged-xff": f"""
        with chains as (
            select {_CHAINS}, count(*) filter (response_code between 200 and 399) as let_in
            from log group by 1, 2
        ),
        clients as (
            select client, {_SUSPECT} as suspect, sum(n) as n,
                sum(sum(n)) over (partition by client) as all_n, count(distinct x_forwarded_for),
                sum(let_in), min(first), max(last), left(min(x_forwarded_for), 80)
            from chains group by 1, 2
        )
        select *, n / all_n from clients where suspect is not null order by n desc limit 20""",
    "status-over-time": f"""
        select {_MINUTES}, count(*), {_CLASSES} from log group by 1 order by 1""",
    "latency-over-time": f"""
        select {_MINUTES}, count(*), quantile_disc(duration, [0.5, 0.9, 0.99]), max(duration)
        from log group by 1 order by 1""",
    "latency-heatmap": f"""
        with counted as (select {_MINUTES} as time, duration, count(*) as n from log group by 1, 2)
        select time, floor(3 * log10(greatest(duration, 1))), sum(n)
        from counted group by 1, 2 order by 1, 2""",
    "flags": f"""
        select response_flags, response_code_details, count(*), count(*) / sum(count(*)) over (),
            {_CLASSES}
        from log group by 1, 2 qualify response_flags is not null order by 3 desc limit 20""",
    # The hours and what is usual in them; to tell chance from change is more than a query does.
    # Paths are looked at once, and rows are not kept: that is the faster by a third.
    "anomalies": _ROUTED.replace("routes as", "routes as materialized").replace(
        "routed as", "routed as not materialized"
    )
    + " union all ".join(
        f"""
        select '{part}', {part} as name, time_bucket(interval 1 hour, start_time) as hour,
            count(*), count(*) filter (response_code >= 500), count(*) filter (duration > p95)
        from {rows} join (
            select {part} as part, quantile_disc(duration, 0.95) as p95 from {rows} group by 1
        ) on part = {part}
        group by 1, 2, 3"""
        for part, rows in (
            ("1", "log"),
            ("authority", "log"),
            ("route", "routed"),
            ("upstream_cluster", "log"),
        )
    ),
    "filled": """
        select count(*), count(columns(*)), approx_count_distinct(columns(*)),
            min(columns(*))::varchar, max(columns(*))::varchar
        from log""",
}

#: Distinct values that are looked at once: key -> a select, and the columns that it gives.
GROUPS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "user_agent": (
        """
        select
            user_agent,
            case
                when regexp_matches(user_agent, '(?i)gptbot|claudebot|ccbot') then 'llm_crawler'
                when regexp_matches(user_agent, '(?i)bot|crawler|spider') then 'crawler'
                when regexp_matches(user_agent, '(?i)sqlmap|nikto|nuclei|zgrab') then 'scanner'
                when starts_with(user_agent, 'Mozilla/') then 'browser'
                when regexp_matches(user_agent, '^(curl|okhttp|python|Go-http)') then 'library'
                when user_agent is null then 'none'
                else 'app'
            end as agent_class,
            split_part(user_agent, '/', 1) as agent_name,
            regexp_extract(user_agent, '/([0-9.]+)', 1) as agent_version,
            regexp_extract(user_agent, 'Windows|iPhone OS|Android|Mac OS X|Linux') as os_name,
            if(regexp_matches(user_agent, 'Mobile|Android|iPhone'), 'mobile', 'desktop') as device
        from (select distinct user_agent from file)""",
        frozenset({"agent_class", "agent_name", "agent_version", "os_name", "device"}),
    ),
    "path": (
        r"""
        select
            path,
            regexp_replace(split_part(path, '?', 1), '[0-9]+', '{id}', 'g') as route,
            split_part(path, '?', 1) as bare_path,
            regexp_matches(path, '\.(js|css|png|jpg|svg|ico|woff2)$') as is_static,
            case
                when regexp_matches(path, '(?i)\.env|\.git/|wp-login|/etc/passwd') then 'secrets'
                when regexp_matches(path, '(?i)union.+select|%27|<script') then 'injection'
            end as probing
        from (select distinct path from file)""",
        frozenset({"route", "bare_path", "is_static", "probing"}),
    ),
}

#: What the view `access` derives, by hand.
PLAIN: Final[Mapping[str, str]] = {
    "end_time": "start_time + to_milliseconds(duration)",
    "error": "response_code >= 500",
    "flags": "coalesce(string_split(response_flags, ','), [])",
    "client_gone": "contains(response_flags, 'DC')",
    "answered_by": "if(response_code_details = 'via_upstream', 'upstream', 'envoy')",
    "client_ip": _CLIENT,
    "client_ip_source": "'peer'",
    "xff_suspect": """case
        when regexp_matches(x_forwarded_for, '(^|,) *(10|127|192[.]168)[.][^,]*,') then 'private'
    end""",
    "is_probe": WITHOUT["probe"],
    "is_stream": WITHOUT["stream"],
    "is_mirror": WITHOUT["mirror"],
    "verdict": "coalesce(response_flags, response_code_details)",
    "side": "if(response_code >= 400 or response_code = 0, 'somebody', null)",
    "verdict_meaning": "response_code_details",
    "verdict_next": "response_flags",
    "vantage": "'gateway'",
    "record": "'end'",
    "cluster_service": "split_part(upstream_cluster, '|', 4)",
}
