"""The scope of a question: filters, what is left out, and how an answer says so."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.questions.scope import choose_bucket
from tests.questions.made import made

START = datetime(2026, 11, 24, 12, tzinfo=UTC)

# authority, code, cluster, local address, access log type, duration, upstream time, bytes sent
ROWS = [
    ("a.example", 200, "outbound|80||a.shop.svc", "10.0.0.9:8080", "DownstreamEnd", 10, 8, 10),
    ("a.example", 200, "outbound|80||a.shop.svc", "10.0.0.9:8080", "DownstreamEnd", 10, 8, 10),
    ("b.example", 503, "outbound|80|v1|b.shop.svc", "10.0.0.9:8080", "DownstreamEnd", 10, 8, 10),
    # A tunnel, a mirrored request, and one that trickled for two minutes.
    (
        "b.example",
        101,
        "outbound|80|v1|b.shop.svc",
        "10.0.0.9:8080",
        "DownstreamEnd",
        90_000,
        8,
        10,
    ),
    ("a-shadow", 500, "outbound|80||a.shop.svc", "10.0.0.9:8080", "DownstreamEnd", 10, 8, 10),
    ("b.example", 200, "outbound|80|v2|b.shop.svc", "10.0.0.9:8080", None, 120_000, 8, 900),
    # The same requests again: at the sidecar, as attempts, and while they were under way.
    ("a.example", 200, "inbound|80||", "10.0.0.7:80", "DownstreamEnd", 10, 8, 10),
    ("a.example", 503, "outbound|80||a.shop.svc", "10.0.0.9:8080", "UpstreamEnd", 10, 8, 10),
    ("b.example", 101, "outbound|80||a.shop.svc", "10.0.0.9:8080", "DownstreamPeriodic", 1, 1, 1),
]
NAMES = [
    "authority",
    "response_code",
    "upstream_cluster",
    "downstream_local_address",
    "access_log_type",
    "duration",
    "upstream_service_time",
    "bytes_sent",
]
COUNT = """\
-- title = "How many?"
-- group = "overview"
-- needs = []
-- without = ["stream", "mirror", "probe"]
-- reading = "A count."
-- [parameters.least]
-- type = "integer"
-- default = 0
-- help = "The least code."
with counted as (select count(*) as n from requests where response_code >= $least)
select n, (select count(*) from everything) as all_of_them, $bucket as step from counted
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> envoylog.AccessLog:
    folder = tmp_path_factory.mktemp("scope")
    (folder / "own").mkdir()
    (folder / "own" / "count.sql").write_text(COUNT)
    rows = [(START + timedelta(minutes=n), *row) for n, row in enumerate(ROWS)]
    frame = pl.DataFrame(rows, schema=["start_time", *NAMES], orient="row")
    frame.write_parquet(folder / "rows.parquet")
    return envoylog.open(folder / "rows.parquet", questions=folder / "own")


@pytest.mark.parametrize(
    ("options", "requests", "everything", "left_out"),
    [
        ({}, 3, 6, {"attempt": 1, "progress": 1, "inbound": 1, "stream": 2, "mirror": 1}),
        ({"include": ["stream"]}, 5, 6, {"attempt": 1, "progress": 1, "inbound": 1, "mirror": 1}),
        ({"include": ["stream", "mirror", "probe"], "vantage": "all"}, 7, 7,
         {"attempt": 1, "progress": 1}),
        ({"vantage": "inbound"}, 1, 1, {"attempt": 1, "progress": 1, "gateway": 6}),
        ({"vantage": "outbound"}, 0, 0, {"attempt": 1, "progress": 1, "gateway": 6, "inbound": 1}),
        ({"authority": "a.example"}, 2, 2, {"attempt": 1, "inbound": 1}),
        ({"authority": ["a.example", "b.*"]}, 3, 5,
         {"attempt": 1, "progress": 1, "inbound": 1, "stream": 2}),
        ({"authority": "[ab].example*"}, 0, 0, {}),
        ({"cluster": "b.shop.svc"}, 1, 3, {"stream": 2}),
        ({"cluster": "outbound|80|v1|*"}, 1, 2, {"stream": 1}),
        ({"where": "response_code >= 500"}, 1, 2, {"attempt": 1, "mirror": 1}),
        ({"where": "response_code = 503) or (response_code = 200", "until": "2026-11-24T12:02"}, 2,
         2, {}),
        ({"since": "2026-11-24T12:01", "until": "2026-11-24T12:04"}, 2, 3, {"stream": 1}),
        ({"parameters": {"least": "503"}}, 1, 6,
         {"attempt": 1, "progress": 1, "inbound": 1, "stream": 2, "mirror": 1}),
        ({"since": "2030-01-01"}, 0, 0, {}),
    ],
)  # fmt: skip
def test_what_counts(
    log: envoylog.AccessLog,
    options: dict[str, object],
    requests: int,
    everything: int,
    left_out: dict[str, int],
) -> None:
    answer = log.ask("count", **options)  # type: ignore[arg-type]
    assert answer.pl().row(0)[:2] == (requests, everything)
    assert answer.basis is not None
    assert answer.basis.left_out == left_out
    if "parameters" not in options:
        assert answer.basis.requests == requests


def test_an_answer_says_what_it_stands_on(log: envoylog.AccessLog) -> None:
    answer = log.ask("count", where="error", authority=["b.*"], timezone="Europe/Zurich")
    assert answer.headline == (
        "How many? 1 request, 2026-11-24 13:02:00 to 2026-11-24 13:02:00 Europe/Zurich"
    )
    assert answer.notes == ("filters: authority b.*; where error",)
    vantage, left_out = log.ask("count").notes
    assert vantage == "only lines of gateways, so that no request counts twice (--vantage)"
    assert left_out == (
        "left out: 1 attempt (upstream log), 1 record of what is still under way, "
        "1 line of sidecars (inbound), 2 streams, 1 mirrored request (--include)"
    )


def test_nothing_is_said_to_be_nothing(log: envoylog.AccessLog) -> None:
    notes = log.ask("count", until="2026-11-24T13:00+01:00").notes
    assert notes[-1] == (
        "no request matches; the data has requests from 2026-11-24 12:00:00 UTC "
        "to 2026-11-24 12:08:00 UTC"
    )
    assert log.ask("count", authority="a-shadow").notes[-1] == (
        "nothing is left: all that the filters found was left out"
    )


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"where": "(select true)"}, envoylog.QueryError, "holds a query of its own"),
        ({"where": "autority = 'x'"}, envoylog.UnknownNameError, "did you mean 'authority'"),
        ({"include": ["probes"]}, envoylog.UnknownNameError, "did you mean 'probe'"),
        ({"vantage": "sidecar"}, envoylog.UnknownNameError, "no vantage 'sidecar'"),
        ({"timezone": "Zurich"}, envoylog.QueryError, "no time zone 'Zurich'"),
        ({"timezone": "../../etc/passwd"}, envoylog.QueryError, "no time zone"),
        ({"bucket": "5 minutes"}, envoylog.QueryError, "is not a length of time"),
        ({"parameters": {"last": 1}}, envoylog.UnknownNameError, "did you mean 'least'"),
        ({"parameters": {"least": "a"}}, envoylog.QueryError, "least='a': the value must be"),
        ({"parameters": {"least": "1; drop"}}, envoylog.QueryError, "of type integer"),
    ],
)
def test_refusals(
    log: envoylog.AccessLog, options: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as raised:
        log.ask("count", **options)  # type: ignore[arg-type]
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("length", "step"),
    [
        (timedelta(), timedelta(seconds=1)),
        (timedelta(minutes=1), timedelta(seconds=1)),
        (timedelta(minutes=61), timedelta(minutes=5)),
        (timedelta(days=1), timedelta(minutes=30)),
        (timedelta(days=30), timedelta(hours=12)),
        (timedelta(days=365), timedelta(days=7)),
    ],
)
def test_steps_of_a_time_line(length: timedelta, step: timedelta) -> None:
    assert choose_bucket(START, START + length) == step
    assert choose_bucket(None, None) == timedelta(seconds=1)


def test_shares_are_refused_where_all_failed(tmp_path: Path) -> None:
    frame = pl.DataFrame({"authority": ["a", "b"], "response_code": [503, 404]})
    frame.write_parquet(tmp_path / "failures.parquet")
    (tmp_path / "share.sql").write_text(COUNT.replace("-- needs", "-- rates = true\n-- needs"))
    log = envoylog.open(tmp_path / "failures.parquet", questions=tmp_path)
    with pytest.raises(envoylog.QueryError, match=r"share cannot be answered: it speaks of shares"):
        log.ask("share")


def test_what_is_missing_is_told_from_where_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package is installed, a pod is told by what wraps the lines: no format can add them."""
    monkeypatch.setitem(sys.modules, "ua_parser", None)
    log = made(tmp_path, [{"at": 0}], user_agent="curl/8.5.0", response_code=200)
    with pytest.raises(envoylog.QueryError) as agents:
        log.ask("agents")
    assert str(agents.value) == (
        "agents cannot be answered: it needs the packages that know browsers and systems: "
        "pip install 'envoylog[agents]'"
    )
    with pytest.raises(envoylog.QueryError) as pods:
        log.ask("pods")
    assert str(pods.value) == (
        "pods cannot be answered: it needs pod "
        "(told by what wraps the lines: CRI, kubectl --prefix, stern)"
    )
