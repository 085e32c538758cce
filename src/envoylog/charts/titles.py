"""The title, which states the message, and what it stands on below it."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from envoylog.charts.text import literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Points: of a letter of each, on average; of a line of small print; between the two.
_BOLD, _SMALL, _LINE, _SPACE = 6.4, 4.6, 11, 6
_EDGE = 12


def head(ax: Axes, title: str, below: str) -> None:
    """Write the title and the line below it, from the labels at the left to the figure's end.

    Parameters
    ----------
    ax : matplotlib Axes
        Where.
    title, below : str
        What.
    """
    from matplotlib.transforms import ScaledTranslation

    figure = ax.figure
    if figure is None:
        return
    left, room = _labels(ax), _width(ax) - _EDGE
    lines = wrap(below, max(20, int(room / _SMALL)))
    ax.annotate(
        "\n".join(map(literal, lines)), (0, 1), xycoords="axes fraction", xytext=(-left, _SPACE),
        textcoords="offset points", fontsize="small", annotation_clip=False, gid="below",
    ).set_in_layout(False)  # fmt: skip
    pad = 1.6 * _SPACE + _LINE * len(lines)
    shown = ax.set_title(
        "\n".join(map(literal, wrap(title, max(20, int(room / _BOLD))))),
        loc="left", fontsize="medium", fontweight="bold", pad=pad,
    )  # fmt: skip
    offset = ScaledTranslation(-left / 72, pad / 72, figure.dpi_scale_trans)
    shown.set_transform(ax.transAxes + offset)


def _labels(ax: Axes) -> float:
    """Give how far the labels, and the name of the axis beside them, reach to the left."""
    figure = ax.figure
    labels = [label.get_window_extent().width for label in ax.get_yticklabels()]
    if figure is None or not labels:
        return 0.0
    name = ax.yaxis.label.get_window_extent()
    beside = min(name.width, name.height) + ax.yaxis.labelpad if ax.get_ylabel() else 0
    ticks = ax.yaxis.get_major_ticks(1)[0].get_tick_padding()
    return 72 / figure.dpi * (max(labels) + beside) + ticks


def _width(ax: Axes) -> float:
    """Give the width in points of the part of the figure that the axes have."""
    figure, place = ax.figure, ax.get_subplotspec()
    if figure is None:
        return 0.0
    columns = place.get_gridspec().ncols / len(place.colspan) if place else 1
    return 72 * figure.bbox.width / figure.dpi / columns
