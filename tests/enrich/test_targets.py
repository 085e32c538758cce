"""The parts of a request target."""

from __future__ import annotations

import polars as pl
import pytest

from envoylog.enrich.routes.targets import bare_path, is_static, query, template_path


def value(expr: pl.Expr) -> object:
    return pl.select(expr).item()


@pytest.mark.parametrize(
    ("target", "path", "text"),
    [
        ("/", "/", None),
        ("/a", "/a", None),
        ("/a?", "/a", ""),
        ("/a?b=c?d", "/a", "b=c?d"),
        ("/a?b#c", "/a", "b"),
        ("/a#c?b", "/a", None),
        ("?b", "/", "b"),
        ("", "/", None),
        ("http://h.example/a/b?c", "/a/b", "c"),
        ("http://h.example", "/", None),
        ("https://[2001:db8::1]:8443/a", "/a", None),
        ("http://h.example?c", "/", "c"),
        ("/redirect?to=http://x.example/y", "/redirect", "to=http://x.example/y"),
        ("/http://x.example/y", "/http://x.example/y", None),
        ("*", "*", None),
        ("h.example:443", "h.example:443", None),
        (None, None, None),
    ],
)
def test_path_and_query(target: str | None, path: str | None, text: str | None) -> None:
    literal = pl.lit(target, dtype=pl.String)
    assert value(bare_path(literal)) == path
    assert value(query(literal)) == text


@pytest.mark.parametrize(
    ("path", "laid"),
    [
        ("/a/b/", "/a/b/"),
        ("//a///b", "/a/b"),
        ("/a;jsessionid=1/b;v=2", "/a/b"),
        ("/a{b}/*", "/a%7Bb%7D/%2A"),
        ("/blog/2026/11/24/x", "/blog/{year}/{month}/{day}/x"),
        ("/2026/11", "/{year}/{month}"),
        ("/2026/13/x", "/2026/13/x"),
        ("/2026", "/2026"),
        ("*", "*"),
        ("h.example:443", "{authority}"),
        ("[2001:db8::1]:443", "{authority}"),
        ("h.example", "{other}"),
        ("a:b@h.example:80", "{other}"),
        (None, None),
    ],
)
def test_template_path(path: str | None, laid: str | None) -> None:
    assert value(template_path(pl.lit(path, dtype=pl.String))) == laid


@pytest.mark.parametrize(
    ("target", "static"),
    [
        ("/js/app.js", True),
        ("/js/app.4f2a.JS?v=3", True),
        ("/img/a@2x.png;v=1", True),
        ("/favicon.ico", True),
        ("/style.css/", False),
        ("/report.pdf", False),
        ("/data.json", False),
        ("/.js", False),  # a hidden file without an extension
        ("/search?q=a.js", False),
        ("/page#a.js", False),
        ("/js", False),
        (None, None),
    ],
)
def test_static(target: str | None, static: bool | None) -> None:
    assert value(is_static(pl.lit(target, dtype=pl.String))) is static
