"""What a command operator writes: its type, the text it may hold, how absence looks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum


class Argument(StrEnum):
    """Whether a command operator takes an argument in parentheses."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Absence(StrEnum):
    """How Envoy spells a value that it does not have."""

    DASH = "`-`, JSON null"
    EMPTY = "nothing"
    """Nothing between the separators; some of these operators write `-` as well."""
    LITERAL_DASH = "`-`, in JSON too"
    NEVER = "never absent"


class ValueType(StrEnum):
    """The type of a column; the parser room maps it to a polars dtype."""

    STRING = "string"
    CODE = "code"
    PORT = "port"
    INTEGER = "integer"
    TIMESTAMP = "timestamp"
    ANY = "any JSON value"
    """Kept as text: a string as it is, everything else as compact JSON."""


@dataclass(frozen=True, slots=True)
class TextClass:
    r"""The set of texts that an operator can write into a TEXT log.

    Attributes
    ----------
    pattern : str
        A regular expression that Rust's `regex` crate and Python's `regex` module read alike.
        From a given start, its greedy form must find the longest admissible end first and its
        lazy form (every quantifier swapped) the shortest: this is what lets the parser prove that
        a line has one reading only. A property test holds every class to it.
    meaning : str
        The class in words, for "expected …" in messages.
    or_dash : str
        The same set with the lone `-` of an absent value added.
    without : frozenset of str, optional
        If the set is that of all texts without certain ASCII characters: these.
    """

    pattern: str
    meaning: str
    or_dash: str
    without: frozenset[str] | None = None


def _without_dash(pattern: str, meaning: str) -> TextClass:
    return TextClass(pattern, meaning, f"{pattern}|-")


def _with_dash(pattern: str, meaning: str) -> TextClass:
    return TextClass(pattern, meaning, pattern)


def _all_but(excluded: str, quantifier: str, meaning: str) -> TextClass:
    pattern = f"[^{excluded}]{quantifier}"
    without = frozenset(re.findall(f"[{excluded}]", "".join(map(chr, range(0x80)))))
    return TextClass(pattern, meaning, pattern, without)


UNSIGNED = _without_dash(r"[0-9]+", "an unsigned integer")
# DOWNSTREAM_HANDSHAKE_DURATION was seen at -42 in a real run: durations are signed.
SIGNED = TextClass(r"-?[0-9]+", "an integer", r"-[0-9]*|[0-9]+")
PROTOCOL = _without_dash(r"HTTP/[0-9.]+", "a protocol such as HTTP/1.1")
FLAGS = _without_dash(r"[A-Za-z][A-Za-z0-9_,]*", "response flags such as UF,URX")
WORD = _without_dash(r"[A-Za-z0-9_]+", "a word")
HEX_LIST = _without_dash(r"[0-9a-f,]+", "hexadecimal digits")
TOKEN = _all_but(r"\x00-\x20\x7f", "+", "text without blanks")
# `ip:port`, `[ip6]:port`, `/unix/path`, `@abstract`, `envoy://name/…`, old `tcp://ip:port`.
ADDRESS = _without_dash(
    r"(?:[/@]|[^\x00-\x20\x22\x7f-][^\x00-\x20\x22\x7f]*[:/])[^\x00-\x20\x22\x7f]*",
    "an address such as 10.0.0.1:8080",
)
HOST = _all_but(r"\x00-\x20\x22\x7f", "+", "an IP address or host name")
# HTTP/2 lets every token of RFC 9110 through, so `[A-Z]+` would be wrong.
METHOD = _with_dash(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", "a method such as GET")
# HTTP/2 paths may hold quotes, backslashes and raw UTF-8, but never a blank.
PATH = _all_but(r"\x00-\x20\x7f", "+", "a path without blanks")
# Records of other protocols (Thrift, Dubbo) have details that are present and empty.
DETAILS = _all_but(r"\x00-\x20\x7f", "*", "details without blanks")
# Present and empty where the path ends in its `?`.
QUERY = _all_but(r"\x00-\x20\x7f", "*", "a query string without blanks")
# Envoy refuses these characters in :authority with 400; an empty one is let through.
AUTHORITY = _with_dash("[^\\x00-\\x20\\x22/?'|\\x7f-\U0010ffff]*", "an authority such as host:port")
SERVER_NAME = _with_dash(r"[A-Za-z0-9._-]+", "a server name")
# Envoy refuses a request whose header holds any control byte but TAB.
HEADER = _all_but(r"\x00-\x08\x0a-\x1f\x7f", "*", "a header value")
# Usually a path. But it is a header that clients can forge where Envoy trusts them: Envoy wrote
# `/a "b" c` with use_remote_address=false, the setting of every sidecar.
ORIGINAL_PATH = replace(HEADER, meaning="a path")
FREE = _all_but(r"\n", "*", "any text")
