"""Invent access-log rows as a busy gateway would write them; a seed fixes every value.

Cardinalities are those of one day at one gateway: 50,000 paths, 2,000 user agents, 100,000 clients,
a request id for each row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np
import polars as pl

PATHS, AGENTS, CLIENTS, AUTHORITIES, CLUSTERS, HOSTS = 50_000, 2_000, 100_000, 40, 60, 400

START: Final = datetime(2026, 11, 24, tzinfo=UTC)
ROWS_PER_SECOND: Final = 1_500
_NOUNS: Final = (
    "api", "users", "orders", "items", "cart", "search", "static", "images", "v1", "v2", "login",
    "media", "feed",
)  # fmt: skip
_BROWSERS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/{a}.0.{b}.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS {a}_{c} like Mac OS X) AppleWebKit/605.1.15 Mobile/{b}",
    "okhttp/{c}.{a}.{b}",
    "ShopApp/{a}.{c} (Android {c}; build {b})",
)
# code, flags, details, whether an upstream answered; and how often.
_OUTCOMES: Final = (
    (200, "-", "via_upstream", True, 0.900),
    (404, "-", "via_upstream", True, 0.040),
    (304, "-", "via_upstream", True, 0.030),
    (503, "UF", "upstream_reset_before_response_started{connection_failure}", False, 0.008),
    (503, "UH", "no_healthy_upstream", False, 0.004),
    (504, "UT", "response_timeout", False, 0.005),
    (404, "NR", "route_not_found", False, 0.008),
    (0, "DC", "downstream_remote_disconnect", False, 0.005),
)


def rows(count: int, *, first: int = 0, seed: int = 1) -> pl.DataFrame:
    """Invent rows.

    Parameters
    ----------
    count : int
        How many.
    first : int
        How many came before them: times go on, and values are drawn anew.
    seed : int
        The same seed, `first` and `count` give the same rows.

    Returns
    -------
    polars.DataFrame
        The columns of Istio's format, typed as envoylog types them; missing is null.
    """
    draw = np.random.default_rng([seed, first])
    outcome = draw.choice(len(_OUTCOMES), count, p=[row[-1] for row in _OUTCOMES])
    code, flags, details, answered = (
        pl.Series([row[place] for row in _OUTCOMES]).gather(outcome) for place in range(4)
    )
    upstream = _few(draw, count, CLUSTERS)
    host = _few(draw, count, HOSTS)
    client = _few(draw, count, CLIENTS)
    ust = draw.lognormal(3.2, 1.0, count).astype(np.int64)
    reached = answered | flags.is_in(["UF", "UT", "DC"])
    hosts = [f"10.{n % 7}.{n % 251}.{n % 97 + 2}:8080" for n in range(HOSTS)]
    failure = "delayed_connect_error:_111"
    frame = pl.DataFrame(
        {
            "start_time": _times(draw, count, first),
            "method": pl.Series(["GET", "POST", "PUT", "DELETE"]).gather(
                draw.choice(4, count, p=[0.8, 0.15, 0.03, 0.02])
            ),
            "path": pl.Series(_paths()).gather(_few(draw, count, PATHS)),
            "protocol": pl.Series(["HTTP/1.1", "HTTP/2"]).gather(draw.integers(0, 2, count)),
            "response_code": code.cast(pl.Int16),
            "response_flags": flags,
            "response_code_details": details,
            "bytes_received": draw.choice([0, 0, 0, 512, 4096], count).astype(np.int64),
            "bytes_sent": draw.lognormal(7.5, 1.6, count).astype(np.int64),
            "duration": ust + draw.integers(0, 9, count),
            "upstream_service_time": ust,
            "x_forwarded_for": _chains(draw, client),
            "user_agent": pl.Series(_agents()).gather(_few(draw, count, AGENTS)),
            "request_id": _uuids(draw, count),
            "authority": pl.Series([f"shop{n}.example.com" for n in range(AUTHORITIES)]).gather(
                _few(draw, count, AUTHORITIES)
            ),
            "upstream_host": pl.Series(hosts).gather(host),
            "upstream_cluster": pl.Series(
                [
                    f"outbound|8080|v{n % 2 + 1}|svc{n}.prod.svc.cluster.local"
                    for n in range(CLUSTERS)
                ]
            ).gather(upstream),
            "client_port": draw.integers(1024, 65535, count),
            "requested_server_name": pl.Series(["shop.example.com"]).gather([0] * count),
        }
    )
    nothing = pl.lit(None, pl.String)
    port = pl.col("client_port").cast(pl.String)
    return frame.with_columns(
        pl.when(pl.col("response_flags") != "-").then("response_flags").alias("response_flags"),
        pl.when(answered).then("upstream_service_time").alias("upstream_service_time"),
        *(
            pl.when(reached).then(name).alias(name)
            for name in ("upstream_host", "upstream_cluster")
        ),
        connection_termination_details=nothing,
        upstream_transport_failure_reason=pl.when(pl.col("response_flags") == "UF").then(
            pl.lit(failure)
        ),
        upstream_local_address=pl.when(reached).then(pl.lit("10.4.0.9:") + port),
        downstream_local_address=pl.lit("10.4.0.9:8443"),
        downstream_remote_address=pl.Series(_addresses()).gather(client) + ":" + port,
        route_name=pl.when(pl.col("response_flags") != "NR").then(pl.lit("default")),
    ).drop("client_port")


def _few(draw: np.random.Generator, count: int, distinct: int) -> np.ndarray:
    """Draw from a few values, some of them much more often than others."""
    return (distinct * draw.random(count) ** 2.5).astype(np.int64)


def _times(draw: np.random.Generator, count: int, first: int) -> pl.Series:
    """Draw times as logged: by the end of the request, so starts are a little out of order."""
    micros = (first + np.arange(count)) * (1_000_000 // ROWS_PER_SECOND)
    micros = micros - draw.integers(0, 200_000, count)
    base = int(START.timestamp()) * 1_000_000 + 1_000_000
    return pl.Series((base + micros) // 1000 * 1000).cast(pl.Datetime("us", "UTC"))


def _paths() -> list[str]:
    draw = np.random.default_rng(7)
    ids = draw.integers(1, 10**7, PATHS)
    return [
        f"/{_NOUNS[n % 13]}/{_NOUNS[n // 13 % 13]}/{number}" + ("?page=2&sort=new" * (n % 3 == 0))
        for n, number in enumerate(ids.tolist())
    ]


def _agents() -> list[str]:
    return [_BROWSERS[n % 4].format(a=60 + n % 80, b=1000 + n, c=n % 17) for n in range(AGENTS)]


def _addresses() -> list[str]:
    return [f"203.{n // 62_500}.{n // 250 % 250}.{n % 250 + 1}" for n in range(CLIENTS)]


def _chains(draw: np.random.Generator, client: np.ndarray) -> pl.Series:
    """X-Forwarded-For: the client, sometimes a proxy of its own, and the load balancer."""
    address = pl.Series(_addresses()).gather(client)
    proxied = draw.random(len(client)) < 0.3  # noqa: PLR2004 - a share
    middle = pl.Series(["", ",198.51.100.7"]).gather(proxied.astype(np.int64))
    return address + middle + ",10.0.0.5"


def _uuids(draw: np.random.Generator, count: int) -> pl.Series:
    digits = draw.bytes(16 * count).hex()
    texts = (digits[at : at + 32] for at in range(0, 32 * count, 32))
    return pl.Series(f"{t[:8]}-{t[8:12]}-{t[12:16]}-{t[16:20]}-{t[20:]}" for t in texts)
