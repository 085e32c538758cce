"""SVG and PNG: the same each time, harmless, readable; matplotlib is left as it was."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

matplotlib = pytest.importorskip("matplotlib")

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from envoylog.charts.draw import draw  # noqa: E402
from envoylog.charts.marks import Mark  # noqa: E402
from envoylog.charts.palette import STATUS  # noqa: E402
from envoylog.charts.render import document, png, save, svg  # noqa: E402
from envoylog.errors import OutputError, QueryError  # noqa: E402
from tests.charts.pictures import START, minutes, picture  # noqa: E402

HOSTILE = [
    "<script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    "\x1b[31m\x00\u202ered\u2069",
    "$\\frac{1}{0}$ & \"quotes\" 'too'",
    "fill: #212529; stroke: #212529",
    "=cmd()|x" * 10_000,
]
BARS = picture("bar", "x", "y", {"x": HOSTILE, "y": range(9, 3, -1)}, note="{x}")
LINES = picture("line", "t", "y", {"t": minutes(0, 1, 2), "y": [1, 3, 2]})


def test_nothing_of_the_log_becomes_markup() -> None:
    text = svg(BARS)
    root = ET.fromstring(text)  # noqa: S314 - our own
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "defs", "path", "use", "clipPath", "rect", "text", "tspan"}
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    assert not re.search(r"(href|src)=\"(?!#)", text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text)
    words = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert "<script>alert(1)</script>" in words
    # Only colours follow the page, not what looks like one.
    assert "fill: #212529; stroke: #212529" in words
    assert len(text) < 100_000


def test_text_takes_the_colour_of_the_page() -> None:
    text = svg(LINES)
    assert "currentColor" in text
    assert "#212529" not in text
    styles = re.findall(r"<text[^>]*style=\"([^\"]*)\"", text)
    assert styles
    assert all("fill: currentColor" in style or "fill" not in style for style in styles)
    assert 'fill="none"' in text or "fill: none" in text
    assert "background" not in text


def test_svg_says_what_it_shows_and_has_a_size_of_its_own() -> None:
    root = ET.fromstring(svg(LINES, size=(4, 3)))  # noqa: S314
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Y peaks at 3, 11-24 12:01: 7 requests"
    assert root.get("viewBox") == "0 0 288 216"
    assert root.get("width") is None


def test_two_in_one_page_share_no_id() -> None:
    ids = [set(re.findall(r'id="([^"]*)"', svg(one))) for one in (LINES, BARS)]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_every_reference_has_its_target() -> None:
    for text in (svg(LINES, marks=[Mark(START, START, "x")]), svg(BARS)):
        used = set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", text))
        assert {one or other for one, other in used} <= set(re.findall(r'id="([^"]*)"', text))


def test_the_same_each_time_and_in_another_process() -> None:
    code = "from tests.charts.test_render import LINES, svg; print(svg(LINES), end='')"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert svg(LINES) == other.stdout
    assert png(LINES) == png(LINES)
    assert "2026-11-28" not in svg(LINES)  # no date of today
    assert b"Software" not in png(LINES)


def test_nothing_of_matplotlib_is_changed() -> None:
    before = dict(matplotlib.rcParams)
    svg(LINES)
    png(BARS)
    draw(BARS, Figure().subplots())
    draw(LINES)
    plt.close("all")
    assert dict(matplotlib.rcParams) == before


def test_a_style_of_the_reader_is_kept_in_axes_and_changes_no_file() -> None:
    plain = png(LINES)
    with plt.style.context("dark_background"):
        ax = draw(LINES, Figure().subplots())
        assert ax.title.get_color() == "white"
        assert ax.get_xticklabels()[0].get_color() == "white"
        assert png(LINES) == plain


def test_a_picture_is_small_in_a_page() -> None:
    columns = {"t": minutes(*range(60)), **{name: range(1, 61) for name in STATUS}}
    assert len(svg(picture("stack", "t", " ".join(STATUS), columns))) < 150_000
    assert len(svg(LINES)) < 25_000


def test_answers_and_judgements_load_no_matplotlib() -> None:
    code = (
        "import sys, envoylog.questions.access_log, envoylog.questions.releases.plots\n"
        "import envoylog.charts.render\n"
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_pyplot_shows_it_where_no_axes_are_given() -> None:
    ax = draw(LINES)
    assert plt.gcf() is ax.figure
    plt.close("all")


def test_labels_and_titles_stay_inside() -> None:
    for made in (BARS, LINES):
        figure = Figure(figsize=(8, 4), layout="constrained")
        ax = draw(made, figure.subplots())
        figure.draw_without_rendering()
        box = ax.get_tightbbox()
        assert box is not None
        assert box.x0 >= -1
        assert box.x1 <= figure.bbox.x1 + 1


def test_titles_start_where_the_labels_do() -> None:
    root = ET.fromstring(svg(BARS))  # noqa: S314
    found = {e.text: e for e in root.iter() if e.tag.endswith("text") and e.text}
    title = next(e for text, e in found.items() if text.startswith("Highest y"))
    assert float(title.get("x") or re.findall(r"translate\(([\d.]+)", str(title.attrib))[0]) < 40


@pytest.mark.parametrize(
    ("name", "start"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("A.PDF", b"%PDF")]
)
def test_files(tmp_path: Path, name: str, start: bytes) -> None:
    save([LINES, BARS], tmp_path / name)
    first = (tmp_path / name).read_bytes()
    assert first.startswith(start)
    save([LINES, BARS], tmp_path / name)
    assert (tmp_path / name).read_bytes() == first


def test_a_document_brings_its_background() -> None:
    text = document(LINES)
    ET.fromstring(text.encode())  # noqa: S314
    assert "color-scheme:light dark" in text
    assert text.count("<style>") == 1
    assert 'width="576pt"' in text


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"a\.docx: a picture's name ends in \.svg, \.png, \.pdf"):
        save(LINES, tmp_path / "a.docx")
    with pytest.raises(OutputError, match=r"cannot write .*a\.svg: the folder .* does not exist"):
        save(LINES, tmp_path / "none" / "a.svg")
