import polars as pl
import pytest
import regex

from envoylog.spec.application_log import APPLICATION_LOGS, ApplicationLog

ACCESS_LINES = [
    '[2026-11-24T00:33:15.832Z] "GET /ok HTTP/1.1" 200 - 0 5 1 - "-" "-" "-" "-" "-"',
    '{"level":"warn","method":"GET","start_time":"2026-11-24T00:33:15.832Z"}',
    '{"start_time":"2026-11-24T00:33:15.832Z"}',
    "2026-11-24T00:33:15.832Z GET /ok",
    "-",
]
MESSAGES = [
    ("envoy application log", "[2026-11-24 06:03:15.611][29453][critical][backtrace] [x.cc:1] Oh"),
    ("envoy application log", "[2026-11-24 06:03:15][1][debug][admin] x"),
    ("istio agent log", "2021-01-28T13:22:51.873834Z\twarning\tenvoy runtime\tx"),
    ("istio agent log", "2021-01-28T13:22:51.873834Z\tinfo\tenvoy main a.cc:881\tm\tthread=15"),
    ("istio agent log", "2021-01-28T13:22:51.873+01:00\tinfo\tx"),
    ("istio agent log", "2021-01-28T13:22:51.873834Z\tinfo\txdsproxy\tconnected"),
    ("blank line", " \t "),
    (
        "json application log",
        '{"level":"info","time":"2022-11-23T05:15:36Z","scope":"ads","msg":"x"}',
    ),
    ("envoy application log in json", '{"ThreadId":"7","Level":"warn","Message":"a"}'),
]


def kinds(line: str) -> list[str]:
    """List the rows that match, in order, as Python's and Rust's engines see it."""
    found = [row.kind for row in APPLICATION_LOGS if regex.search(row.pattern, line)]
    texts = pl.Series([line])
    assert found == [row.kind for row in APPLICATION_LOGS if texts.str.contains(row.pattern).item()]
    return found


def test_kinds_are_unique() -> None:
    assert len({row.kind for row in APPLICATION_LOGS}) == len(APPLICATION_LOGS)


@pytest.mark.parametrize("row", APPLICATION_LOGS, ids=lambda row: row.kind)
def test_examples_match_their_row_first(row: ApplicationLog) -> None:
    assert row.pattern.startswith("^")
    assert kinds(row.example)[0] == row.kind


@pytest.mark.parametrize(("kind", "line"), MESSAGES)
def test_messages(kind: str, line: str) -> None:
    assert kinds(line) == [kind]


@pytest.mark.parametrize(
    "message",
    [
        "access\tconnection complete\tsrc.addr=10.0.0.1:1",
        "xds::client:xds{id=1}\tStream established",
        "ztunnel::state\tx",
    ],
)
def test_ztunnel(message: str) -> None:
    assert kinds(f"2024-05-01T10:00:00.123456Z\tinfo\t{message}")[0] == "ztunnel log"


@pytest.mark.parametrize("line", ACCESS_LINES)
def test_access_lines_are_no_messages(line: str) -> None:
    assert kinds(line) == []
