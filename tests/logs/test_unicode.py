"""Bytes that are no text are shown, and given back."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envoylog.logs.blocks import read_blocks
from envoylog.logs.unicode import hide_bytes, show_bytes

_bytes = st.lists(
    st.binary(max_size=4)
    | st.sampled_from([b"\\", b"x", b"5c", b"e9", b"\xe9", b"\\xff", b"\\x5c", b"\n", b"\xc3\xa9"]),
    max_size=12,
).map(b"".join)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9", r"caf\xe9"),
        (rb"caf\xe9", r"caf\x5cxe9"),
        (rb"caf\x5c", r"caf\x5cx5c"),
        # No byte is shown so.
        (rb"\xE9 \x16 \u00e9 \\", r"\xE9 \x16 \u00e9 \\"),
    ],
)
def test_shown(data: bytes, shown: str) -> None:
    assert show_bytes(data) == shown.encode()
    assert hide_bytes(shown) == data


@given(_bytes)
def test_reversible(data: bytes) -> None:
    assert hide_bytes(show_bytes(data).decode()) == data


@given(_bytes, st.integers(1, 30))
def test_lines_are_reversible(data: bytes, size: int) -> None:
    blocks = read_blocks(io.BytesIO(data), size, offset=1)
    lines = [line for block in blocks for line in block.lines]
    written = (data[:-1] if data.endswith(b"\n") else data).split(b"\n") if data else []
    assert [hide_bytes(line) for line in lines] == [line.removesuffix(b"\r") for line in written]
