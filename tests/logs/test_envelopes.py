"""What is put into an envelope comes out of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from envoylog.logs.envelopes.detect import candidates, detect_envelope
from envoylog.logs.envelopes.envelope import Envelope, unwrap
from envoylog.logs.envelopes.paths import path_facts
from envoylog.logs.envelopes.table import ENVELOPES
from envoylog.parser.detect import _named_parsers
from envoylog.parser.parser import AccessLogParser
from envoylog.pipeline.reading import recognised
from envoylog.spec.formats import NAMED_FORMATS

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "envelopes.jsonl"
TIME = "2026-11-24T00:33:15.832123456Z"
LINE = '[2026-11-24T00:33:15.832Z] "GET / HTTP/1.1" 200 - 0 5 1 1 "-" "-" "-" "a" "-"'


def recognise(lines: pl.Series) -> int:
    return max(recognised(parser, lines) for parser in _named_parsers().values())


def facts(envelope: str, line: str) -> dict[str, object]:
    found = unwrap(ENVELOPES[envelope], pl.Series([line])).facts.row(0, named=True)
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
def test_the_corpus() -> None:
    records = map(json.loads, CORPUS.read_text().splitlines())
    for record in (record for record in records if record["payload"] is not None):
        lines = pl.Series([record["raw"]])
        envelope = detect_envelope(lines, recognise)
        assert envelope is not None, record["id"]
        assert unwrap(envelope, lines).lines.to_list() == [record["payload"]], record["id"]


@pytest.mark.parametrize("row", ENVELOPES.values(), ids=lambda row: row.name)
def test_examples(row: Envelope) -> None:
    if row.name == "documents":
        return  # taken apart before; see test_documents.py
    assert row in candidates(pl.Series([row.example]))
    (line,) = unwrap(row, pl.Series([row.example])).lines
    assert line == '[2026-11-24T00:33:15.832Z] "GET /'


@pytest.mark.parametrize(
    ("envelope", "line", "expected"),
    [
        ("CRI", f"{TIME} stderr F x", {"stream": "stderr"}),
        ("CRI", "2026-11-24T01:33:15.832123+01:00 stdout F:tag x", {"stream": "stdout"}),
        ("kubectl --prefix", "[pod/web-5d9/envoy] x", {"pod": "web-5d9", "container": "envoy"}),
        (
            "Google Cloud",
            json.dumps(
                {
                    "textPayload": "x",
                    "timestamp": TIME,
                    "logName": "projects/p/logs/stderr",
                    "resource": {
                        "labels": {
                            "pod_name": "w",
                            "container_name": "c",
                            "namespace_name": "ns",
                            "node_name": "n",
                        }
                    },
                }
            ),
            {"stream": "stderr", "pod": "w", "container": "c", "namespace": "ns", "node": "n"},
        ),
        (
            "Fluent Bit",
            json.dumps(
                {
                    "date": 1795480395.832123,
                    "log": "x",
                    "kubernetes": {
                        "pod_name": "w",
                        "namespace_name": "ns",
                        "host": "n",
                        "container_name": "c",
                        "labels": {"a": "b"},
                    },
                }
            ),
            {"pod": "w", "container": "c", "namespace": "ns", "node": "n"},
        ),
        ("CloudWatch", '{"logStreamName":"s","timestamp":1795480395832,"message":"x"}', {}),
        ("journald", '{"__REALTIME_TIMESTAMP":"1795480395832123","MESSAGE":"x"}', {}),
    ],
)
def test_facts(envelope: str, line: str, expected: dict[str, str]) -> None:
    found = facts(envelope, line)
    time = found.pop("envelope_time", None)
    assert found == expected
    if time is not None:
        micros = 832000 if envelope == "CloudWatch" else 832123
        assert time == datetime(2026, 11, 24, 0, 33, 15, micros, tzinfo=UTC)


@pytest.mark.parametrize(
    ("envelope", "line", "payload"),
    [
        ("CRI", f"{TIME} stdout F ", ""),
        ("CRI", f"{TIME} stdout F", ""),
        ("CRI", f"{TIME} stdout F  two  blanks ", " two  blanks "),
        ("CRI", f"{TIME} stdin F x", None),
        ("CRI", f"{TIME} stdout X x", None),
        ("CRI", f"{TIME} stdout Fx x", None),
        ("CRI", "2026-13-24T00:33:15Z stdout F x", None),
        (
            "docker",
            '{"log":"a\\u003cb\\u0000é🦊\\ud83e\\udd8a\\n","stream":"s","time":"t"}',
            "a<b\0é🦊🦊",
        ),
        ("docker", '{"log":"a\\r\\n","stream":"s","time":"t"}', "a"),
        ("docker", '{"log":"\\n","stream":"s","time":"t"}', ""),
        ("docker", '{"log":5,"stream":"s"}', None),
        ("docker", '{"log":"a', None),
        ("docker", "[1]", None),
        ("journald", '{"PRIORITY":"6","MESSAGE":[99,97,102,233]}', r"caf\xe9"),
        ("Fluent Bit", '{"log":"a","stream":{"b":1}}', "a"),
        ("OpenTelemetry text", "Body: Str(a) b)", "a) b"),
        ("OpenTelemetry text", "Body: a", "a"),
        ("OpenTelemetry text", "Severity: a", None),
        ("Google Cloud", '{"insertId":"x","jsonPayload":{"b":"é","a":[1]}}', '{"b":"é","a":[1]}'),
        ("logcli", '2026-11-24T00:33:15Z {a="}\\"{", b="c"} {x} y', "{x} y"),
    ],
)
def test_payloads(envelope: str, line: str, payload: str | None) -> None:
    found = unwrap(ENVELOPES[envelope], pl.Series([line, LINE]))
    # What is in no such envelope stands as it is.
    assert found.lines.to_list() == [line if payload is None else payload, LINE]
    assert found.fits.to_list() == [payload is not None, False]


@pytest.mark.parametrize("row", [row for row in ENVELOPES.values() if row.begins])
def test_no_line_begins_otherwise(row: Envelope) -> None:
    assert row.example[0] in row.begins
    # Blanks before a time are passed over, and nobody writes them.
    others = {char for char in map(chr, range(0x180)) if not char.isspace()} - {*row.begins}
    lines = [char + rest for char in others for rest in (row.example, row.example[1:])]
    assert row.decode(pl.Series(lines))["payload"].null_count() == len(lines)


def test_chunks_are_joined_by_writer() -> None:
    lines = [
        f"{TIME} stdout P a",
        f"{TIME} stderr F x",
        "raw",
        f"{TIME} stdout P b",
        f"{TIME} stderr P y",
        f"{TIME} stdout F c",
        f"{TIME} stderr F z",
        f"{TIME} stderr P open",
        f"{TIME} stdout F d",
    ]
    found = unwrap(ENVELOPES["CRI"], pl.Series(lines))
    assert found.lines.to_list() == ["abc", "x", "raw", "yz", "open", "d"]
    assert found.places.to_list() == [0, 1, 2, 4, 7, 8]
    assert found.unfinished == 2


def test_several_lines_in_one_envelope() -> None:
    line = json.dumps({"log": "one\ntwo\n", "stream": "stdout", "time": TIME})
    found = unwrap(ENVELOPES["docker"], pl.Series([line, line]))
    assert found.lines.to_list() == ["one", "two"] * 2
    assert found.places.to_list() == [0, 0, 1, 1]


@pytest.mark.parametrize("name", NAMED_FORMATS)
def test_raw_logs_stand_in_no_envelope(name: str) -> None:
    parser = AccessLogParser.from_format(NAMED_FORMATS[name].document)
    log = {True: "istio-json.log", False: "istio.log"}[parser.text_reader is None]
    lines = Path("sample_logs", log).read_text(encoding="utf-8", errors="replace").splitlines()
    assert detect_envelope(pl.Series(lines[:200]), recognise) is None


def test_a_format_that_looks_like_an_envelope() -> None:
    lines = pl.Series(["2026-11-24T00:33:15.832Z 200 7", "2026-11-24T00:33:16.832Z 503 9"])
    parser = AccessLogParser.from_format("%START_TIME% %RESPONSE_CODE% %DURATION%")
    assert detect_envelope(lines, lambda some: recognised(parser, some)) is None
    bare = AccessLogParser.from_format("%RESPONSE_CODE% %DURATION%")
    found = detect_envelope(lines, lambda some: recognised(bare, some))
    assert found == ENVELOPES["kubectl --timestamps"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "/var/log/pods/ns_web-5d9_3bbc0252-2d5c-49fe-bd89-104e9b61770b/envoy/0.log.20261124.gz",
            ("ns", "web-5d9", "envoy"),
        ),
        (
            f"logs.tar!var/log/containers/web-5d9_ns_envoy-{'0a' * 32}.log",
            ("ns", "web-5d9", "envoy"),
        ),
        ("/var/log/pods/web.log", None),
    ],
)
def test_paths(name: str, expected: tuple[str, str, str] | None) -> None:
    found = path_facts(name)
    assert found == (
        dict(zip(("namespace", "pod", "container"), expected, strict=True)) if expected else {}
    )
