"""The story of a request across gateway, sidecars and attempts, from lines made by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.cli import cli

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = [
    "request_id",
    "start_time",
    "response_code",
    "response_flags",
    "response_code_details",
    "duration",
    "upstream_service_time",
    "upstream_cluster",
    "upstream_host",
    "access_log_type",
    "upstream_request_attempt_count",
    "authority",
]
ROWS = [
    # Written at the end, so the gateway's line comes last; one attempt failed, one succeeded.
    ("aaaa-1", 4, 200, None, "via_upstream", 30, 28, "inbound|80||", "10.0.0.5:80",
     "DownstreamEnd", 1, "shop"),
    ("aaaa-1", 1, 503, "UF", None, None, None, "outbound|80||shop.ns.svc", "10.0.0.4:80",
     "UpstreamEnd", 1, "shop"),
    ("aaaa-1", 0, 200, None, "via_upstream", 40, 32, "outbound|80||shop.ns.svc", "10.0.0.5:80",
     "DownstreamEnd", 2, "shop"),
    ("aaaa-1", 5, 200, None, "via_upstream", 3, 1, "inbound|80||", "10.0.0.6:80",
     "DownstreamEnd", 1, "shop-shadow"),
    # The client sent the same id twice.
    ("bbbb-2", 9, 404, "NR", "route_not_found", 0, None, None, None, "DownstreamEnd", 0, "shop"),
    ("bbbb-2", 7, 200, None, "via_upstream", 5, 4, "outbound|80||shop.ns.svc", "10.0.0.5:80",
     "DownstreamEnd", 1, "shop"),
    # A WebSocket that is still open.
    ("bbbb-3", 8, 101, None, "via_upstream", None, None, "outbound|80||shop.ns.svc", "10.0.0.5:80",
     "DownstreamPeriodic", 1, "\x1b[31m"),
]  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [(id_, START + timedelta(milliseconds=at), *rest) for id_, at, *rest in ROWS]
    path = tmp_path_factory.mktemp("story") / "rows.parquet"
    pl.DataFrame(rows, schema=NAMES, orient="row").write_parquet(path)
    return path


@pytest.fixture(scope="module")
def log(path: Path) -> envoylog.AccessLog:
    return envoylog.open(path)


def test_lines_stand_in_order_of_time(log: envoylog.AccessLog) -> None:
    story = log.why("aaaa-1")
    told = story.pl().select("vantage", "record", "is_mirror", "verdict").rows()
    assert told == [
        ("gateway", "end", False, "answered"),
        ("gateway", "attempt", False, "connection-failed"),
        ("inbound", "end", False, "answered"),
        ("inbound", "end", True, "answered"),
    ]
    assert story.headline == "aaaa-1: The request was answered."
    assert story.notes == ("a mirrored copy of it has the same id", "it was tried 2 times")
    text = str(story)
    assert "2026-11-24 12:00:00.000 UTC  gateway\n" in text
    assert "+1 ms  gateway, one attempt\n" in text
    assert "+5 ms  sidecar, inbound, mirrored copy\n" in text
    assert "40 ms: 32 ms until the upstream answered, 8 ms around that" in text
    assert "connection-failed (network): Envoy could not connect to the upstream." in text


def test_the_beginning_is_enough_if_no_other_begins_so(log: envoylog.AccessLog) -> None:
    story = log.why(" aaaa ")
    assert story.request_id == "aaaa-1"
    assert story.notes[0] == "the only request id that begins so"


def test_an_id_that_stands_on_two_requests(log: envoylog.AccessLog) -> None:
    story = log.why("bbbb-2")
    assert story.pl()["response_code"].to_list() == [200, 404]
    assert story.notes[0].startswith("2 lines of gateways have this id: it was sent again")


def test_a_request_that_is_still_under_way(log: envoylog.AccessLog) -> None:
    story = log.why("bbbb-3")
    assert "still under way" in str(story)
    assert story.notes == (
        "its last line is not here: it was still under way, or the logger has a filter",
    )


@pytest.mark.parametrize(
    ("id_", "words"),
    [
        ("bbbb", "no request 'bbbb', and several begin so: bbbb-2, bbbb-3"),
        ("aaab-1", "no request 'aaab-1' in the data: did you mean aaaa-1?"),
        ("'; drop table x", 'no request "\'; drop table x" in the data: no id resembles it'),
        ("  ", "say which request"),
    ],
)
def test_ids_that_are_not_there(log: envoylog.AccessLog, id_: str, words: str) -> None:
    with pytest.raises(envoylog.QueryError) as raised:
        log.why(id_)
    assert words in str(raised.value)


def test_a_log_without_ids_says_so(tmp_path: Path) -> None:
    pl.DataFrame({"response_code": [200]}).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(envoylog.QueryError, match=r"lacks %REQ\(X-REQUEST-ID\)%"):
        envoylog.open(tmp_path / "x.parquet").why("a")


def test_forms(log: envoylog.AccessLog) -> None:
    story = log.why("bbbb-2")
    value = json.loads(story.to_json())
    assert value["request_id"] == "bbbb-2"
    assert [line["verdict"] for line in value["lines"]] == ["answered", "no-route"]
    assert "<pre>bbbb-2" in story._repr_html_()


def test_the_command(path: Path) -> None:
    from click.testing import CliRunner

    done = CliRunner().invoke(cli, ["why", "bbbb-3", str(path)])
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.output
    assert "\\x1b[31m" in done.output
    done = CliRunner().invoke(cli, ["why", "aaaa-1", str(path), "--json"])
    assert json.loads(done.output)["notes"] == [
        "a mirrored copy of it has the same id",
        "it was tried 2 times",
    ]


def test_the_story_of_a_sample(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    sql = "select request_id from access where response_flags = 'UT' order by 1 limit 1"
    story = log.why(log.sql(sql).pl().item())
    assert story.headline.endswith(
        "The upstream did not answer within the timeout of the route. (application)"
    )
