"""What each segment of a path is taken for."""

from __future__ import annotations

import polars as pl
import pytest

from envoylog.enrich.routes.segments import label
from envoylog.spec.segments import SEGMENT_CLASSES


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("users", None),
        ("", None),
        ("v1", None),
        ("v1beta1", None),
        ("oauth2", None),
        ("utf-8", None),
        ("face", None),
        ("deadbeef", None),  # a word, for all that is known: no digit
        ("decade", None),
        ("robots.txt", None),
        ("getUserProfileV2Data", None),
        ("Orders.Service", None),
        ("user@home", None),
        ("0", "{id}"),
        ("42", "{id}"),
        ("-1", "{id}"),
        ("2024", "{id}"),
        ("123,456", "{id}"),
        ("47.37,8.54", "{id}"),
        ("42.pdf", "{id}.pdf"),
        ("42:cancel", "{id}:cancel"),
        ("3f2a9bc1", "{id}"),
        ("507f1f77bcf86cd799439011", "{id}"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "{id}"),
        ("PROJ-123", "{id}"),
        ("order_100042", "{id}"),
        ("cus_9s6XKzkNRiz8i3", "{id}"),
        ("7b0c3f5e-2d44-4f5b-9d3c-0a1b2c3d4e5f", "{uuid}"),
        ("7B0C3F5E-2D44-4F5B-9D3C-0A1B2C3D4E5F", "{uuid}"),
        ("7b0c3f5e-2d44-4f5b-9d3c-0a1b2c3d4e5f.json", "{uuid}.json"),
        ("7b0c3f5e2d444f5b9d3c0a1b2c3d4e5f", "{hash}"),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "{hash}"),
        ("sha256:" + "ab" * 32, "{hash}"),
        ("2026-11-24", "{date}"),
        ("2026-11", "{date}"),
        ("2026-13-01", "{id}"),
        ("2026-11-24T06:00:00Z", "{date}"),
        ("192.0.2.1", "{ip}"),
        ("2001:db8::1", "{ip}"),
        ("18.2.0", "{version}"),
        ("v1.2.3-rc.1", "{version}"),
        ("1.2", "{id}"),
        ("ada@example.com", "{email}"),
        ("ada%40example.com", "{email}"),
        ("en-US", "{locale}"),
        ("zh-Hant", "{locale}"),
        ("4211-blue-suede-shoes", "{slug}"),
        ("blue-suede-shoes-4211", "{slug}"),
        ("blue-suede-shoes", None),
        ("caf%C3%A9", None),
        ("%7Eada", None),
        ("a%2Fb", "{slug}"),
        ("a%20b", "{slug}"),
        ("%FF%FE", "{slug}"),
    ],
)
def test_labels(segment: str, expected: str | None) -> None:
    assert label(pl.Series([segment]))["label"].item() == expected


@pytest.mark.parametrize(
    "segment",
    ["..", ".", "%2e%2e", "..%2fetc", "..%5cwindows", "<script>", "%3Cscript%3E", "a%00b", "a%0db",
     "a\x1b[31m", "%27%20OR%201=1", 'a"b', "a%", "a%4", "a%zz", "x" * 400, "`id`"],
)  # fmt: skip
def test_garbage(segment: str) -> None:
    row = label(pl.Series([segment])).row(0, named=True)
    assert row["garbage"]
    assert row["label"] == "{slug}"


@pytest.mark.parametrize(
    "segment", ["users", "a%2Fb", "a%20b", "O'Brien", "a+b", "a=b", "(1)", "名前", "x" * 90]
)
def test_not_garbage(segment: str) -> None:
    assert not label(pl.Series([segment]))["garbage"].item()


@pytest.mark.parametrize(("raw", "text"), [
    ("caf%C3%A9", "café"), ("caf%c3%a9", "café"), ("a%2Fb", "a%2Fb"), ("%7Eada", "~ada"),
    ("%25", "%25"), ("%7Bid%7D", "%7Bid%7D"), ("%2A", "%2A"), ("plain", "plain"),
])  # fmt: skip
def test_decoded_only_where_nothing_is_lost(raw: str, text: str) -> None:
    assert label(pl.Series([raw]))["text"].item() == text


@pytest.mark.parametrize("row", SEGMENT_CLASSES, ids=lambda row: row.examples[0])
def test_the_table_is_right_about_its_own_examples(row: object) -> None:
    for found in SEGMENT_CLASSES:
        if found is row:
            labels = label(pl.Series(found.examples))["label"].unique().to_list()
            assert labels == [f"{{{found.name}}}"]
