"""Every field that a client can know, as it stands in the logs of the real Envoy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from sample_logs.traffic import Sent
from tests.envoy.conftest import APPLICATION_LOG, FORMATS, Run

pytestmark = pytest.mark.envoy

Row = dict[str, Any]
MILLISECOND = timedelta(milliseconds=1)
#: How fine each format writes the time; a coarser one cuts, it does not round.
RESOLUTION = {"logfmt.log": MILLISECOND / 1000, "unquoted.log": timedelta(seconds=1)}
FORGED = 'x" "fake-id" "evil.example" "1.2.3.4:80'


def _user_agent(sent: Sent) -> str | None:
    if isinstance(sent.user_agent, bytes):
        # Not UTF-8: shown alike for TEXT, where the bytes stand, and JSON, where escapes do.
        return sent.user_agent.decode("utf-8", "backslashreplace")
    # A client that sends `-` cannot be told from one that sends nothing.
    return None if sent.user_agent == "-" else sent.user_agent


def _x_forwarded_for(sent: Sent, logged: str) -> str:
    host = sent.client_address.rpartition(":")[0]
    # For a client at ::1 Envoy appends an address of its own host, which only Envoy knows.
    appended = logged.rpartition(",")[2] if host == "[::1]" else host
    return f"{sent.x_forwarded_for},{appended}" if sent.x_forwarded_for else appended


def _remote_address(sent: Sent) -> str:
    """One proxy is trusted: the last address it forwards is the client, its port unknown."""
    last = (sent.x_forwarded_for or "").rpartition(",")[2].strip()
    try:
        address = ip_address(last)
    except ValueError:
        return sent.client_address
    return f"[{address}]:0" if address.version == 6 else f"{address}:0"


def _expected(sent: Sent, row: Row) -> Row:
    """Say what stands in the columns whose value the client knows exactly."""
    flags = None if sent.expected_flags == "-" else {*sent.expected_flags.split(",")}
    columns: Row = {
        "method": sent.method,
        "path": sent.path,
        "protocol": sent.protocol,
        "authority": sent.authority,
        "user_agent": _user_agent(sent),
        "x_forwarded_for": _x_forwarded_for(sent, str(row.get("x_forwarded_for"))),
        "response_code": sent.status,
        "response_flags": flags,
        "upstream_cluster": sent.expected_cluster,
        "requested_server_name": None,
        "downstream_remote_address": _remote_address(sent),
        "downstream_remote_address_without_port": _remote_address(sent)
        .rpartition(":")[0]
        .strip("[]"),
        "extra": row.get("extra"),
    }
    if sent.kind not in {"rate-limited", "disconnect"}:
        columns["bytes_received"] = sent.request_body_bytes
    if not sent.kind.startswith("disconnect"):
        columns["bytes_sent"] = sent.response_body_bytes
    return {column: value for column, value in columns.items() if column in row}


def _differences(name: str, sent: Sent, row: Row) -> Iterator[tuple[str, object, object]]:
    logged = dict(row)
    if row["response_flags"] is not None:
        logged["response_flags"] = {*row["response_flags"].split(",")}
    for column, value in _expected(sent, row).items():
        if logged[column] != value:
            yield column, logged[column], value
    longest = (sent.finished - sent.started) / MILLISECOND + 1
    bounds: dict[str, tuple[float, float]] = {
        "bytes_received": (0, sent.request_body_bytes),
        "bytes_sent": (sent.response_body_bytes, 200_000),
        # Envoy learns a little later that its client is gone.
        "duration": (
            140 if sent.expected_flags == "UT" else 0,
            longest + (1000 if sent.kind.startswith("disconnect") else 0),
        ),
    }
    for column, (least, most) in bounds.items():
        if not least <= row[column] <= most:
            yield column, row[column], (least, most)
    earliest = sent.started - RESOLUTION.get(name, MILLISECOND)
    # A busy Envoy may look at a request when its client has left already.
    latest = sent.finished + timedelta(seconds=sent.kind.startswith("disconnect"))
    if not earliest <= row["start_time"] <= latest:
        yield "start_time", row["start_time"], (earliest, latest)


@pytest.mark.parametrize("name", FORMATS)
def test_every_request_has_its_row(run: Run, name: str) -> None:
    assert run.rejects[name].is_empty()
    assert run.skipped[name].is_empty() == (name != APPLICATION_LOG)
    assert {*run.skipped[name]["reason"]} <= {"envoy application log"}
    logged = Counter(run.rows[name]["request_id"])
    assert logged == Counter(sent.request_id for sent in run.sent)


@pytest.mark.parametrize("name", FORMATS)
def test_every_field_is_what_the_client_knows(run: Run, name: str) -> None:
    by_id = {sent.request_id: sent for sent in run.sent}
    wrong = [
        (row["request_id"], row.get("ambiguous", False), *difference)
        for row in run.rows[name].to_dicts()
        if row["request_id"] is not None
        for difference in _differences(name, by_id[row["request_id"]], row)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", FORMATS)
def test_refused_requests_have_no_headers(run: Run, name: str) -> None:
    refused = [row for row in run.rows[name].to_dicts() if row["request_id"] is None]
    assert len(refused) == sum(sent.kind == "malformed" for sent in run.sent) > 0
    for row in refused:
        assert row["response_code"] == 400
        assert row["response_flags"] == "DPE"
        for column in ("method", "path", "authority", "user_agent", "x_forwarded_for"):
            assert row.get(column) is None


@pytest.mark.parametrize("name", FORMATS)
def test_only_forged_lines_are_ambiguous(run: Run, name: str) -> None:
    if "ambiguous" not in run.rows[name].columns:
        return
    forgers = {sent.request_id for sent in run.sent if sent.user_agent == FORGED}
    flagged = {*run.rows[name].filter("ambiguous")["request_id"]}
    # Where nothing but its quotes is forged, the line has one reading.
    assert flagged == (forgers if '" "' in str(FORMATS[name]) else set())


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "istio-json.log"])
def test_formats_agree_on_every_column(run: Run, name: str) -> None:
    # `-` and null of JSON are both null here, as TEXT has only `-`; empty texts stay apart.
    reference = {row["request_id"]: row for row in run.rows["istio-json.log"].to_dicts()}
    for row in run.rows[name].to_dicts():
        if row["request_id"] is None:
            continue
        other = reference[row["request_id"]]
        for column in (row.keys() & other.keys()) - {"extra"}:
            if column == "start_time":
                step = max(RESOLUTION.get(name, MILLISECOND), MILLISECOND)
                assert _cut(row[column], step) == _cut(other[column], step)
            else:
                assert row[column] == other[column], (column, row["request_id"])


def _cut(moment: datetime, step: timedelta) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // step


@pytest.mark.parametrize("name", ["istio-json.log", "gateway-json.log", "nested-json.log"])
def test_nothing_is_left_over(run: Run, name: str) -> None:
    # The nested format has a member that is no command: the format accounts for it.
    assert {*run.rows[name]["extra"]} == {None}


def test_the_traffic_is_hostile_enough(run: Run) -> None:
    agents = {sent.user_agent for sent in run.sent}
    assert agents >= {None, "", "-", FORGED, 'Acme "Deluxe" Browser/2.0', "tab\there/1.0"}
    assert b"latin-1 caf\xe9/\xff\xfe" in agents
    assert "latin-1 caf\\xe9/\\xff\\xfe" in {*run.rows["envoy.log"]["user_agent"]}
    assert {sent.kind for sent in run.sent} >= {"disconnect", "malformed", "timeout", "retried"}
