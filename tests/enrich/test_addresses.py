"""Addresses in every spelling: what comes out, and that the fast way is the exact one."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.enrich.addresses import (
    address,
    is_obfuscated,
    read_address,
    read_addresses,
    without_port,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7\t", "192.0.2.7"),
        ("192.0.2.7:5060", "192.0.2.7"),
        ("192.0.2.7:0", "192.0.2.7"),
        ('"192.0.2.7"', "192.0.2.7"),
        ('"192.0.2.7:80"', "192.0.2.7"),
        ("255.255.255.255", "255.255.255.255"),
        # No octal, no hexadecimal, no short forms: not every reader takes them for the same.
        ("192.0.2.07", None),
        ("192.0.2.256", None),
        ("192.0.2", None),
        ("0x7f.0.0.1", None),
        ("192.0.2.7.1", None),
        ("192.0.2.7:", None),
        ("192.0.2.7:port", None),
        ("192.0.2.7 192.0.2.8", None),
        ("192.0.2.7/24", None),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:0db8::0001", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("1::2:0:0:0:3", "1:0:0:2::3"),
        ("1:2:3:4:5:6::", "1:2:3:4:5:6::"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("[2001:db8::1", None),
        ("[2001:db8::1]443", None),
        ("[2001:db8::1]:", None),
        ("[192.0.2.7]", None),
        # The zone says on which link of the host, not who.
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%4]:0", "fe80::1"),
        ("fe80::1%", None),
        ("fe80::1%e th", None),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:207", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:0", "192.0.2.7"),
        ("::", "::"),
        ("::1", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("1:2:3:4:5:6:7:8:9", None),
        ("1::2::3", None),
        (":::", None),
        ("12345::", None),
        ("unknown", None),
        ("_hidden", None),
        ("", None),
        (" ", None),
        ('"', None),
        ('""', None),
        ("-", None),
        ("localhost", None),
        ("192.0.2.7\x00", None),
        ("::1\x00", None),
        ("\uff1192.0.2.7", None),
        ("192.0.2.7\u2028", None),
        ("/var/run/envoy.sock", None),
        ("envoy://internal_client_address/", None),
    ],
)
def test_spellings(text: str, expected: str | None) -> None:
    assert read_address(text) == expected
    assert read_addresses(pl.Series([text, None, "10.0.0.1"])).to_list() == [
        expected,
        None,
        "10.0.0.1",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unknown", True),
        ("Unknown", True),
        ('"unknown"', True),
        ("_hidden", True),
        ("_SEVKISEK", True),
        ("_a.b-c_d", True),
        ("_", False),
        ("unknown1", False),
        ("hidden", False),
        ("_a b", False),
    ],
)
def test_obfuscated(text: str, expected: bool) -> None:
    assert is_obfuscated(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7:0", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::1]:40000", "[2001:db8::1]"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("/run/a:1", "/run/a:1"),
        (None, None),
    ],
)
def test_ports(text: str | None, expected: str | None) -> None:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    assert frame.select(without_port(pl.col("text"))).item() == expected


def spellings() -> st.SearchStrategy[str]:
    """Addresses spelled in many ways, and what is nearly one."""
    six = st.ip_addresses(v=6) | st.builds(
        lambda groups: ipaddress.IPv6Address(b"".join(g.to_bytes(2, "big") for g in groups)),
        st.lists(st.sampled_from([0, 0, 0, 1, 0xFFFF, 0xDB8, 0x2001]), min_size=8, max_size=8),
    )
    bare = st.one_of(
        st.ip_addresses(v=4).map(str),
        six.map(str),
        six.map(lambda value: value.exploded),
        six.map(lambda value: str(value).upper()),
        st.text("0123456789abcdef:.%[]", max_size=24),
    )
    dressed = st.sampled_from(["{}", "[{}]", "{}:80", "[{}]:80", '"{}"', " {}", "{}%eth0", "{},"])
    return st.builds(lambda form, text: form.format(text), dressed, bare)


@settings(deadline=None)
@given(st.lists(spellings() | st.text() | st.none(), max_size=20))
def test_fast_is_exact(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    read = frame.select(address(pl.col("text"))).to_series().to_list()
    assert read == [None if text is None else read_address(text) for text in texts]


@settings(deadline=None)
@given(st.ip_addresses())
def test_every_address_has_one_spelling(
    value: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    read = {read_address(text) for text in _spell(value)}
    assert len(read) == 1
    (text,) = read
    assert text is not None
    mapped = value.ipv4_mapped if isinstance(value, ipaddress.IPv6Address) else None
    assert ipaddress.ip_address(text) == (mapped or value)


def _spell(value: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Iterator[str]:
    yield str(value)
    if isinstance(value, ipaddress.IPv6Address):
        yield from (value.exploded, value.exploded.upper(), f"[{value}]", f"[{value}]:1")
    else:
        yield from (f"{value}:1", f"::ffff:{value}", f'"{value}"')
