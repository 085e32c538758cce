"""Who asks: the class, the name and the system of user agents."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

import polars as pl

from envoylog.enrich.companion import Companion, Settings
from envoylog.spec.agents import AGENTS, APP, BROWSER, CRAWLER_TAGS, ROBOT

#: A user agent says what it is at its start; Envoy itself takes headers of 60 kB.
_LOOKED_AT: Final = 1024
_EXTRA: Final = "the packages that know browsers and systems: pip install 'envoylog[agents]'"

# The first product of a user agent, and its version.
_PRODUCT: Final = r"^([A-Za-z][^/()<>\x00-\x1f\x7f]{0,60}?)(?:/|[ (]|$)"
_VERSION: Final = r"^[^/()]{1,60}/v?([0-9]{1,9}(?:\.[0-9]{1,9})?)"


def classify(user_agents: pl.Series) -> pl.DataFrame:
    """Tell who sent each user agent, as far as it says so itself.

    Parameters
    ----------
    user_agents : polars.Series
        String, distinct; NULL for a request without one.

    Returns
    -------
    polars.DataFrame
        In the order given: `user_agent`; `agent_class`, one of `spec.agents.AGENT_CLASSES`;
        `agent_name`, such as `Chrome`, `GPTBot` or `curl`, NULL where it has none. Browsers have
        names where the extra `agents` is installed.

    Examples
    --------
    >>> agents = pl.Series(["kube-probe/1.29", "curl/8.5.0", "Shop/5.2 (iPhone; iOS 17.5)", None])
    >>> classify(agents).select("agent_class", "agent_name").rows()
    [('probe', 'kube-probe'), ('library', 'curl'), ('app', 'Shop'), ('none', None)]
    """
    frame = _classify(user_agents)
    text = pl.col("text")
    browser, _version, _system = _browsers()
    browsers = frame.filter(pl.col("agent_class") == "browser").select("row", "text")
    named = browsers.select("row", browser=_parsed(browsers["text"], browser))
    robot = text.str.extract(r"(?i)([\w.-]*(?:bot|crawler|spider|scraper))\b", 1)
    product = text.str.extract(_PRODUCT, 1).str.strip_chars()
    return frame.join(named, on="row", how="left", maintain_order="left").select(
        "user_agent",
        "agent_class",
        agent_name=pl.when(pl.col("agent_class").is_in(["none", "unknown"]))
        .then(None)
        .when(pl.col("agent_class") == "browser")
        .then("browser")
        .when(pl.col("guess") == "crawler")
        .then(pl.coalesce("agent_name", robot, product))
        .otherwise(pl.coalesce("agent_name", product)),
    )


def agent_classes(user_agents: pl.Series) -> pl.Series:
    """Tell the class alone, as `classify` does: names of browsers take ten times as long."""
    return _classify(user_agents)["agent_class"]


def _classify(user_agents: pl.Series) -> pl.DataFrame:
    text = pl.col("text")
    frame = (
        user_agents.alias("user_agent")
        .to_frame()
        .with_columns(text=pl.col("user_agent").fill_null("").str.slice(0, _LOOKED_AT))
        .with_row_index("row")
    )
    known = pl.concat([_from_tables(frame), _from_crawlers(frame)]).unique(
        "row", keep="first", maintain_order=True
    )
    is_browser = text.str.contains(BROWSER)
    frame = frame.join(known, on="row", how="left", maintain_order="left").with_columns(
        guess=pl.when(text.str.strip_chars().is_in(["", "-"]))
        .then(pl.lit("none"))
        .when(text.str.contains(f"(?i){ROBOT}"))
        .then(pl.lit("crawler"))
        .when(is_browser)
        .then(pl.lit("browser"))
        .when(text.str.contains(APP) & ~text.str.starts_with("Mozilla/"))
        .then(pl.lit("app"))
        .otherwise(pl.lit("unknown"))
    )
    return frame.with_columns(agent_class=pl.coalesce("agent_class", "guess"))


def systems(user_agents: pl.Series) -> pl.DataFrame:
    """Tell the version, the operating system and the kind of device of each user agent.

    Needs the extra `agents`.

    Parameters
    ----------
    user_agents : polars.Series
        String, distinct; NULL for a request without one.

    Returns
    -------
    polars.DataFrame
        In the order given: `user_agent`; `agent_version`, of a browser its major version, of
        others the first two numbers; `os_name`, such as `Windows` or `iOS`; `device`, one of
        `mobile`, `tablet`, `desktop`. NULL where it does not say.
    """
    text = pl.col("text")
    frame = (
        user_agents.alias("user_agent")
        .to_frame()
        .with_columns(text=pl.col("user_agent").str.slice(0, _LOOKED_AT))
    )
    _browser, version, system = _browsers()
    is_browser = text.str.contains(BROWSER)
    tablet = text.str.contains(r"\b(?:iPad|iPadOS|Tablet|Kindle|Silk)\b")
    android = text.str.contains(r"\bAndroid\b")
    mobile = text.str.contains(r"\b(?:iPhone|iPod|Windows Phone|Mobile)\b|\biOS\b")
    desktop = text.str.contains(r"\b(?:Windows NT|Macintosh|X11|CrOS)\b")
    return frame.select(
        "user_agent",
        agent_version=pl.when(is_browser)
        .then(_parsed(frame["text"], version))
        .when(~text.str.starts_with("Mozilla/"))
        .then(text.str.extract(_VERSION, 1)),
        os_name=_parsed(frame["text"], system),
        device=pl.when(tablet | (android & is_browser & ~mobile))
        .then(pl.lit("tablet"))
        .when(mobile | android)
        .then(pl.lit("mobile"))
        .when(desktop)
        .then(pl.lit("desktop")),
    )


def _from_tables(frame: pl.DataFrame) -> pl.DataFrame:
    """Look user agents up in our own tables; the first row that fits counts."""
    text = pl.col("text")
    either = "|".join(f"(?:{agent.pattern})" for agent in AGENTS)
    rest = frame.select("row", "text").filter(text.str.contains(f"(?i){either}"))
    # All at once: a look for each takes polars longer to plan than to do.
    fits = [
        pl.when(text.str.contains(f"(?i){agent.pattern}")).then(number)
        for number, agent in enumerate(AGENTS)
    ]
    facts = pl.DataFrame(
        {
            "number": range(len(AGENTS)),
            "agent_class": [agent.agent_class for agent in AGENTS],
            "agent_name": [agent.name for agent in AGENTS],
        },
        schema={"number": pl.Int32, "agent_class": pl.String, "agent_name": pl.String},
    )
    return (
        rest.select("row", number=pl.coalesce(fits).cast(pl.Int32))
        .join(facts, on="number", how="inner")
        .drop("number")
    )


def _from_crawlers(frame: pl.DataFrame) -> pl.DataFrame:
    """Look user agents up in the package crawler-user-agents, where it is installed."""
    either, crawler_class = _crawlers()
    if not either:
        return _found(frame.head(0), "", "")
    matched = frame.select("row", word=pl.col("text").str.extract(f"({either})", 1)).drop_nulls()
    words = matched["word"].unique()
    facts = pl.DataFrame(
        {"word": words, "agent_class": [crawler_class(word) for word in words]},
        schema={"word": pl.String, "agent_class": pl.String},
    )
    return matched.join(facts, on="word").select(
        "row", "agent_class", agent_name=pl.col("word").str.strip_chars(" /;()+")
    )


def _found(rows: pl.DataFrame, agent_class: str, name: str) -> pl.DataFrame:
    return rows.select("row", agent_class=pl.lit(agent_class), agent_name=pl.lit(name))


@cache
def _crawlers() -> tuple[str, Callable[[str], str]]:
    try:
        from crawleruseragents import CRAWLER_USER_AGENTS_DATA
    except ImportError:
        return "", lambda _word: "crawler"
    rows = [
        (row["pattern"], [CRAWLER_TAGS.get(tag) for tag in row["tags"]])
        for row in CRAWLER_USER_AGENTS_DATA
    ]

    def crawler_class(word: str) -> str:
        for pattern, classes in rows:
            if re.search(pattern, word):
                return next((one for one in classes if one), "crawler")
        return "crawler"

    return "|".join(pattern for pattern, _classes in rows), crawler_class


def _parsed(texts: pl.Series, part: Callable[[str], str | None] | None) -> pl.Series:
    """Ask ua-parser about each text; NULL where it does not know, or is not installed."""
    found = [part(text) if part and text else None for text in texts]
    return pl.Series(found, dtype=pl.String)


def _browsers() -> tuple[Callable[[str], str | None] | None, ...]:
    """Give the functions of ua-parser: the browser, its major version, the system."""
    try:
        from ua_parser import parse_os, parse_user_agent
    except ImportError:
        return None, None, None

    def browser(text: str) -> str | None:
        found = parse_user_agent(text)
        return found.family if found else None

    def version(text: str) -> str | None:
        found = parse_user_agent(text)
        return found.major if found else None

    def system(text: str) -> str | None:
        found = parse_os(text)
        return found.family if found else None

    return browser, version, system


def _without_extra(_settings: Settings) -> str | None:
    return None if all(_browsers()) else _EXTRA


AGENTS_COMPANION: Final = Companion(
    name="agents",
    keys=("user_agent",),
    columns={"agent_class": "VARCHAR", "agent_name": "VARCHAR"},
    needs=("user_agent",),
    enrich=lambda frame, _settings: classify(frame["user_agent"]),
)
SYSTEMS_COMPANION: Final = Companion(
    name="systems",
    keys=("user_agent",),
    columns={"agent_version": "VARCHAR", "os_name": "VARCHAR", "device": "VARCHAR"},
    needs=("user_agent",),
    enrich=lambda frame, _settings: systems(frame["user_agent"]),
    unavailable=_without_extra,
)
