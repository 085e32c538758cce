"""The census: how many lines there are of each kind, at each place where lines are written."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

#: Dimension -> what the view says of it, and what most lines are.
DIMENSIONS: Final = {
    "vantage": ("vantage", "'gateway'"),
    "record": ("record", "'end'"),
    "probe": ("is_probe is true", "false"),
    "stream": ("is_stream", "false"),
    "mirror": ("is_mirror", "false"),
}

#: Dimension -> a relation, and signs in it: where no row has one, every line is as most are. They
#: are of columns of the log as they are: Parquet's statistics refute most without a look at a row.
SIGNS: Final = {
    "vantage": (
        "records",
        (
            "starts_with(upstream_cluster, 'inbound')",
            "starts_with(upstream_cluster, 'InboundPassthroughCluster')",
            "starts_with(upstream_cluster, 'PassthroughCluster')",
            "starts_with(upstream_cluster, 'BlackHoleCluster')",
            "suffix(downstream_local_address, ':15006')",
            "suffix(downstream_local_address, ':15001')",
            "starts_with(requested_server_name, 'outbound_.')",
            "left(downstream_remote_address, 4) = left(upstream_local_address, 4)",
        ),
    ),
    "record": (
        "records",
        ("access_log_type not in ('DownstreamEnd', 'TcpConnectionEnd', 'NotSet')",),
    ),
    "probe": ("companion_probes", ("is_probe",)),
    "stream": (
        "records",
        (
            "response_code = 101",
            "method = 'CONNECT'",
            "starts_with(access_log_type, 'Tcp')",
            "is_no_request(protocol, method, path, authority) and response_code = 0",
            "duration >= 60000",
            "upstream_service_time >= 19995 and response_code in (204, 304)",
        ),
    ),
    "mirror": ("records", ("contains(authority, '-shadow')",)),
}


def sign_sql(dimension: str, window: Collection[str]) -> str:
    """Write the look for a line that may not be as most are.

    Parameters
    ----------
    dimension : str
        What may be different.
    window : collection of str
        The conditions on `start_time` in force.

    Returns
    -------
    str
        SQL that gives a row if there may be such lines, and none if there are none.
    """
    source, signs = SIGNS[dimension]
    within = window if source == "records" else ()
    looks = (
        f"select 1 from {source} where {' and '.join([*within, sign])}"  # noqa: S608 - our own words
        for sign in signs
    )
    return f"select 1 from ({' union all '.join(looks)}) limit 1"  # noqa: S608 - our own words


def census_sql(conditions: Collection[str], open_dimensions: Collection[str]) -> str:
    """Write the one pass that tells the window, the count, and what may have to be left out.

    Parameters
    ----------
    conditions : collection of str
        The filters in force.
    open_dimensions : collection of str
        In what lines may differ; in all else they are as most are.

    Returns
    -------
    str
        One row for each vantage, record, and kind of request. Of all lines together the ends are
        known: they are `$first` and `$last`.
    """
    columns = [
        f"{sql if name in open_dimensions else usual} as {name}"
        for name, (sql, usual) in DIMENSIONS.items()
    ]
    times = "min(start_time) as since, max(start_time) as until"
    if not conditions and not open_dimensions:
        times = "$first::timestamptz as since, $last::timestamptz as until"
    where = f" where {' and '.join(conditions)}" if conditions else ""
    groups = " group by all" if open_dimensions else ""
    return (
        f"select {', '.join(columns)}, count(*) as requests, {times} "  # noqa: S608 - values are bound
        f"from access{where}{groups}"
    )
