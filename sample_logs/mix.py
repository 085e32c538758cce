"""What the clients send: a seeded mix of requests, and what Envoy must make of each.

`OUTCOMES` is the table; `plan` draws requests from it.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sample_logs.mesh import (
    ADMIN,
    API,
    API_CLUSTER,
    IPV6_LITERAL,
    LEGACY_CLUSTER,
    SEARCH_CLUSTER,
    SHOP,
    STATIC,
)
from sample_logs.upstream import Answer


@dataclass(frozen=True)
class Outcome:
    """One thing that can happen to a request."""

    kind: str
    share: int  # in thousandths
    targets: tuple[str, ...]  # "METHOD AUTHORITY PATH", the path with {placeholders}
    statuses: tuple[int, ...] = (200,)  # of the upstream, attempt by attempt
    flags: str = "-"
    cluster: str | None = None  # where no upstream answers and so names itself
    least_delay: float = 0.0
    hang_up: Literal["never", "before", "midway"] = "never"
    header: bytes = b""  # one more header line


OUTCOMES = (
    Outcome(
        "ok",
        590,
        (
            f"GET {SHOP} /",
            f"GET {SHOP} /catalog?page={{n}}",
            f"GET {SHOP} /catalog/{{id}}",
            f"GET {SHOP} /catalog/{{id}}/reviews?sort=newest&page={{n}}",
            f"GET {SHOP} /search?q={{word}}",
            f"GET {SHOP} /search?q=%22exact%20{{word}}%22&lang=de",
            f'GET {SHOP} /search?q="{{word}}"',
            f"GET {SHOP} /caf%C3%A9/men%C3%BC/{{n}}",
            f"GET {SHOP} /cart/{{uuid}}",
            f"POST {SHOP} /cart/{{uuid}}/items",
            f"PUT {SHOP} /cart/{{uuid}}/items/{{n}}",
            f"DELETE {SHOP} /cart/{{uuid}}/items/{{n}}",
            f"POST {SHOP} /checkout?coupon=%25OFF-{{n}}",
            f"HEAD {SHOP} /catalog/{{id}}",
            f"GET {API} /v1/users/{{id}}",
            f"PATCH {API} /v1/users/{{id}}",
            f"GET {API} /v1/users/{{id}}/orders?from=2026-01-{{n}}&status=open",
            f"POST {API} /v1/events",
            f"POST {API} /v1/graphql",
            f"GET {API} /v1/stock/{{word}}?warehouse=7&warehouse=9",
            f"OPTIONS {API} /v1/stock/{{word}}",
            f"GET {API} /v1/files/a%2Fb%20c/{{id}}.pdf",
            f"GET {IPV6_LITERAL} /v1/users/{{id}}",
            f"GET {STATIC} /css/site.{{id}}.css",
            f"GET {STATIC} /js/app.{{id}}.js?v={{n}}",
            f"GET {STATIC} /img/{{word}}@2x.png",
            f"HEAD {STATIC} /img/{{word}}.webp",
            f"GET {STATIC} /fonts/inter.woff2",
            f"GET {ADMIN} /dashboard",
            f"GET {ADMIN} /users?filter[role]={{word}}&limit=50",
            f"POST {ADMIN} /users/{{id}}/lock",
        ),
    ),
    Outcome("probe", 30, (f"GET {SHOP} /healthz",)),
    Outcome(
        "no-content",
        30,
        (f"DELETE {API} /v1/sessions/{{uuid}}", f"PUT {API} /v1/flags/{{word}}"),
        (204,),
    ),
    Outcome("not-modified", 30, (f"GET {STATIC} /img/{{word}}.png",), (304,)),
    Outcome(
        "app-not-found", 45, (f"GET {SHOP} /catalog/{{id}}", f"GET {STATIC} /favicon.ico"), (404,)
    ),
    Outcome("app-error", 20, (f"POST {API} /v1/invoices", f"GET {SHOP} /account/{{id}}"), (500,)),
    Outcome("app-unavailable", 12, (f"GET {API} /v1/recommend/{{id}}",), (503,)),
    Outcome(
        "not-found",
        45,
        (
            "GET unknown.example.net /",
            "GET 192.0.2.80 /.env",
            f"GET {API} /wp-login.php",
            f"GET {API} /v2/users/{{id}}?q=%27%20OR%201=1--",
            f"GET {API} /cgi-bin/%2e%2e/%2e%2e/bin/sh",
        ),
        flags="NR",
    ),
    Outcome("redirect", 30, (f"GET {SHOP} /old/{{id}}?utm_source=mail",)),
    Outcome(
        "upstream-failure",
        20,
        (f"GET {API} /v1/legacy/{{id}}",),
        flags="UF",
        cluster=LEGACY_CLUSTER,
    ),
    Outcome(
        "no-healthy-upstream",
        20,
        (f"GET {API} /v1/search?q={{word}}",),
        flags="UH",
        cluster=SEARCH_CLUSTER,
    ),
    Outcome(
        "upstream-closed",
        8,
        (f"GET {API} /v1/export/{{id}}.csv",),
        (0,),
        flags="UC",
        cluster=API_CLUSTER,
    ),
    Outcome(
        "timeout",
        20,
        (f"GET {API} /v1/reports/{{id}}",),
        flags="UT",
        cluster=API_CLUSTER,
        least_delay=0.5,
    ),
    Outcome("retry-limit", 18, (f"GET {API} /v1/orders/{{id}}",), (503,), flags="URX"),
    Outcome(
        "retry-refused",
        12,
        (f"GET {API} /v1/payments/{{id}}",),
        flags="URX,UF",
        cluster=LEGACY_CLUSTER,
    ),
    Outcome("retried", 20, (f"GET {API} /v1/orders/{{id}}",), (503, 200)),
    # Those whom the rate limit stops get 429 and the flag RL; the others are plain "ok".
    Outcome("login", 30, (f"POST {API} /v1/login",), cluster=API_CLUSTER),
    Outcome(
        "disconnect",
        14,
        (f"GET {API} /v1/archive/{{id}}", f"POST {API} /v1/archive"),
        flags="DC",
        cluster=API_CLUSTER,
        least_delay=1.0,
        hang_up="before",
    ),
    Outcome(
        "disconnect-midway", 4, (f"GET {STATIC} /video/{{word}}.mp4",), flags="DC", hang_up="midway"
    ),
    # A control byte in a header: Envoy refuses the request and logs none of its headers.
    Outcome(
        "malformed", 2, (f"GET {SHOP} /catalog/{{id}}",), flags="DPE", header=b"x-bad: \x01\r\n"
    ),
)

_CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

#: User agents with their weights; None is a request without the header.
_USER_AGENTS: dict[str | bytes | None, int] = {
    _CHROME.format("Windows NT 10.0; Win64; x64"): 100,
    _CHROME.format("X11; Linux x86_64"): 90,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15": 80,
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0": 120,
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": 50,
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)": 30,
    "curl/8.5.0": 130,
    "okhttp/4.12.0": 240,
    "Go-http-client/1.1": 50,
    "python-requests/2.32.3": 40,
    None: 25,
    "-": 8,
    "": 8,
    'Acme "Deluxe" Browser/2.0': 8,
    "\\back\\slash\\": 5,
    "tab\there/1.0": 5,
    "Füchse/1.0 (日本; émigré) 🦊": 8,
    b"latin-1 caf\xe9/\xff\xfe": 5,
    # Forges the fields that follow the user agent in the default format.
    'x" "fake-id" "evil.example" "1.2.3.4:80': 5,
}

_WORDS = ("amber", "birch", "cobalt", "dune", "ember", "fjord", "grove", "harbour")


@dataclass(frozen=True)
class Request:
    """One request to send, and from where."""

    outcome: Outcome
    method: str
    authority: str
    path: str
    protocol: str
    source: str
    request_id: str | None
    user_agent: str | bytes | None
    x_forwarded_for: str | None
    body: int
    answer: Answer


def plan(requests: int, seed: int) -> Iterator[Request]:
    """Draw requests; each outcome comes at least once where there are requests enough."""
    rng = random.Random(seed)
    drawn = list(OUTCOMES[:requests])
    shares = [outcome.share for outcome in OUTCOMES]
    drawn += rng.choices(OUTCOMES, shares, k=requests - len(drawn))
    rng.shuffle(drawn)
    return (_request(rng, outcome) for outcome in drawn)


def _request(rng: random.Random, outcome: Outcome) -> Request:
    method, authority, template = rng.choice(outcome.targets).split(" ")
    probe = outcome.kind == "probe"
    malformed = outcome.kind == "malformed"
    request_id = _uuid(rng)
    return Request(
        outcome=outcome,
        method=method,
        authority=authority,
        path=_path(rng, template),
        protocol="HTTP/1.0" if outcome.kind == "ok" and rng.random() < 0.01 else "HTTP/1.1",
        source=_source(rng),
        request_id=None if probe or malformed else request_id,
        user_agent="kube-probe/1.29" if probe else _user_agent(rng),
        x_forwarded_for=None if probe else _x_forwarded_for(rng),
        body=_size(rng, 60_000) if method in {"POST", "PUT", "PATCH"} else 0,
        answer=_answer(rng, outcome),
    )


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _path(rng: random.Random, template: str) -> str:
    # Not str.format: paths may hold braces and brackets of their own.
    return (
        template.replace("{id}", str(rng.randint(1, 99_999)))
        .replace("{n}", str(rng.randint(1, 30)))
        .replace("{word}", rng.choice(_WORDS))
        .replace("{uuid}", _uuid(rng))
    )


def _source(rng: random.Random) -> str:
    return "::1" if rng.random() < 0.08 else f"127.0.0.{rng.randint(2, 9)}"


def _user_agent(rng: random.Random) -> str | bytes | None:
    return rng.choices(list(_USER_AGENTS), list(_USER_AGENTS.values()))[0]


def _size(rng: random.Random, largest: int) -> int:
    """Bytes of a body: most are small, a few are large, some are empty."""
    return 0 if rng.random() < 0.05 else min(int(rng.lognormvariate(7.3, 1.6)), largest)


def _answer(rng: random.Random, outcome: Outcome) -> Answer:
    midway = outcome.hang_up == "midway"
    size = 150_000 if midway else _size(rng, 200_000)
    delay = max(outcome.least_delay, min(rng.lognormvariate(-4.2, 1.1), 0.4))
    return Answer(outcome.statuses, size, delay, stall=midway)


def _x_forwarded_for(rng: random.Random) -> str | None:
    client = _client(rng)
    chains = {
        None: 15,
        client: 45,
        f"{_client(rng)}, {client}": 15,
        f"10.{rng.randint(0, 3)}.0.{rng.randint(1, 250)},  192.0.2.7 , {client}": 8,
        f"2001:db8:{rng.randint(1, 9):x}::{rng.randint(1, 40):x}": 8,
        f"{client}, 2001:db8:85a3::8a2e:370:{rng.randint(1, 40):x}": 3,
        f"unknown, {client}": 2,
        "unknown": 1,
        f"{client}:{rng.randint(1024, 65535)}": 2,
        f"10.{rng.randint(0, 3)}.0.{rng.randint(1, 250)}": 1,
    }
    return rng.choices(list(chains), list(chains.values()))[0]


def _client(rng: random.Random) -> str:
    # A few clients send most of the traffic, many send little.
    host = min(int(rng.paretovariate(0.8)), 250)
    return f"{rng.choice(('203.0.113', '198.51.100'))}.{host}"
