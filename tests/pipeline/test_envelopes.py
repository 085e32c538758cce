"""Real lines in every envelope, compressed each way, in blocks of any size: the same rows."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import lz4.frame
import polars as pl
import pytest
from backports import zstd
from polars.testing import assert_frame_equal

import envoylog
from envoylog.logs.compression import Readable
from envoylog.logs.sources import Source
from envoylog.parser.parser import AccessLogParser
from envoylog.pipeline.blocks import ParsedBlock, parse_blocks
from envoylog.pipeline.compile import compile_format
from envoylog.pipeline.reading import Reading, recognised
from tests.logs.wrapping import WRAPS, documents, wrapped

APPLICATION = "[2026-11-24 06:03:15.611][7][info][main] [source/server/server.cc:463] starting"


def lines_of(name: str, count: int = 30) -> list[str]:
    """Take valid lines of a sample, and some of the application log."""
    text = Path("sample_logs", f"{name}.log").read_bytes()
    lines = [line for line in text.splitlines() if not line.startswith(b"[2026-11-24 ")]
    readable = [line.decode() for line in lines if line.isascii()][:count]
    return [*readable[:10], APPLICATION, *readable[10:]]


class Memory(Source):
    """A source that needs no file."""

    def __init__(self, data: bytes, name: str = "stream") -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "size", len(data))
        object.__setattr__(self, "data", data)

    data: bytes

    def open(self, offset: int = 0) -> AbstractContextManager[Readable]:
        return nullcontext(io.BytesIO(self.data[offset:]))


def blocks(data: bytes, parser: AccessLogParser, size: int) -> list[ParsedBlock]:
    reading = Reading(
        [Memory(data)], block_size=size, keep_facts=True, recognise=partial(recognised, parser)
    )
    found = list(parse_blocks(reading, parser))
    assert reading.failures == []
    return found


def rows(found: list[ParsedBlock]) -> pl.DataFrame:
    return pl.concat(block.parsed.rows for block in found)


def count(found: list[ParsedBlock]) -> tuple[int, int]:
    return (
        sum(len(block.parsed.rejects) for block in found),
        sum(block.parsed.skipped["text"].to_list().count(APPLICATION) for block in found),
    )


@pytest.mark.parametrize("format_", ["istio", "istio-json"])
@pytest.mark.parametrize("kind", WRAPS)
def test_payload_out_is_payload_in(kind: str, format_: str) -> None:
    parser = compile_format(format_)
    lines = lines_of(format_)
    raw = blocks("\n".join(lines).encode(), parser, 2**20)
    data = wrapped(kind, lines)
    expected = rows(raw)
    for size in (1, 1000) if format_ == "istio" else (4096,):
        found = blocks(data, parser, size)
        assert_frame_equal(
            rows(found).select(parser.schema.names()), rows(raw).select(parser.schema.names())
        )
        assert count(found) == (0, 1)
        facts = rows(found).drop(parser.schema.names())
        for fact in facts:
            # Each envelope says the same of all of its lines.
            assert fact.n_unique() <= 1
    assert len(expected) == len(lines) - 1


@pytest.mark.parametrize("kind", documents([]))
def test_documents(kind: str) -> None:
    parser = compile_format("istio")
    lines = lines_of("istio")
    expected = rows(blocks("\n".join(lines).encode(), parser, 2**20))
    for size in (1, 4096):
        found = blocks(documents(lines)[kind], parser, size)
        assert_frame_equal(
            rows(found).select(parser.schema.names()), expected.select(parser.schema.names())
        )
        assert count(found) == (0, 1)


def packed(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Compress data each way."""
    yield "a.log.gz", gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :])
    yield "a.zst", zstd.compress(data)
    yield "a.bz2", bz2.compress(data)
    yield "a.xz", lzma.compress(data)
    yield "a.lz4", lz4.frame.compress(data)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("0.log")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    yield "a.tar", archive.getvalue()
    yield "a.tar.gz", gzip.compress(archive.getvalue())
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as zip_:
        zip_.writestr("0.log", data)
    yield "a.zip", zipped.getvalue()


@pytest.mark.parametrize("kind", [*WRAPS, *documents([])])
def test_compressed_each_way(kind: str) -> None:
    parser = compile_format("istio")
    lines = lines_of("istio", 5)
    data = wrapped(kind, lines) if kind in WRAPS else documents(lines)[kind]
    expected = rows(blocks("\n".join(lines).encode(), parser, 2**20))
    for name, content in packed(data):
        for size in (500, 2**20):
            found = blocks(content, parser, size)
            assert_frame_equal(
                rows(found).select(parser.schema.names()), expected.select(parser.schema.names())
            )
            assert count(found) == (0, 1), (name, size)
    assert len(expected) == 5


def test_facts_are_kept_where_there_are_some(tmp_path: Path) -> None:
    lines = lines_of("istio")
    pod = tmp_path / "ns_web-5d9_3bbc0252-2d5c-49fe-bd89-104e9b61770b" / "envoy"
    pod.mkdir(parents=True)
    (pod / "0.log").write_bytes(wrapped("CRI", lines))
    run = envoylog.parse(tmp_path, "istio", to=tmp_path / "o.parquet", keep={"source"})
    (row,) = (
        pl.read_parquet(run.output)
        .select("stream", "pod", "container", "namespace", "node", "source")
        .unique()
        .rows()
    )
    assert row == ("stdout", "web-5d9", "envoy", "ns", None, str(pod / "0.log"))
    raw = tmp_path / "raw.log"
    raw.write_text("\n".join(lines))
    plain = envoylog.parse(raw, "istio", to=tmp_path / "raw.parquet")
    schema = pl.read_parquet(plain.output).schema
    assert schema == compile_format("istio").schema
    asked = envoylog.parse(raw, "istio", to=tmp_path / "raw.parquet", keep=["envelope"])
    assert pl.read_parquet(asked.output)["pod"].null_count() == 30


def test_what_fits_no_envelope_is_read_as_it_is(tmp_path: Path) -> None:
    lines = lines_of("istio", 8)[:8]
    data = (
        wrapped("CRI", lines) + f"{lines[0]}\noops\n2026-11-24T00:33:15Z stdout F oops\n".encode()
    )
    (tmp_path / "a.log").write_bytes(data)
    run = envoylog.parse(tmp_path / "a.log", "istio", to=tmp_path / "o.parquet")
    assert (run.rows, run.rejects) == (9, 2)
    rejects = pl.read_parquet(run.rejects_output)
    assert rejects["text"].to_list() == ["oops", "oops"]
    written = data.splitlines()
    for number, offset in rejects.select("line_number", "byte_offset").iter_rows():
        assert written[number - 1].endswith(b"oops")
        assert data[offset:].startswith(written[number - 1])


def test_an_unknown_thing_to_keep(tmp_path: Path) -> None:
    with pytest.raises(envoylog.UnknownNameError, match="no thing to keep 'all'"):
        envoylog.parse("sample_logs/envoy.log", "envoy", to=tmp_path / "o.parquet", keep=["all"])


@pytest.mark.parametrize("kind", ["CRI", "docker", "journald"])
def test_a_line_that_goes_on_in_the_next_file(tmp_path: Path, kind: str) -> None:
    lines = lines_of("istio", 5)
    written = wrapped(kind, lines).splitlines(keepends=True)
    expected = rows(blocks("\n".join(lines).encode(), compile_format("istio"), 2**20))
    for cut in range(len(written) - 5, len(written)):
        (tmp_path / "0.log.1").write_bytes(b"".join(written[:cut]))
        (tmp_path / "0.log").write_bytes(b"".join(written[cut:]) + b"oops\n")
        run = envoylog.parse(tmp_path, "istio", to=tmp_path / "o.parquet")
        found = pl.read_parquet(run.output).select(compile_format("istio").schema.names())
        assert_frame_equal(found, expected.select(found.columns))
        (reject,) = pl.read_parquet(run.rejects_output).rows()
        data = (tmp_path / "0.log").read_bytes()
        assert reject[:3] == (
            str(tmp_path / "0.log"),
            len(written) - cut + 1,
            len(data) - len(b"oops\n"),
        )
