"""`parse`: one Parquet file and its rejects, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

import envoylog
from envoylog.pipeline import parse as parsing
from envoylog.pipeline.summary import RunSummary

LINE = '[2026-11-24T00:33:15.832Z] "GET / HTTP/1.1" 200 - 0 5 1 1 "-" "-" "-" "a" "-"'
APPLICATION_LINE = "[2026-11-24 06:03:15.611][29453][info][main] [source/server/server.cc:463] hi"


def test_every_line_is_counted_once(istio_run: RunSummary) -> None:
    assert istio_run.lines == istio_run.rows + istio_run.rejects + istio_run.skipped == 2148
    assert istio_run.rows == 2000
    assert istio_run.skipped_kinds == {"envoy application log": 148}
    assert istio_run.bytes_in == Path("sample_logs/istio.log").stat().st_size
    assert istio_run.bytes_out == sum(
        Path(path).stat().st_size for path in (istio_run.output, istio_run.rejects_output)
    )


def test_rejects_say_where_they_stand(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    lines = [LINE, "café oops", APPLICATION_LINE, "", LINE[:40], LINE]
    log.write_text("\r\n".join(lines), encoding="utf-8", newline="")
    run = envoylog.parse(log, "envoy", to=tmp_path / "out.parquet")
    assert (run.lines, run.rows, run.rejects, run.skipped) == (6, 2, 2, 2)
    rejects = pl.read_parquet(tmp_path / "out.rejects.parquet")
    assert rejects.drop("byte_offset").rows() == [
        (str(log), 2, "the line does not start with '['", None, "café oops"),
        (str(log), 5, "expected '\" ' after it", "protocol", LINE[:40]),
    ]
    data = log.read_bytes()
    for offset, text in rejects.select("byte_offset", "text").iter_rows():
        assert data[offset:].startswith(text.encode())


def test_several_sources_in_the_order_given(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    (folder / "deep").mkdir(parents=True)
    (folder / "b.log").write_text(LINE.replace('"a"', '"b"') + "\n")
    (folder / "deep" / "c.log").write_text(LINE.replace('"a"', '"c"') + "\n")
    (folder / ".hidden").write_text("not a log")
    (tmp_path / "a.log").write_text(LINE)
    sources = [tmp_path / "a.log", folder, folder / "b.log"]
    run = envoylog.parse(sources, "envoy", to=tmp_path / "out.parquet")
    assert pl.read_parquet(tmp_path / "out.parquet")["authority"].to_list() == ["a", "b", "c"]
    assert len(run.sources) == 3


def test_columns_say_what_they_are(tmp_path: Path) -> None:
    envoylog.parse(
        "sample_logs/gateway-json.log",
        "sample_logs/gateway-json.format.json",
        to=tmp_path / "o.parquet",
    )
    schema = pq.read_schema(tmp_path / "o.parquet")
    assert schema.field("duration").metadata == {
        b"envoy.operator": b"%DURATION%",
        b"log.key": b"duration",
        b"unit": b"ms",
    }
    remote = schema.field("downstream_remote_address_without_port").metadata
    assert remote[b"log.key"] == b"remote-ip"
    assert remote[b"otel.attribute"] == b"client.address"
    metadata = pl.read_parquet_metadata(tmp_path / "o.parquet")
    assert metadata["envoylog.version"] == envoylog.__version__
    assert json.loads(metadata["envoylog.format"])["remote-ip"].startswith("%DOWNSTREAM_REMOTE")


def test_the_wrong_format_is_named(tmp_path: Path) -> None:
    run = envoylog.parse("sample_logs/istio.log", "envoy", to=tmp_path / "o.parquet")
    assert (run.rejects, run.reject_rate, run.fitting_format) == (2000, 1.0, "istio-1.23")
    assert pl.read_parquet(run.rejects_output)["text"].len() == 2000


@pytest.mark.parametrize("name", ["envoy.log", "istio-json.log", "gateway-text.log"])
def test_no_named_format_for_foreign_lines(tmp_path: Path, name: str) -> None:
    text = (Path("sample_logs") / name).read_text(encoding="utf-8", errors="replace")
    log = tmp_path / "a.log"
    log.write_text(text.replace("HTTP", "FTP").replace("{", "<")[:100_000])
    assert envoylog.parse(log, "istio", to=tmp_path / "o.parquet").fitting_format is None


def test_old_output_stays_when_a_run_fails(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    envoylog.parse("sample_logs/envoy.log", "envoy", to=out)
    before = out.read_bytes()
    broken = tmp_path / "broken.log"
    broken.write_bytes(b"\x1f\x8b\x08 not read")
    with pytest.raises(envoylog.InputError, match="the gzip data is"):
        envoylog.parse(broken, "envoy", to=out)
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "broken.log",
        "out.parquet",
        "out.rejects.parquet",
    ]


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    seen: list[envoylog.Progress] = []
    run = envoylog.parse(
        "sample_logs/envoy.log", "envoy", to=tmp_path / "o.parquet", progress=seen.append
    )
    assert seen[-1].bytes_read == seen[-1].bytes_total == run.bytes_in
    assert seen[-1].lines == run.lines


def test_an_empty_log_gives_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"")
    run = envoylog.parse(tmp_path / "a.log", "istio", to=tmp_path / "o.parquet")
    assert (run.lines, run.rows) == (0, 0)
    assert pl.read_parquet(tmp_path / "o.parquet").schema == envoylog.compile_format("istio").schema
    assert pl.read_parquet(tmp_path / "o.rejects.parquet").is_empty()


@pytest.mark.parametrize(("width", "rows"), [(0, 400), (1000, 400), (10_000, 100), (40_000, 32)])
def test_long_lines_are_written_in_smaller_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, rows: int
) -> None:
    monkeypatch.setattr(parsing, "ROW_GROUP", 400)
    monkeypatch.setattr(parsing, "LEAST_ROWS", 32)
    monkeypatch.setattr(parsing, "GROUP_BYTES", 2**20)
    log, out = tmp_path / "log", tmp_path / "out.parquet"
    log.write_text(f"GET /{'a' * width}\n" * 500, encoding="utf-8")
    envoylog.parse(log, format="%REQ(:METHOD)% %REQ(:PATH)%\n", to=out)
    first = pq.ParquetFile(out).metadata.row_group(0).num_rows
    assert first in range(rows * 9 // 10, rows + 10)
