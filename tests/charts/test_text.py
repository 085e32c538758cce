"""Hostile and odd texts in pictures."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from envoylog.charts.text import HIDDEN, clean, literal, shown

matplotlib = pytest.importorskip("matplotlib")

HOSTILE = {
    "colours of a terminal": ("\x1b[31mred", "·[31mred"),
    "a line break": ("a\r\nb\tc", "a··b·c"),
    "right to left": ("a\u202egpj.exe\u2066", "a·gpj.exe·"),
    "Hebrew": ("/\u05d0\u05d1/1", "/··/1"),
    "stacked marks": ("z\u0351\u036b\u0343", "z···"),
    "a joiner": ("a\u200db\u00adc\ufeff", "a·b·c·"),
    "no glyph": ("\u65e5\u672c\U0001f600", "···"),
    "half a pair": ("\udc80", "·"),
    "composed": ("cafe\u0301", "café"),
    "markup": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
}


@pytest.mark.parametrize(("text", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_nothing_hides_reorders_or_stacks(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_what_is_shown_has_a_glyph_and_stands_for_itself() -> None:
    from matplotlib.ft2font import FT2Font

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    plain, bold = (
        set(FT2Font(str(fonts / name)).get_charmap())
        for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
    )
    kept = [c for c in map(chr, range(0x20, 0x30000)) if clean(c) == c and c != HIDDEN]
    assert len(kept) > 700
    assert {c for c in kept if ord(c) not in plain & bold} == set()
    assert {c for c in kept if unicodedata.bidirectional(c) in {"R", "AL", "AN"}} == set()
    assert {c for c in kept if unicodedata.category(c)[0] in "MC"} == set()


def test_long_texts_lose_their_middle() -> None:
    text = clean("/start" + "x" * 10_000_000 + "/end", 20)
    assert text == "/startxxxx…xxxxx/end"
    assert len(text) == 20


@pytest.mark.parametrize("text", ["$x^2$", "a$b", r"\$", r"$\frac{1}{0}$", "$$$", r"\\$"])
def test_dollars_are_no_mathematics(text: str) -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    drawn = figure.text(0.5, 0.5, literal(text))
    figure.draw_without_rendering()
    seen, mathematics = drawn._preprocess_math(literal(text))  # type: ignore[attr-defined]
    assert not mathematics
    assert re.sub(r"\\(?=\$)", "", seen) == re.sub(r"\\(?=\$)", "", text)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "ms", "-"),
        (True, "", "True"),
        (1203, "", "1,203"),
        (1234567.8, "", "1,234,568"),
        (0.12345, "", "0.123"),
        (0, "ratio", "0%"),
        (1, "ratio", "100%"),
        (0.00034, "ratio", "0.034%"),
        (0.9999, "ratio", "99.99%"),
        (-0.5, "ratio", "-50%"),
        (12.5, "ratio", "1,250%"),
        (999, "By", "999 B"),
        (1_500_000, "By", "1.5 MB"),
        (7376, "ms", "7,376 ms"),
        (84_200, "ms", "84.2 s"),
        (3_600_000, "ms", "60 min"),
        (400_000_000, "ms", "4.63 days"),
        (492, "/s", "492/s"),
        (3, "s", "3 s"),
        (timedelta(seconds=3), "", "3,000 ms"),
        (datetime(2026, 11, 24, 2, 37, tzinfo=UTC), "", "11-24 02:37"),
        (datetime(2026, 11, 24, 2, 37, 4, tzinfo=UTC), "", "11-24 02:37:04"),
        ("\x1b", "", "·"),
    ],
)
def test_values(value: object, unit: str, expected: str) -> None:
    assert shown(value, unit) == expected


def test_moments_are_in_the_zone() -> None:
    moment = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert shown(moment, zone=ZoneInfo("Europe/Zurich")) == "11-25 00:30"
