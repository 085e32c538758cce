"""Verdicts on lines that other projects published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envoylog.pipeline.compile import compile_format
from envoylog.spec.flags import FLAGS
from envoylog.spec.formats import NAMED_FORMATS
from envoylog.spec.verdicts import verdict

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")

# Reasons that say more than their flag.
_CLOSER: dict[str, set[str | None]] = {
    "UF": {"platform", "network", "configuration"},
    "URX": {"platform", "network", "configuration", "application"},
    "UT": {"application"},
    "DI": {"test", "application", None},
    "UAEX": {"policy", "platform"},
}


def _records(name: str) -> list[dict[str, Any]]:
    path = CORPUS / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _rows() -> list[dict[str, Any]]:
    formats = {record["id"]: record["format"] for record in _records("formats")}
    formats |= {f"m_{name.replace('-', '_')}": row.document for name, row in NAMED_FORMATS.items()}
    formats |= {"m_envoy_default": NAMED_FORMATS["envoy"].document}
    found = []
    for record in _records("lines"):
        document = formats.get(record["format_id"])
        if document is None:
            continue
        try:
            parsed = compile_format(document).parse_lines([record["line"]])
        except ValueError:  # the format of another product, with placeholders
            continue
        found += parsed.rows.to_dicts()
    return found


def test_every_line_has_a_fitting_verdict() -> None:
    rows = [row for row in _rows() if row.get("response_code") is not None]
    assert len(rows) > 50
    for row in rows:
        details = row.get("response_code_details")
        found = verdict(
            row["response_code"],
            row.get("response_flags"),
            details,
            failure=row.get("upstream_transport_failure_reason"),
            termination=row.get("connection_termination_details"),
        )
        assert found is not None
        flags = set(str(row.get("response_flags") or "").split(",")) & set(FLAGS)
        sides = set().union(*(_CLOSER.get(flag, {FLAGS[flag].side}) for flag in flags))
        if flags:
            assert found.side in sides, row
        elif row["response_code"] >= 500 and details in {
            None,
            "via_upstream",
        }:
            assert found.side == "application", row
        elif 100 <= row["response_code"] < 400:
            assert found.id == "answered", row
