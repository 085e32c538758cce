"""Each question: a small answer computed by hand, and the samples against pandas."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import envoylog
from tests.questions.made import made

START = datetime(2026, 11, 24, 12, tzinfo=UTC)

# minute, authority, code, cluster, duration, upstream time, client, bytes in, bytes out
ROWS = [
    (0, "a.example", 200, "c1", 10, 8, "192.0.2.1:1", 1, 10),
    (1, "a.example", 200, "c1", 20, 18, "192.0.2.1:2", 2, 20),
    (2, "a.example", 503, "c1", 30, None, "192.0.2.2:1", 3, 30),
    (3, "a.example", 404, None, 1, None, "192.0.2.2:2", 4, 40),
    (4, "b.example", 0, "c2", 500, None, "192.0.2.1:3", 5, 50),
    (5, "b.example", 500, "c2", 40, 39, "[2001:db8::1]:1", 6, 60),
]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> envoylog.AccessLog:
    path = tmp_path_factory.mktemp("small") / "small.parquet"
    names = [
        "start_time",
        "authority",
        "response_code",
        "upstream_cluster",
        "duration",
        "upstream_service_time",
        "downstream_remote_address",
        "bytes_received",
        "bytes_sent",
    ]
    rows = [(START + timedelta(minutes=minute), *rest) for minute, *rest in ROWS]
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(path)
    return envoylog.open(path)


def test_errors_by_authority(log: envoylog.AccessLog) -> None:
    answer = log.ask("errors-by-authority")
    assert answer.pl().rows() == [
        ("a.example", 4, 1, 1, 0, 0.25),
        ("b.example", 2, 0, 1, 1, 0.5),
    ]
    assert answer.headline == (
        "Which authority fails? 6 requests, 2026-11-24 12:00:00 to 2026-11-24 12:05:00 UTC"
    )


def test_latency_by_upstream_cluster(log: envoylog.AccessLog, tmp_path: Path) -> None:
    # Of so few no percentile can be told.
    nothing = (None, None, None)
    assert log.ask("latency-by-upstream-cluster").pl().rows() == [
        ("c1", 3, *nothing, 30, 2, *nothing, 18),
        ("c2", 2, *nothing, 500, 1, *nothing, 39),
    ]
    # 29 are enough for p90, and 5 for p50.
    rows = [
        {"duration": ms, "upstream_service_time": 2 * ms if ms <= 5 else None}
        for ms in range(1, 30)
    ]
    many = made(tmp_path, rows, upstream_cluster="c")
    assert many.ask("latency-by-upstream-cluster").pl().rows() == [
        ("c", 29, 15, 27, None, 29, 5, 6, None, None, 10)
    ]


@pytest.mark.parametrize(
    ("since", "until", "requests"),
    [
        (None, None, 6),
        ("2m", None, 3),
        ("0s", None, 1),
        ("2026-11-24T12:04:00Z", None, 2),
        ("2026-11-24T13:04:00+01:00", None, 2),
        ("2026-11-24 12:04", None, 2),
        (None, "2026-11-24T12:04:00Z", 4),
        ("3m", "1m", 2),
        (START + timedelta(minutes=5), None, 1),
        ("2030-01-01", None, 0),
    ],
)
def test_window(
    log: envoylog.AccessLog, since: str | datetime | None, until: str | None, requests: int
) -> None:
    answer = log.ask("errors-by-authority", since=since, until=until)
    assert answer.basis is not None
    assert answer.basis.requests == requests
    assert sum(answer.pl()["requests"]) == requests


def test_limit(log: envoylog.AccessLog) -> None:
    assert len(log.ask("clients", limit=1).pl()) == 1
    assert len(log.ask("clients", limit=0).pl()) == 3


@pytest.mark.parametrize("since", ["yesterday", "5x", "1h; drop table", "2026-13-01"])
def test_no_window(log: envoylog.AccessLog, since: str) -> None:
    with pytest.raises(envoylog.QueryError, match="is not a time: write 90m"):
        log.ask("clients", since=since)


def test_unknown_question(log: envoylog.AccessLog) -> None:
    with pytest.raises(
        envoylog.UnknownNameError, match="no question 'client': did you mean 'clients'"
    ):
        log.ask("client")


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("errors-by-authority", "%REQ(:AUTHORITY)%"),
        ("latency-by-upstream-cluster", "%UPSTREAM_CLUSTER_RAW%, %DURATION%"),
        ("clients", "%DOWNSTREAM_REMOTE_ADDRESS%"),
    ],
)
def test_a_log_without_the_columns_says_which_operators_to_add(
    tmp_path: Path, question: str, missing: str
) -> None:
    path = tmp_path / "poor.parquet"
    pl.DataFrame({"response_code": [200]}).write_parquet(path)
    with pytest.raises(envoylog.QueryError) as raised:
        envoylog.open(path).ask(question)
    assert f"this log's format lacks {missing};" in str(raised.value)


def test_answers_over_the_samples_agree_with_pandas(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    rows = pd.read_parquet(istio_parquet)

    errors = log.ask("errors-by-authority", limit=0).df().set_index("authority")
    groups = rows.groupby("authority", dropna=False)["response_code"]
    for authority, codes in groups:
        key = None if pd.isna(authority) else authority
        row = errors[errors.index.isna()].iloc[0] if key is None else errors.loc[key]
        assert row["requests"] == len(codes)
        assert row["5xx"] == (codes >= 500).sum()
        assert row["4xx"] == codes.between(400, 499).sum()
        assert row["code_0"] == (codes == 0).sum()

    latency = log.ask("latency-by-upstream-cluster", limit=0).df().set_index("upstream_cluster")
    for cluster, durations in rows.groupby("upstream_cluster")["duration"]:
        for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
            if share ** len(durations) > 0.05:
                assert pd.isna(latency.loc[cluster, name])
                continue
            # The smallest value that so large a share does not exceed.
            expected = sorted(durations)[math.ceil(len(durations) * share) - 1]
            assert latency.loc[cluster, name] == expected, (cluster, name)
        assert latency.loc[cluster, "max"] == durations.max()
