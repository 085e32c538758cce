"""JSON documents are taken apart into records."""

from __future__ import annotations

import io
import json

import pytest

from envoylog.errors import InputError
from envoylog.logs.compression import Peeked
from envoylog.logs.envelopes import documents
from envoylog.logs.envelopes.documents import taken_apart


def test_an_array_is_read_element_by_element(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_DOCUMENT", 1_000)
    monkeypatch.setattr(documents, "_CHUNK", 64)
    records = [{"textPayload": f"line [{number}]", "insertId": "x"} for number in range(500)]
    text = json.dumps(records, indent=1).encode()
    given = taken_apart("a", Peeked(io.BytesIO(text), 100))
    read = b"".join(iter(lambda: given.read(1_000), b""))
    assert [json.loads(line) for line in read.splitlines()] == records
    for cut in (text[:-1], text[:-20]):
        broken = taken_apart("a", Peeked(io.BytesIO(cut), 100))
        lines = broken.read(10**6).splitlines()
        assert [json.loads(line) for line in lines] == records[: len(lines)]
        assert len(lines) >= 499
        with pytest.raises(InputError, match=r"a: a JSON .* is cut off"):
            broken.read(1)


def test_a_document_that_is_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_DOCUMENT", 1_000)
    monkeypatch.setattr(documents, "_CHUNK", 64)
    values = [[str(number), "line"] for number in range(100)]
    text = json.dumps({"data": {"result": [{"stream": {}, "values": values}]}}).encode()
    given = taken_apart("a", Peeked(io.BytesIO(text), 100))
    with pytest.raises(InputError, match="a JSON document is larger than 1,000 bytes: export it"):
        given.read(10)
