"""What a source unpacks to, whole, cut off and damaged."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import tarfile
import zipfile
from collections.abc import Callable

import lz4.frame
import pytest
from backports import zstd

from envoylog.errors import InputError
from envoylog.logs import compression
from envoylog.logs.archives import open_streams
from envoylog.logs.compression import Meter, Metered

LINES = b"".join(b"line %d %x\n" % (number, number * 2654435761 % 2**32) for number in range(9000))
PACK: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
}
COMPRESSED = [kind for kind in PACK if kind != "plain"]

Unpacked = tuple[dict[str, bytes], list[str]]


def unpack(data: bytes, *, size: int = 2**16, meter: Meter | None = None) -> Unpacked:
    """Read all streams of a source, and what is said about it."""
    found: dict[str, bytes] = {}
    said: list[str] = []
    meter = meter or Meter()
    try:
        for stream in open_streams("a", Metered(io.BytesIO(data), meter), meter):
            found[stream.name] = b""
            try:
                while part := stream.content.read(size):
                    found[stream.name] += part
            except InputError as error:
                said.append(str(error))
    except InputError as error:
        said.append(str(error))
    return found, list(dict.fromkeys(said))


def tar(files: dict[str, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=kind) as archive:
        folder = tarfile.TarInfo("d")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


class Tape(io.RawIOBase):
    """What cannot seek, so that sizes follow the files."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def zipped(files: dict[str, bytes], method: int, *, tape: bool = False) -> bytes:
    written: Tape | io.BytesIO = Tape() if tape else io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return bytes(written.data) if isinstance(written, Tape) else written.getvalue()


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("size", [1000, 2**20])
def test_compressed(kind: str, size: int) -> None:
    assert unpack(PACK[kind](LINES), size=size) == ({"a": LINES}, [])


@pytest.mark.parametrize("kind", COMPRESSED)
def test_members_and_frames(kind: str) -> None:
    pack = PACK[kind]
    parts = [LINES[:5], b"", LINES[5:40_000], LINES[40_000:]]
    assert unpack(b"".join(map(pack, parts))) == ({"a": LINES}, [])
    # As on a tape, whose last block is filled up.
    assert unpack(pack(LINES) + b"\0" * 1024) == ({"a": LINES}, [])


@pytest.mark.parametrize("kind", COMPRESSED)
def test_nothing_compressed(kind: str) -> None:
    assert unpack(PACK[kind](b"")) == ({"a": b""}, [])


@pytest.mark.parametrize("kind", COMPRESSED)
def test_cut_off(kind: str) -> None:
    data = PACK[kind](LINES)
    whole = PACK[kind](LINES[:1000])
    found, said = unpack(whole + data[:-9])
    assert (LINES[:1000] + LINES).startswith(found["a"])
    assert len(found["a"]) >= 1000
    assert len(said) == 1
    assert f"a: the {kind} data is cut off near byte {len(whole) + len(data) - 9:,}" in said[0]


@pytest.mark.parametrize("kind", COMPRESSED)
def test_damaged(kind: str) -> None:
    whole, data = PACK[kind](LINES), bytearray(PACK[kind](LINES))
    data[4:40] = b"\xff" * 36
    found, said = unpack(whole + bytes(data))
    assert found["a"].startswith(LINES)
    assert len(said) == 1
    assert f"a: the {kind} data is " in said[0]


def test_other_bytes_behind_compressed_ones() -> None:
    found, said = unpack(gzip.compress(LINES) + b"oops")
    assert found == {"a": LINES}
    assert "a: the gzip data is followed by something else" in said[0]


def test_without_isal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "isal", None)
    assert unpack(gzip.compress(LINES[:50]) + gzip.compress(LINES[50:])) == ({"a": LINES}, [])
    cut, said = unpack(gzip.compress(LINES)[:-9])
    assert LINES.startswith(cut["a"])
    assert "is cut off" in said[0]


def test_without_lz4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    assert unpack(lz4.frame.compress(LINES))[1] == ["lz4 data needs: pip install 'envoylog[lz4]'"]


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("shape", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar(kind: str, shape: int) -> None:
    long = "d/" * 60 + "é.log.gz"
    if shape == tarfile.USTAR_FORMAT:
        long = "d/" * 40 + "e.log.gz"
    files = {"d/a.log": LINES, long: gzip.compress(LINES), "empty": b""}
    found, said = unpack(PACK[kind](tar(files, shape)))
    assert (found, said) == ({"a!d/a.log": LINES, f"a!{long}": LINES, "a!empty": b""}, [])


@pytest.mark.parametrize("kind", PACK)
def test_a_tar_that_is_cut_off(kind: str) -> None:
    data = tar({"a.log": LINES, "b.log": LINES})
    packed = PACK[kind](data)
    cut = packed[: len(packed) // 2 + len(packed) // 8]
    found, said = unpack(cut)
    assert len(said) == 1
    assert "cut off" in said[0]
    assert all(LINES.startswith(content) for content in found.values())
    if kind in {"plain", "gzip"}:
        assert found["a!a.log"] == LINES
        assert found["a!b.log"]


def test_a_tar_that_is_damaged() -> None:
    data = bytearray(tar({"a.log": LINES, "b.log": LINES}))
    at = data.index(b"b.log")
    data[at + 148 : at + 156] = b"7777777\0"
    found, said = unpack(bytes(data))
    assert found == {"a!a.log": LINES}
    assert said == ["a: the tar archive is damaged (bad checksum)"]


def test_a_damaged_file_in_a_tar_does_not_hide_the_next() -> None:
    found, said = unpack(tar({"a.gz": gzip.compress(LINES)[:-9], "b.log": LINES}))
    assert found["a!b.log"] == LINES
    assert LINES.startswith(found["a!a.gz"])
    assert len(said) == 1
    assert said[0].startswith("a!a.gz: the gzip data is cut off")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("tape", [False, True])
def test_zip(method: int, tape: bool) -> None:
    files = {"d/": b"", "d/é.log": LINES, "b.log.gz": gzip.compress(LINES), "empty": b""}
    found, said = unpack(zipped(files, method, tape=tape))
    if tape and method == zipfile.ZIP_STORED:
        assert said[0] == "a!d/é.log: its size is not known before its end"
    else:
        assert said == []
        assert found == {"a!d/é.log": LINES, "a!b.log.gz": LINES, "a!empty": b""}


def test_an_empty_zip() -> None:
    assert unpack(zipped({}, zipfile.ZIP_DEFLATED)) == ({}, [])


@pytest.mark.parametrize("tape", [False, True])
def test_a_zip_that_is_cut_off(tape: bool) -> None:
    data = zipped({"a.log": LINES, "b.log": LINES}, zipfile.ZIP_DEFLATED, tape=tape)
    found, said = unpack(data[: len(data) * 3 // 4])
    assert found["a!a.log"] == LINES
    assert found["a!b.log"]
    assert LINES.startswith(found["a!b.log"])
    assert all("cut off" in message for message in said)


def test_a_zip_with_a_password() -> None:
    data = bytearray(zipped({"a.log": LINES, "b.log": LINES}, zipfile.ZIP_DEFLATED))
    data[6] |= 1
    found, said = unpack(bytes(data))
    assert said == ["a!a.log: it has a password"]
    assert found["a!b.log"] == LINES


def test_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "EXPANSION_FLOOR", 10**6)
    bomb = gzip.compress(b"a" * 10**7)
    found, said = unpack(bomb, meter=Meter(max_expansion=200))
    assert 10**6 <= len(found["a"]) < 10**7
    assert said[0].startswith("a: it unpacks to more than 200 times its size: left after ")
    assert unpack(bomb, meter=Meter(max_expansion=2000))[1] == []
    # In an archive, what counts is what is stored.
    twice = gzip.compress(tar({"b.gz": bomb}))
    assert "it unpacks to more than 200 times" in unpack(twice, meter=Meter(200))[1][0]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_what_windows_shells_write(encoding: str) -> None:
    text = "first é\r\nsecond 🦊\n" * 900
    data = ("\ufeff" + text).encode(encoding)
    assert unpack(data, size=1000) == ({"a": text.encode()}, [])
