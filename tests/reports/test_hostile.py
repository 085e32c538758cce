"""Whatever clients write into a log appears as harmless text, in every form of a report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from markdown_it import MarkdownIt

import envoylog
from envoylog.display.shown import safe
from envoylog.reports.config import Config
from envoylog.reports.links import Links
from envoylog.reports.sections import DEFAULT
from tests.browser import visiting
from tests.questions.made import made

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE: Final = (
    "<script>document.title='pwned';alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg onload=alert(1)><style>*{display:none}</style>",
    "</title></style></script><iframe src=//evil.example>",
    "'; drop view access; --",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    '=HYPERLINK("http://evil.example/","x")',
    "\x1b[31mred\x00\x07\x9b\x85",
    "\u202egnp.exe\u2066 \u200f\u061c",
    "[x](javascript:alert(1)) ![p](http://evil.example/p.png)",
    "`` ` `` | a | b\n# head\n\n<b>b</b>",
    "http://evil.example/ www.evil.example &lt;&amp; \\",
    "javascript:alert(1)",
    "\ud7ff\ufeff\u2028\u2029" + "x" * 10_000,
)
#: What is longer is cut, and so looked for by its beginning.
_SHOWN: Final = 60


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> envoylog.Report:
    """Report on an attack: every text that a client chooses is an attempt."""
    rows = [
        {
            "at": 20 * number + len(HOSTILE) * place,
            "authority": text,
            "path": f"/{text}",
            "method": text,
            "user_agent": text,
            "request_id": text,
            "upstream_cluster": f"outbound|80||{text}",
            "upstream_host": text,
            "x_forwarded_for": text,
            "response_flags": "UF" if number % 2 else text,
            "response_code": 503 if number % 2 else 200,
            "response_code_details": text,
            "upstream_transport_failure_reason": text,
            "duration": 10 * number,
            "ambiguous": number == 1,
        }
        for place, text in enumerate(HOSTILE)
        for number in range(40)
    ]
    log = made(
        tmp_path_factory.mktemp("hostile"),
        rows,
        protocol="HTTP/1.1",
        downstream_remote_address="192.0.2.1:5000",
    )
    links = {
        "request_id": "https://tempo.example.com/{request_id}?at={since_ms}",
        "upstream_cluster": "https://kiali.example.com/{upstream_cluster}",
        "authority": "https://wiki.example.com/?q={authority}",
    }
    with log:
        sections = tuple(replace(section, rows=len(HOSTILE)) for section in DEFAULT)
        return envoylog.report(log, config=Config(links=Links(links), sections=sections))


def test_nothing_runs_in_a_browser(
    browser: Browser, hostile: envoylog.Report, tmp_path: Path
) -> None:
    page = tmp_path / "hostile.html"
    hostile.to_html(page)
    with visiting(browser, page, viewport={"width": 390, "height": 900}) as visit:
        assert (visit.requests, visit.errors, visit.dialogs) == ([], [], [])
        assert visit.page.title().startswith("Access log report")
        tags = (
            "document.querySelectorAll('script, iframe, object, embed, link, style, form').length"
        )
        assert visit.page.evaluate(tags) == 2
        attributes = "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
        names = set(visit.page.evaluate(attributes))
        assert not {name for name in names if name.startswith("on")}
        hosts = visit.page.evaluate(
            "[...document.querySelectorAll('a[href]')].map(a => a.protocol + a.hostname)"
        )
        assert set(hosts) <= {
            "file:", "https:tempo.example.com", "https:kiali.example.com", "https:wiki.example.com"
        }  # fmt: skip
        assert "https:tempo.example.com" in hosts
        assert visit.overflow() <= 0
        assert visit.barriers() == []
        text = " ".join(visit.page.evaluate("document.body.textContent").split())
    for one in HOSTILE:
        assert " ".join(safe(one)[:_SHOWN].split()) in text


def test_html_has_no_character_that_hides_or_reorders(hostile: envoylog.Report) -> None:
    text = hostile.to_html()
    assert text == safe(text)


def test_markdown_reads_it_as_text(hostile: envoylog.Report) -> None:
    text = hostile.to_md()
    assert text == safe(text)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    assert not [one for one in (*tokens, *inner) if one.type.startswith(("html", "image", "fence"))]
    hrefs = {str(one.attrs["href"]) for one in inner if one.type == "link_open"}
    assert {href.split("/")[2] for href in hrefs} == {
        "tempo.example.com", "kiali.example.com", "wiki.example.com"
    }  # fmt: skip
    headings = [token for token in tokens if token.type == "heading_open"]
    assert len(headings) == 2 + len(hostile.parts) + len(hostile.quality)
    code = {child.content for child in inner if child.type == "code_inline"}
    for one in HOSTILE:
        beginning = " ".join(safe(one)[:_SHOWN].split())
        assert any(" ".join(span.split()).startswith(beginning) for span in code), beginning


def test_a_row_of_markdown_has_as_many_cells_as_its_head(hostile: envoylog.Report) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(hostile.to_md())
    counts: list[int] = []
    for token in tokens:
        if token.type == "tr_open":
            counts.append(0)
        elif token.type in {"th_open", "td_open"}:
            counts[-1] += 1
        elif token.type == "table_close":
            assert len(set(counts)) == 1
            counts = []


def test_json_keeps_it_as_it_was(hostile: envoylog.Report) -> None:
    found = json.loads(hostile.to_json())
    sections = {section["question"]: section for section in found["sections"]}
    names = {row["authority"] for row in sections["errors-by-authority"]["answer"]["rows"]}
    assert names == set(HOSTILE)
