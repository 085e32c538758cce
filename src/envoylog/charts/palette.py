"""Colours, dashes, markers and hatches: whoever cannot tell two by colour can by form.

Lines and marks keep a contrast of 3:1 (WCAG 2.2, 1.4.11) on white and on dark grey alike, so one
picture serves both. Areas may be lighter or darker: an outline in the colour of the text
bounds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Line:
    """How one line of several is drawn: its colour, its dashes in points, its marker."""

    colour: str
    dash: tuple[float, ...]
    marker: str


@dataclass(frozen=True, slots=True)
class Fill:
    """How one area of several is filled: its colour, and its hatch for those who see none."""

    colour: str
    hatch: str = ""


# Okabe and Ito, Color Universal Design (2008): blue, vermilion, bluish green, reddish purple. Then
# a grey, and the brown of Paul Tol's technical note on colour schemes (2021).
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
GREEN: Final = "#009E73"
PURPLE: Final = "#CC79A7"
GREY: Final = "#808080"
BROWN: Final = "#997700"

LINES: Final = (
    Line(BLUE, (), "o"),
    Line(VERMILION, (5, 1.6), "s"),
    Line(GREEN, (1.2, 1.4), "^"),
    Line(PURPLE, (6, 1.6, 1.2, 1.6), "D"),
    Line(BROWN, (2.6, 1.4), "v"),
    Line(GREY, (8, 1.6, 1.2, 1.6, 1.2, 1.6), "P"),
)

#: Areas in the order in which they lie on each other: neighbours differ in lightness as well.
#: Hatches are lines, as those of dots would make most of an SVG.
FILLS: Final = (
    Fill(VERMILION, "////"),
    Fill("#F0E442"),
    Fill(BLUE),
    Fill("#56B4E9", "---"),
    Fill(GREEN, "xxxx"),
    Fill("#E69F00"),
    Fill(PURPLE, "\\\\\\\\"),
    Fill("#DDDDDD"),
)

#: Classes of status look the same in every picture.
STATUS: Final[Mapping[str, Fill]] = {
    "5xx": Fill(VERMILION, "////"),
    "none": Fill(PURPLE, "xx"),
    "4xx": Fill("#F0E442"),
    "3xx": Fill(GREEN, "\\\\"),
    "2xx": Fill("#56B4E9"),
    "1xx": Fill("#DDDDDD"),
}

#: What a verdict looks like: its colour and marker.
VERDICTS: Final[Mapping[str, tuple[str, str]]] = {
    "worse": (VERMILION, "X"),
    "slower": (VERMILION, "X"),
    "better": (BLUE, "o"),
    "faster": (BLUE, "o"),
}
#: Verdicts that let nothing stand out look so.
UNDECIDED: Final = (GREY, "o")

#: One hue from dark to light, alike for all eyes (Nuñez, Anderton and Renslow, 2018).
SEQUENCE: Final = "cividis"
