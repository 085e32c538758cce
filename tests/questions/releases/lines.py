"""Access logs in Parquet with a known truth: requests as rows of a small table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from envoylog.questions.access_log import AccessLog

START = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
SHOP = "shop.default.svc.cluster.local"


def cluster(version: str, service: str = SHOP) -> str:
    return f"outbound|80|{version}|{service}"


def log_of(path: Path, frame: pl.DataFrame) -> AccessLog:
    """Write a table as a log; columns that it lacks get one value."""
    defaults = {
        "response_code": pl.lit(200),
        "response_flags": pl.lit(None, pl.String),
        "duration": pl.lit(20),
        "method": pl.lit("GET"),
        "path": pl.lit("/"),
        "protocol": pl.lit("HTTP/1.1"),
        "authority": pl.lit("shop.example.com"),
        "user_agent": pl.lit("app/1"),
        "downstream_remote_address": pl.lit("198.51.100.7:4711"),
        "upstream_host": pl.lit("10.0.0.1:80"),
    }
    missing = [value.alias(name) for name, value in defaults.items() if name not in frame.columns]
    typed = frame.with_columns(missing).with_columns(
        pl.col("response_code").cast(pl.Int16), pl.col("duration").cast(pl.Int64)
    )
    file = path / "log.parquet"
    typed.write_parquet(file)
    return AccessLog(file)


def canary_traffic(
    requests: int = 6000,
    share: float = 0.2,
    errors: tuple[float, float] = (0.01, 0.01),
    slower: float = 1.0,
    seed: int = 1,
) -> pl.DataFrame:
    """Two versions of one service for an hour: drawn request by request, errors and all."""
    random = np.random.default_rng(seed)
    new = random.random(requests) < share
    failed = random.random(requests) < np.where(new, errors[1], errors[0])
    duration = np.rint(np.exp(random.normal(3.5, 0.5, requests)) * np.where(new, slower, 1))
    seconds = np.sort(random.random(requests)) * 3600
    return pl.DataFrame(
        {
            "start_time": [START + timedelta(seconds=second) for second in seconds],
            "upstream_cluster": np.where(new, cluster("v2"), cluster("v1")),
            "response_code": np.where(failed, 503, 200),
            "duration": duration,
            "path": random.choice(np.array(["/a", "/b", "/c"]), requests),
            "downstream_remote_address": [
                f"198.51.100.{number}:4711" for number in random.integers(0, 50, requests)
            ],
        }
    )
