"""Content is recognised by its bytes, whatever its file is called."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from envoylog.logs.fingerprints import HEAD, LENGTHS, TAIL, Fingerprint, Kinship


def log(seed: int, size: int) -> bytes:
    lines = b"".join(b"[2026-11-24T00:33:%09d] %d\n" % (n, seed) for n in range(size // 28 + 1))
    return lines[:size]


def taken(content: bytes, offset: int) -> Fingerprint:
    return Fingerprint.of(content[:HEAD], offset, content[max(0, offset - TAIL) : offset])


def kinship(read: Fingerprint, other: bytes) -> Kinship:
    return read.kinship(other[:HEAD], lambda offset, count: other[offset : offset + count])


SIZES = st.one_of(
    st.integers(1, 200), st.sampled_from([64, 4096, 4097, 65536]), st.integers(1, 2**17)
)


@given(size=SIZES, offset=SIZES)
def test_the_same_content_continues(size: int, offset: int) -> None:
    content = log(1, size)
    assert kinship(taken(content, min(size, offset)), content) is Kinship.CONTINUES


@given(size=SIZES, shorter=SIZES)
def test_an_unfinished_copy_is_a_part(size: int, shorter: int) -> None:
    content = log(1, size)
    part = content[: min(size, shorter)]
    expected = Kinship.CONTINUES if len(part) == size else Kinship.PART
    if len(part) >= LENGTHS[0] or part == content:
        assert kinship(taken(content, size), part) is expected
    else:
        assert kinship(taken(content, size), part) is Kinship.NONE


@given(size=SIZES, other=SIZES)
def test_other_content_is_other(size: int, other: int) -> None:
    assert kinship(taken(log(1, size + 40), size + 40), log(2, other + 40)) is Kinship.NONE


@given(size=SIZES, place=SIZES)
def test_a_change_near_the_offset_shows(size: int, place: int) -> None:
    content = bytearray(log(1, size))
    read = taken(bytes(content), size)
    place = size - 1 - place % min(size, TAIL)
    content[place] ^= 0xFF
    assert kinship(read, bytes(content)) is Kinship.NONE
