"""Lines that other projects published, with the values that they expect."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from envoylog.format.document import Encoding
from envoylog.format.plan import Field
from envoylog.parser.parser import AccessLogParser

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")

#: The columns behind the names of other parsers.
COLUMNS = {
    "@timestamp": "start_time",
    "downstream_local": "downstream_local_address",
    "downstream_remote": "downstream_remote_address",
    "envoyproxy.log.authority": "authority",
    "envoyproxy.log.request_id": "request_id",
    "http.request.method": "method",
    "http.response.status_code": "response_code",
    "http_user_agent": "user_agent",
    "mixer_status": "dynamic_metadata_istio_mixer_status",
    "request": "path",
    "status": "response_code",
    "status_code": "response_code",
    "target_fqdn": "authority",
    "time": "start_time",
    "timestamp": "start_time",
    "upstream_local": "upstream_local_address",
    "upstream_service": "upstream_host",
    "uri_path": "path",
    "url": "path",
    "url.path": "path",
    "user_agent.original": "user_agent",
    "useragent": "user_agent",
    "verb": "method",
    "x_envoy_upstream_service_time": "upstream_service_time",
}
#: Not the text of the line: a fixture that keeps the quotes.
OTHERWISE = {("l0274", "upstream_host")}


def _records(name: str) -> list[dict[str, Any]]:
    path = CORPUS / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


FORMATS = {record["id"]: record for record in _records("formats")}
LINES = [
    pytest.param(record, id=record["id"])
    for record in _records("lines")
    if record["expected_kind"] in {"unit_test", "fixture", "fixture_subset"}
    # A format without a command is none here.
    and record["format_id"] in FORMATS.keys() - {"u_percent"}
]


@pytest.mark.parametrize("record", LINES)
def test_expected_values(record: dict[str, Any]) -> None:
    source = FORMATS[record["format_id"]]
    parser = AccessLogParser.from_format(
        source["format"],
        Encoding.TEXT if source["kind"] == "text" else None,
        omit_empty_values="omit_empty_values" in (record["notes"] or ""),
    )
    parsed = parser.parse_lines([record["line"].removesuffix("\n")])
    (row,) = parsed.rows.to_dicts()
    assert not row.get("ambiguous")
    unit_test = record["expected_kind"] == "unit_test"
    columns = _columns(parser) if unit_test else {name: name for name in row} | COLUMNS
    known = {name: value for name, value in record["expected"].items() if name in columns}
    assert known or unit_test
    for name, value in known.items():
        if columns[name] in row and (record["id"], name) not in OTHERWISE:
            assert _text(row[columns[name]], name) == _text(value, name), name


def _columns(parser: AccessLogParser) -> dict[str, str]:
    """Name the columns as Envoy's unit tests do: by operator, by JSON path, or by both."""
    columns: dict[str, str] = {}
    for field in parser.plan.fields:
        for name in _names(field):
            columns.setdefault(name, field.column)
    return columns


def _names(field: Field) -> list[str]:
    operator, path = field.command.text.strip("%"), ".".join(map(str, field.path))
    return [operator, path, f"{path}.{operator}"]


def _text(value: object, name: str) -> str | None:
    if isinstance(value, datetime):
        if name == "START_TIME(%s)":
            return str(int(value.timestamp()))
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return None if value in (None, "-") else str(value)
