"""IP addresses as logs and proxies spell them, in one spelling: one client is one value."""

from __future__ import annotations

import re
from socket import AF_INET6, inet_ntop, inet_pton
from typing import Final

import polars as pl

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
#: An IPv4 address in its only spelling: no leading zeros, no hexadecimal.
IPV4: Final = rf"{_OCTET}(?:\.{_OCTET}){{3}}"

_GROUP: Final = "(?:0|[1-9a-f][0-9a-f]{0,3})"
# IPv6 as nearly all clients have it: shortened already. `::` stands for two groups or more.
_SHORTENED: Final = (
    "|".join(
        rf"^{_GROUP}(?::{_GROUP}){{{left - 1}}}::(?:{_GROUP}(?::{_GROUP}){{0,{5 - left}}})?$"
        for left in range(1, 6)
    )
    + rf"|^{_GROUP}(?::{_GROUP}){{5}}::$|^{_GROUP}(?::{_GROUP}){{7}}$"
)
# Zeros at the start, or left beside `::`, or two of them: perhaps not the shortest.
_ZEROS: Final = "^0:|:0:(?:0(?::|$)|:)|::0(?::|$)"

_IPV4: Final = re.compile(IPV4)
_PORT: Final = re.compile(r"[0-9]{1,5}")
_ZONE: Final = re.compile(r"[0-9A-Za-z_.~-]{1,64}")
_MAPPED: Final = bytes(10) + b"\xff\xff"
#: RFC 7239, 6.2 and 6.3: a proxy that does not know, or does not tell.
_OBFUSCATED: Final = re.compile(r"unknown|_[0-9A-Za-z._-]+", re.IGNORECASE)


def read_address(text: str) -> str | None:
    """Read one address, exactly.

    Parameters
    ----------
    text : str
        With or without blanks around, quotes, brackets, a port, a zone.

    Returns
    -------
    str or None
        The address alone: dotted IPv4, also for IPv6 that stands for IPv4; IPv6 in lower case and
        shortened. None where the text is no IP address.

    Examples
    --------
    >>> read_address(' "[2001:DB8:0:0::1]:443" '), read_address("::ffff:192.0.2.7")
    ('2001:db8::1', '192.0.2.7')
    >>> read_address("192.0.2.7:5060"), read_address("192.0.2.07"), read_address("unknown")
    ('192.0.2.7', None, None)
    """
    text = _bare(text)
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not (rest[0] == ":" and _PORT.fullmatch(rest, 1))):
            return None
        return _read_ipv6(host)
    if text.count(":") == 1:
        text, _, port = text.partition(":")
        return text if _PORT.fullmatch(port) and _IPV4.fullmatch(text) else None
    return text if _IPV4.fullmatch(text) else _read_ipv6(text)


def is_obfuscated(text: str) -> bool:
    """Tell whether a proxy has put a word where an address would be, as RFC 7239 allows.

    Examples
    --------
    >>> is_obfuscated("unknown"), is_obfuscated(' "_hidden"'), is_obfuscated("localhost")
    (True, True, False)
    """
    return bool(_OBFUSCATED.fullmatch(_bare(text)))


def address(texts: pl.Expr) -> pl.Expr:
    """Read a column of addresses: `read_address`, fast where they are spelled as usual.

    Parameters
    ----------
    texts : polars.Expr
        Strings.

    Returns
    -------
    polars.Expr
        Strings; NULL where the text is no IP address.
    """
    return texts.map_batches(read_addresses, return_dtype=pl.String, is_elementwise=True)


def read_addresses(texts: pl.Series) -> pl.Series:
    """Read a series of addresses, as `address` does."""
    plain = texts.str.contains(rf"^{IPV4}$") | texts.is_null()
    if plain.all():
        return texts
    rest = texts.filter(~plain).unique()
    shortened = rest.str.contains(_SHORTENED) & ~rest.str.contains(_ZEROS)
    # What is left is read one by one: ports, brackets, and whatever hostile clients send.
    odd = rest.filter(~shortened)
    read = pl.Series([read_address(text) for text in odd], dtype=pl.String)
    return texts.replace(odd, read) if len(odd) else texts


def without_port(texts: pl.Expr) -> pl.Expr:
    """Cut the port off an address as Envoy writes it, `ip:port` or `[ip]:port`.

    Ports make every value distinct, and only distinct values cost time.
    """
    has_port = texts.str.contains(r"^[0-9.]+:[0-9]+$|\]:[0-9]+$")
    bare = texts.str.strip_chars_end("0123456789").str.strip_suffix(":")
    return pl.when(has_port).then(bare).otherwise(texts)


def _bare(text: str) -> str:
    text = text.strip(" \t")
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip(" \t")
    return text


def _read_ipv6(text: str) -> str | None:
    text, percent, zone = text.partition("%")
    if percent and not _ZONE.fullmatch(zone):
        return None
    try:
        packed = inet_pton(AF_INET6, text)
    except (OSError, ValueError):
        return None
    if packed.startswith(_MAPPED):
        return ".".join(map(str, packed[12:]))
    return inet_ntop(AF_INET6, packed)
