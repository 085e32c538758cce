"""Colours that all eyes, both modes and a printer without colours can tell apart."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt
import pytest

from envoylog.charts.palette import BLUE, FILLS, GREY, LINES, SEQUENCE, STATUS, VERDICTS, Fill
from envoylog.charts.render import INK

matplotlib = pytest.importorskip("matplotlib")

Colour = npt.NDArray[np.float64]
WHITE, DARK = "#ffffff", "#1e1e1e"
# Machado, Oliveira and Fernandes (2009), of full severity, in linear RGB.
EYES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}


def linear(colour: str) -> Colour:
    from matplotlib.colors import to_rgb

    rgb = np.asarray(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def lightness(colour: str) -> float:
    return float(116 * np.cbrt(luminance(colour)) - 16)


def contrast(one: str, other: str) -> float:
    """Give the contrast of WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def seen(colour: str, eye: str) -> Colour:
    """Give the CIELAB colour that an eye sees."""
    rgb = np.clip(np.asarray(EYES[eye]) @ linear(colour), 0, 1)
    xyz = np.asarray(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ) @ rgb / [0.9505, 1, 1.089]  # fmt: skip
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.asarray([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, eye: str) -> float:
    return float(np.linalg.norm(seen(one, eye) - seen(other, eye)))


def test_contrast_is_what_others_compute() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("back", [WHITE, DARK])
def test_lines_and_marks_stand_out_from_both_backgrounds(back: str) -> None:
    colours = {line.colour for line in LINES} | {colour for colour, _marker in VERDICTS.values()}
    assert {c: round(contrast(c, back), 2) for c in colours if contrast(c, back) < 3} == {}


def test_text_on_white_is_readable() -> None:
    # In SVG it is the page's own colour; so it must not be one that the palette has.
    assert contrast(INK, WHITE) > 7
    assert INK not in {*(line.colour for line in LINES), *(fill.colour for fill in FILLS)}


@pytest.mark.parametrize("eye", EYES)
def test_lines_differ_for_all_eyes_or_in_form(eye: str) -> None:
    assert len({line.dash for line in LINES}) == len(LINES)
    assert len({line.marker for line in LINES}) == len(LINES)
    near = [
        (one.colour, other.colour)
        for one, other in combinations(LINES[:3], 2)
        if distance(one.colour, other.colour, eye) < 15
    ]
    assert near == []


@pytest.mark.parametrize("eye", EYES)
def test_neighbours_of_a_stack_differ_for_all_eyes(eye: str) -> None:
    for order in (FILLS, tuple(STATUS.values())):
        near = [
            (one.colour, other.colour)
            for one, other in pairwise(order)
            if distance(one.colour, other.colour, eye) < 15
        ]
        assert near == []


def alike_in_grey(one: Fill, other: Fill) -> bool:
    return one.hatch == other.hatch and abs(lightness(one.colour) - lightness(other.colour)) < 9


def test_areas_differ_in_greyscale() -> None:
    assert [pair for pair in pairwise(FILLS) if alike_in_grey(*pair)] == []
    # Any two classes of status may lie side by side, as a class may be empty.
    asked = [STATUS[name] for name in ("5xx", "none", "4xx", "3xx", "2xx")]
    assert [pair for pair in combinations(asked, 2) if alike_in_grey(*pair)] == []
    assert abs(lightness(BLUE) - lightness(GREY)) > 7


def test_verdicts_differ_in_form() -> None:
    assert VERDICTS["worse"][1] != VERDICTS["better"][1]


def test_the_colours_of_heat_maps_get_lighter_all_the_way() -> None:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    light = [lightness(to_hex(colormaps[SEQUENCE](step))) for step in np.linspace(0, 1, 50)]
    assert all(after > before for before, after in pairwise(light))
