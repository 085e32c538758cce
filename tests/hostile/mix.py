"""What the clients do: a table of scenarios, and values that no honest client would send."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tests.hostile.configuration import DENIED, LIMITED, SHOP, encoded

Version = Literal["1.0", "1.1", "2", "tcp"]
HangUp = Literal["never", "before", "reset"]

_ALL: tuple[Version, ...] = ("1.1", "2", "1.0")
_H1: tuple[Version, ...] = ("1.1", "1.0")
_H2: tuple[Version, ...] = ("2",)
_HTTP = ("http", "http", "http", "ipv6", "xff", "unix", "tls")


@dataclass(frozen=True)
class Scenario:
    """One kind of thing to happen."""

    kind: str
    share: int
    path: str = "/plain/{n}"
    do: tuple[str, ...] = ("plain",)
    flags: str | None = None  # as a set; None where they are not fixed
    method: str = "GET"
    authority: bytes = SHOP.encode()
    versions: tuple[Version, ...] = _ALL
    listeners: tuple[str, ...] = _HTTP
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: int = 0
    scheme: bytes = b""
    hang_up: HangUp = "never"
    refused: bool = False  # Envoy logs nothing of what was sent


_GRPC_HEADERS = ((b"content-type", b"application/grpc"), (b"te", b"trailers"))
_SAYS = ("quotes", "accents", "latin", "dash", "blank", "twice", "trailers", "odd")
_GRPC = (
    "grpc",
    "grpc-not-found",
    "grpc-unknown",
    "grpc-huge",
    "grpc-large",
    "grpc-endless",
    "grpc-negative",
    "grpc-word",
    "grpc-empty",
    "grpc-header",
    "grpc-503",
)
_H2_ANSWERS = tuple(name for name in _SAYS if name != "twice")

# fmt: off
SCENARIOS = (
    Scenario("plain", 300, flags="-"),
    Scenario("query", 150, "/plain/{n}?{query}", flags="-"),
    Scenario("strange path", 100, '/plain/"{n}"\\[x]{y}|z^`\'<>;', flags="-"),
    Scenario("accented path", 40, "/plain/é/日本/{n}", flags="-", versions=_H2),
    Scenario("not utf-8", 30, "/plain/\udce9/{n}", flags="-", versions=_H2),
    Scenario("long path", 15, "/plain/{n}?q={long}", flags="-"),
    Scenario("empty query", 20, "/plain/{n}?", flags="-"),
    Scenario("answers", 150, do=_SAYS, flags="-"),
    Scenario("long answer", 10, do=("long",), flags="-"),
    Scenario("http2 upstream", 80, "/http2/{n}", do=_H2_ANSWERS, flags="-"),
    Scenario("ipv6 upstream", 40, "/six/{n}", flags="-"),
    Scenario("tls upstream", 60, "/tls/{n}", do=_SAYS, flags="-"),
    Scenario("unix upstream", 40, "/unix/{n}", flags="-"),
    Scenario("grpc over http2", 120, "/http2/pkg.Service/Call", do=_GRPC, versions=_H2, method="POST", headers=_GRPC_HEADERS, body=20, listeners=("http", "tls", "xff")),  # noqa: E501
    Scenario("grpc over http1", 60, "/plain/pkg.Service/Call", do=_GRPC, versions=_H2, method="POST", headers=_GRPC_HEADERS, body=20),  # noqa: E501
    Scenario("post", 100, method="POST", body=3000, flags="-"),
    Scenario("strange method", 30, method="A.B*'`|~", versions=_H2, flags="-"),
    Scenario("head", 40, method="HEAD", flags="-"),
    Scenario("nothing", 20, do=("nothing", "unmodified"), flags="-"),
    Scenario("large", 40, do=("large",), flags="-"),
    Scenario("whole server", 10, "*", method="OPTIONS", versions=("1.1", "2")),
    Scenario("connect", 10, "shop.example.com:80", method="CONNECT", versions=("1.1",)),
    Scenario("doubled", 30, headers=((b"x-hostile", b"2nd"), (b"user-agent", b"2nd"), (b"x-forwarded-for", b'a "b"'), (b"x-forwarded-for", b"c"))),  # noqa: E501
    Scenario("largest status", 10, do=("largest",), versions=_H1),
    Scenario("rewritten", 60, "/rewritten/{n}?{query}", flags="-"),
    Scenario("moved", 20, "/moved/{n}", flags="-"),
    Scenario("direct", 20, "/direct/{n}", flags="-"),
    Scenario("no route", 60, "/{n}?{query}", flags="NR"),
    Scenario("no cluster", 10, "/nowhere/{n}", flags="NC"),
    Scenario("no host", 20, "/empty/{n}", flags="UH"),
    Scenario("refused", 40, "/refused/{n}", flags="UF"),
    Scenario("retry refused", 20, "/retry-refused/{n}", flags="UF,URX"),
    Scenario("retried", 30, "/retried/{n}", do=("second", "third"), flags="-"),
    Scenario("retry limit", 20, "/retried/{n}", do=("unavailable",), flags="URX"),
    Scenario("timeout", 20, "/slow/{n}", do=("slow",), flags="UT"),
    Scenario("overflow", 10, "/overflow/{n}", flags="UO"),
    Scenario("wrong tls", 10, "/wrong-tls/{n}", flags="UF"),
    Scenario("closed", 20, do=("close",), flags="UC"),
    Scenario("closed midway", 10, do=("midway",), versions=("1.1",)),
    Scenario("garbage", 10, do=("garbage",), flags="UPE"),
    Scenario("control byte in answer", 10, do=("control",), flags="UPE"),
    Scenario("unavailable", 20, do=("unavailable",), flags="-"),
    Scenario("forged times", 20, do=("forger",), flags="-"),
    Scenario("limited", 40, authority=LIMITED.encode()),
    Scenario("denied", 30, authority=DENIED.encode(), flags="-"),
    Scenario("fault", 20, headers=((b"x-envoy-fault-abort-request", b"555"),), flags="FI"),
    Scenario("delayed", 10, headers=((b"x-envoy-fault-delay-request", b"20"),), flags="DI"),
    Scenario("disconnect", 30, do=("slow",), hang_up="before", flags="DC", versions=_H1),
    Scenario("reset", 30, do=("slow",), hang_up="reset", versions=_H2),
    Scenario("strange authority", 40, authority=b"user:pw@a_b,c:80", flags="-", versions=_H1),
    Scenario("ipv6 authority", 20, authority=b"[::1]:8080", flags="-"),
    Scenario("empty authority", 10, authority=b"", versions=_H1),
    Scenario("scheme", 30, headers=((b"x-forwarded-proto", b'a "b" c'),)),
    Scenario("forged address", 60, headers=((b"x-forwarded-for", b'1.2.3.4, "x" y, 2001:db8::7'),)),
    Scenario("forged path", 20, headers=((b"x-envoy-original-path", b'/a "b" c?q=x y'), (b"x-envoy-original-host", b'h "o" st'))),  # noqa: E501
    Scenario("forged scheme", 10, versions=_H2, scheme=b'ht "tp"', refused=True),
    Scenario("odd scheme", 10, versions=_H2, scheme=b"h+t-t.p"),
    Scenario("forged certificate", 20, headers=((b"x-forwarded-client-cert", b'By=a;Hash=00ff;Subject="CN=\\"q\\",O=a b";URI=x y'),)),  # noqa: E501
    Scenario("broken lines", 30, "/plain/{n}?broken=a%0Ab%00%0D%22&q=1", headers=((b"x-decoded", encoded(b'two\nlines "\r\x00')),), flags="-"),  # noqa: E501
    Scenario("control byte", 10, headers=((b"x-bad", b"\x01"),), refused=True),
    Scenario("blank in path", 6, "/plain/a b", refused=True, versions=_H2),
    Scenario("accent in path", 6, "/plain/é", refused=True, versions=_H1),
    Scenario("blank in authority", 6, authority=b'a "b"', refused=True),
    Scenario("no such method", 6, method="A.B", refused=True, versions=_H1),
    Scenario("tcp", 50, versions=("tcp",), listeners=("tcp",), body=300),
    Scenario("tcp inside", 20, versions=("tcp",), listeners=("tcp-inside",), body=300),
    Scenario("tcp refused", 20, versions=("tcp",), listeners=("tcp-refused",), body=10),
    Scenario("tcp no host", 10, versions=("tcp",), listeners=("tcp-empty",), body=10),
    Scenario("tcp reset", 10, versions=("tcp",), listeners=("tcp",), body=300, hang_up="reset"),
    Scenario("no tls", 8, versions=("tcp",), listeners=("tls",), body=300),
    Scenario("silence", 4, versions=("tcp",), listeners=("tls",)),
)
# fmt: on

#: Header values; `{n}` is a number that differs from request to request.
VALUES: tuple[bytes, ...] = (
    b"plain {n}",
    b'a "b" c {n}',
    b'x" "y" "z',
    b'"',
    b'""',
    b'":',
    b"\\",
    b'\\" \\\\ \\u00e9 \\xff',
    b"a\tb\tc",
    "café 日本 🦊".encode(),
    b"latin caf\xe9",
    b"mixed \xc3\xa9 and \xff",
    b"\x80",
    b"\xed\xa0\x80 surrogate",
    b"\xc3",
    "\u2028 \u0085 \ufeff".encode(),
    b"-",
    b"",
    b"- -",
    b"100% %REQ(X)% %%",
    b'{"a":1,"b":[null]}',
    b"[x] | y; z, '<a>'",
    b'k0=v k1="w" k2=-',
    b'200 - 0 17 3 "-" "-"',
    b"[2026-01-01T00:00:00.000Z] ",
    b">> - <<",
    b" - \\ of ",
)

_LONG = b"z" * 10_000

#: Request ids; they end in the request's number.
_IDS = (
    "{uuid}",
    "{uuid}",
    "{uuid}",
    'rid "q" {n}',
    '{n}" "x',
    "-{n}",
    "{n} - 200",
    "é{n}\\",
    "{n}|",
)

_QUERIES = (
    "q={n}",
    "q=%22a%20b%22&x=1",
    "q=a%09b&empty=",
    "q=%25%2B+%C3%A9%FF",
    'q="raw"&empty',
    "q=-",
    "q=%7C%3D%2C&q=second",
    "empty=%20",
)


@dataclass(frozen=True)
class Request:
    """One thing that a client does."""

    scenario: Scenario
    number: int
    version: Version
    listener: str
    path: bytes
    do: str
    request_id: bytes
    user_agent: bytes | None
    hostile: bytes | None
    extra: tuple[tuple[bytes, bytes], ...] = field(default=())

    @property
    def method(self) -> bytes:
        """The method."""
        return self.scenario.method.encode()

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Every header but those that the protocol itself needs."""
        optional = ((b"user-agent", self.user_agent), (b"x-hostile", self.hostile))
        return [
            (b"x-request-id", self.request_id),
            (b"x-do", self.do.encode()),
            *((name, value) for name, value in optional if value is not None),
            *self.scenario.headers,
            *self.extra,
        ]


def plan(requests: int, seed: int) -> Iterator[Request]:
    """Draw requests; each scenario comes at least twice."""
    rng = random.Random(seed)  # noqa: S311 - to be drawn again
    drawn = [*SCENARIOS, *SCENARIOS]
    shares = [scenario.share for scenario in SCENARIOS]
    drawn += rng.choices(SCENARIOS, shares, k=max(0, requests - len(drawn)))
    rng.shuffle(drawn)
    return (_request(rng, scenario, number) for number, scenario in enumerate(drawn))


def _request(rng: random.Random, scenario: Scenario, number: int) -> Request:
    def filled(template: str) -> str:
        return (
            template.replace("{query}", rng.choice(_QUERIES))
            .replace("{uuid}", str(uuid.UUID(int=rng.getrandbits(128), version=4)))
            .replace("{long}", "p" * 10_000)
            .replace("{n}", str(number))
        )

    def value() -> bytes:
        value = _LONG if rng.random() < 0.01 else rng.choice(VALUES)
        return value.replace(b"{n}", b"%d" % number)

    extra = []
    if rng.random() < 0.3:
        extra.append((b"x-number", rng.choice((b"17", b"-1.5", b"1e300", b"0.1", b"1e15"))))
    if rng.random() < 0.2:
        extra.append((b"referer", b"http://example.com/?a=" + value()))
    return Request(
        scenario,
        number,
        rng.choice(scenario.versions),
        rng.choice(scenario.listeners),
        filled(scenario.path).encode("utf-8", "surrogateescape"),
        rng.choice(scenario.do),
        filled(rng.choice(_IDS)).encode(),
        None if rng.random() < 0.1 else value(),
        None if rng.random() < 0.1 else value(),
        tuple(extra),
    )
