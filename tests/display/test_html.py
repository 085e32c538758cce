"""HTML for notebooks: nothing of a log acts, and no row is lost in silence."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from envoylog.display import html

HOSTILE = "<img src=x onerror=alert(1)>\"'&\x1b[31m\u202e$x$\n\n# heading"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize(
    "written",
    [
        html.text(HOSTILE),
        html.paragraph(HOSTILE),
        html.items([HOSTILE]),
        html.details(HOSTILE, html.paragraph(HOSTILE)),
        html.table([HOSTILE], [[HOSTILE]], {HOSTILE: HOSTILE}),
        html.table(["a"], [[[HOSTILE]]]),
    ],
)
def test_nothing_of_a_log_acts(written: str) -> None:
    page = Tags()
    page.feed(html.block(written))
    assert "img" not in page.tags
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert any("<img src=x" in text for text in page.texts)


def test_markdown_sees_one_block() -> None:
    """A blank line would end the HTML in a page of Markdown, and what follows could act."""
    assert "\n" not in html.block(html.table(["a"], [[HOSTILE]]), html.paragraph(HOSTILE))


def test_dollars_are_no_formulas() -> None:
    assert html.block("$x$").startswith('<div class="mathjax_ignore')


def test_numbers_stand_to_the_right_with_their_units() -> None:
    table = html.table(["n", "p99", "path"], [[1234567, 0.5, "/a"]], {"p99": "ratio", "n": "ms"})
    assert '<td align="right">1,234,567</td>' in table
    assert '<td align="right">50.00%</td>' in table
    assert '<td style="text-align:left;white-space:nowrap">/a</td>' in table
    assert "min-width" in html.table(["why"], [["word " * 20]])
    assert '<th align="right">n<br><small>ms</small></th>' in table


def test_long_tables_and_cells_say_that_they_are_cut() -> None:
    assert html.more(html.ROWS) == ""
    assert f"the first {html.ROWS} of 1,000 rows" in html.more(1000)
    assert html.table(["a"], [["x" * 500]]).count("x") < 200
    assert "…" in html.table(["a"], [["x" * 500]])
