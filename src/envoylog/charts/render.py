"""Pictures as SVG and PNG, the same bytes each time, whatever style the reader has set."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from envoylog.charts.axes import need_matplotlib
from envoylog.charts.draw import draw
from envoylog.charts.draw import size as fitting
from envoylog.charts.marks import Mark
from envoylog.charts.message import message
from envoylog.charts.picture import Picture
from envoylog.dataset.writer import replacing
from envoylog.errors import QueryError

#: The colour of text and axes. In SVG it becomes `currentColor`: that of the text around.
INK: Final = "#212529"
_STYLE: Final = "<style>:root{color-scheme:light dark;color:CanvasText;background:Canvas}</style>"
_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_INKED: Final = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color",
                 "hatch.color")  # fmt: skip
_ENDINGS: Final = (".svg", ".png", ".pdf")


def svg(
    pictures: Picture | Sequence[Picture],
    *,
    marks: Sequence[Mark] = (),
    size: tuple[float, float] | None = None,
) -> str:
    """Draw as one `<svg>` element that can stand in a page.

    Text is text, in `currentColor`; the background is transparent; `aria-label` says what it shows;
    no date, no link, no script and no style for the page around is in it.

    Parameters
    ----------
    pictures : Picture or sequence of Picture
        One, or several that are drawn one below the other.
    marks : sequence of Mark
        Moments and stretches to be marked.
    size : tuple of float, optional
        Width and height of each in inches, of 72 points; by default as many rows need.

    Returns
    -------
    str
        SVG, without an XML declaration.
    """
    root = _drawn(pictures, marks, size)
    for name in ("width", "height"):  # the page decides; `viewBox` has the proportions
        del root.attrib[name]
    return ET.tostring(root, encoding="unicode")


def document(
    pictures: Picture | Sequence[Picture],
    *,
    marks: Sequence[Mark] = (),
    size: tuple[float, float] | None = None,
) -> str:
    """Draw as an SVG document of its own, for files and images; see `svg`.

    Nothing of a page around reaches it, so it brings its background, light or dark as the reader
    prefers.
    """
    root = _drawn(pictures, marks, size)
    style = ET.Element(f"{{{_SVG}}}style")
    style.text = ":root{color-scheme:light dark;color:CanvasText;background:Canvas}"
    root.insert(0, style)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def png(
    pictures: Picture | Sequence[Picture],
    *,
    marks: Sequence[Mark] = (),
    size: tuple[float, float] | None = None,
) -> bytes:
    """Draw as PNG on white; see `svg`."""
    told = [pictures] if isinstance(pictures, Picture) else list(pictures)
    return _bytes(told, marks, size, "png")


def save(
    pictures: Picture | Sequence[Picture],
    path: Path,
    *,
    marks: Sequence[Mark] = (),
    size: tuple[float, float] | None = None,
) -> None:
    """Draw into a file: SVG, PNG or PDF, as its name ends.

    Raises
    ------
    QueryError
        If its name ends otherwise.
    OutputError
        If it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in _ENDINGS:
        raise QueryError(f"{path}: a picture's name ends in {', '.join(_ENDINGS)}")
    told = [pictures] if isinstance(pictures, Picture) else list(pictures)
    if ending == ".svg":
        content = document(told, marks=marks, size=size).encode()
    else:
        content = _bytes(told, marks, size, ending[1:])
    with replacing(path) as (temporary,):
        temporary.write_bytes(content)


def _bytes(
    pictures: Sequence[Picture], marks: Sequence[Mark], size: tuple[float, float] | None, kind: str
) -> bytes:
    need_matplotlib()
    salt = "\n".join(f"{one.name} {one.basis} {one.chart}" for one in pictures)
    with _own_style(salt), io.BytesIO() as out:
        from matplotlib.figure import Figure

        sizes = [size or fitting(picture) for picture in pictures]
        heights = [height for _width, height in sizes]
        figure = Figure(figsize=(sizes[0][0], sum(heights)), layout="constrained")
        axes = figure.subplots(len(pictures), squeeze=False, height_ratios=heights).ravel()
        for picture, ax in zip(pictures, axes, strict=True):
            draw(picture, ax, marks)
        nothing = {"svg": {"Date": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}[
            kind
        ]
        figure.savefig(out, format=kind, metadata=nothing, transparent=kind == "svg", dpi=150)
        return out.getvalue()


@contextmanager
def _own_style(salt: str) -> Iterator[None]:
    """Set matplotlib's own style for a while, with what makes its output the same each time."""
    import matplotlib as mpl
    from matplotlib import style

    own: dict[Any, Any] = {
        **dict.fromkeys(_INKED, INK),
        "svg.hashsalt": salt,
        "svg.fonttype": "none",
        "hatch.linewidth": 0.6,
        "font.sans-serif": ["DejaVu Sans"],  # which matplotlib brings along
    }
    with style.context("default"), mpl.rc_context(own):
        yield


def _drawn(
    pictures: Picture | Sequence[Picture],
    marks: Sequence[Mark],
    size: tuple[float, float] | None,
) -> ET.Element:
    told = [pictures] if isinstance(pictures, Picture) else list(pictures)
    label = ". ".join(f"{message(one) or one.title}: {one.basis}" for one in told)
    return _element(_bytes(told, marks, size, "svg").decode(), label)


def _element(text: str, label: str) -> ET.Element:
    """Make what matplotlib writes part of a page: its text colour, no ids of its own, a label."""
    for prefix, name in (("", _SVG), ("xlink", _XLINK)):
        ET.register_namespace(prefix, name)
    root = ET.fromstring(text)  # noqa: S314 - written by matplotlib, just now
    # A style element would hold for the whole page.
    for defs in root.findall(f"{{{_SVG}}}defs"):
        for style in defs.findall(f"{{{_SVG}}}style"):
            defs.remove(style)
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    used = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", text))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        for name in ("style", "fill", "stroke"):
            if value := element.get(name):
                element.set(name, value.replace(INK, "currentColor"))
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    root.set("role", "img")
    root.set("aria-label", label)
    return root
