from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl

from tests.questions.releases.lines import START, log_of

# Attempts and code of each request to one cluster, one a second.
REQUESTS = [(1, 200), (3, 200), (3, 503), (2, 200), (1, 503), (0, 429)]


def log_frame() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "start_time": START + timedelta(seconds=number),
                "request_id": str(number),
                "upstream_cluster": "shop",
                "response_code": code,
                "response_flags": "URX" if (attempts, code) == (3, 503) else None,
                "upstream_request_attempt_count": attempts,
            }
            for number, (attempts, code) in enumerate(REQUESTS)
        ]
    )


def test_attempts_by_hand(tmp_path: Path) -> None:
    (row,) = log_of(tmp_path, log_frame()).ask("retries").pl().iter_rows(named=True)
    # The rate limit answered the last one: it reached no upstream.
    assert (row["requests"], row["attempts"], row["amplification"]) == (5, 10, 2)
    assert (row["retried"], row["saved"], row["lost"], row["out_of_retries"]) == (3, 2, 1, 1)
    assert row["known_from"] == "attempt count"


def test_hosts_that_were_tried(tmp_path: Path) -> None:
    frame = (
        log_frame()
        .with_columns(upstream_hosts_attempted=pl.lit("10.0.0.1:80,10.0.0.2:80"))
        .drop("upstream_request_attempt_count")
    )
    (row,) = log_of(tmp_path, frame).ask("retries").pl().iter_rows(named=True)
    assert (row["requests"], row["attempts"], row["known_from"]) == (6, 12, "hosts attempted")


def test_lines_of_attempts_count_for_their_request_and_not_for_themselves(tmp_path: Path) -> None:
    frame = (
        log_frame()
        .drop("upstream_request_attempt_count")
        .with_columns(access_log_type=pl.lit("DownstreamEnd"))
    )
    tries = frame.filter(pl.col("request_id").is_in(["1", "1", "2"])).with_columns(
        access_log_type=pl.lit("UpstreamEnd")
    )
    log = log_of(tmp_path, pl.concat([frame, tries, tries]))
    (row,) = log.ask("retries").pl().iter_rows(named=True)
    # Two attempts each of two requests, one of the four others.
    assert (row["requests"], row["attempts"], row["retried"]) == (6, 8, 2)
    assert row["known_from"] == "flag URX, upstream log"


def test_a_storm(tmp_path: Path) -> None:
    calm = [(START + timedelta(seconds=n), 1, 200) for n in range(20)]
    storm = [(START + timedelta(seconds=60 + n), 3, 503 if n % 4 else 200) for n in range(20)]
    frame = pl.DataFrame(
        {
            "start_time": [time for time, _, _ in calm + storm],
            "upstream_cluster": "shop",
            "response_code": [code for _, _, code in calm + storm],
            "upstream_request_attempt_count": [tries for _, tries, _ in calm + storm],
        }
    )
    log = log_of(tmp_path, frame)
    (row,) = log.ask("retry-storms", bucket="1m").pl().iter_rows(named=True)
    assert (row["time"], row["requests"], row["attempts"]) == (
        START.replace(tzinfo=row["time"].tzinfo) + timedelta(minutes=1),
        20,
        60,
    )
    assert (row["errors_share"], row["saved_share"]) == (0.75, 0.25)
    assert log.ask("retry-storms", bucket="1m", parameters={"least": 30}).pl().is_empty()
