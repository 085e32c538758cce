"""Lines in the envelope of a container runtime, inside that of a shipper."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.logs.blocks import read_blocks
from envoylog.pipeline import reading

TIME = "2026-11-24T00:33:15.832123456Z"
LINES = Path("sample_logs/envoy.log").read_text(errors="surrogateescape").splitlines()[:60]


def cri(line: str) -> list[str]:
    if len(line) % 3:
        return [f"{TIME} stdout F {line}"]
    half = len(line) // 2
    return [f"{TIME} stdout P {line[:half]}", f"{TIME} stdout F {line[half:]}"]


def docker(line: str) -> list[str]:
    half = len(line) // 2
    parts = [f"{line}\n"] if len(line) % 3 else [line[:half], f"{line[half:]}\n"]
    return [json.dumps({"log": part, "stream": "stdout", "time": TIME}) for part in parts]


def fluent_bit(line: str, pod: str) -> str:
    return json.dumps({"date": 1795480395.8, "log": line, "kubernetes": {"pod_name": pod}})


def fluentd(line: str, pod: str) -> str:
    record = {"log": f"{line}\n", "kubernetes": {"pod_name": pod}}
    return f"2026-11-24T00:33:15+00:00\tkubernetes.web\t{json.dumps(record)}"


@pytest.mark.parametrize("inner", [cri, docker])
@pytest.mark.parametrize("outer", [fluent_bit, fluentd])
@pytest.mark.parametrize("size", [700, 2**20])
def test_both_are_taken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: object, outer: object, size: int
) -> None:
    assert callable(inner)
    assert callable(outer)
    # Two pods write at the same time, so that the chunks of one stand among those of the other.
    chunks = [[(number % 2, part) for part in inner(line)] for number, line in enumerate(LINES)]
    mixed = [
        pair
        for even, odd in zip(chunks[::2], chunks[1::2], strict=True)
        for pair in (even[0], *odd, *even[1:])
    ]
    log = tmp_path / "a.log"
    log.write_text("".join(f"{outer(part, f'pod-{pod}')}\n" for pod, part in mixed))
    monkeypatch.setattr(reading, "read_blocks", _small(size))
    run = envoylog.parse(log, "envoy", to=tmp_path / "o.parquet")
    assert (run.rows, run.rejects) == (len(LINES), 0)
    name = {"cri": "CRI", "docker": "docker"}[inner.__name__]  # type: ignore[attr-defined]
    assert run.notes[0].startswith(f"some lines stand in two envelopes: {name} in Fluent")
    alone = tmp_path / "alone.log"
    alone.write_text("\n".join(LINES))
    envoylog.parse(alone, "envoy", to=tmp_path / "alone.parquet")
    expected = pl.read_parquet(tmp_path / "alone.parquet").with_row_index()
    found = pl.read_parquet(tmp_path / "o.parquet")
    for pod in (0, 1):
        own = expected.filter(pl.col("index") % 2 == pod).drop("index")
        assert found.filter(pod=f"pod-{pod}").select(own.columns).equals(own)
    assert found["stream"].unique().to_list() == ["stdout"]
    assert str(found["envelope_time"][0]) == "2026-11-24 00:33:15.832123+00:00"


def _small(size: int) -> object:
    return lambda stream, _size, max_line: read_blocks(stream, size, max_line)
