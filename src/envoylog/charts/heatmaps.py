"""Heat maps: one cell for each pair, its colour how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from envoylog.charts.axes import ROWS, cut, length, name_time, number, place
from envoylog.charts.palette import SEQUENCE
from envoylog.charts.picture import Picture
from envoylog.charts.text import literal, plain, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = 8
_WIDE = 50  # from this ratio of the most to the least on, colours go by the logarithm


def heatmap(picture: Picture, ax: Axes) -> str:
    """Draw a heat map; a pair that the table has not stays empty."""
    chart = picture.chart
    frame = picture.frame.drop_nulls(chart.x)
    steps = frame[chart.y[0]].unique(maintain_order=True)
    rows = (steps.sort(descending=True) if steps.dtype.is_numeric() else steps).to_list()
    up = {value: at for at, value in enumerate(rows[:ROWS])}
    if not up:
        return ""
    across = _columns(picture, frame[chart.x])
    grid = [[float("nan")] * (max(across.values()) + 1) for _row in up]
    for x, y, value in frame.select(chart.x, *chart.y, chart.value).iter_rows():
        if y in up:
            grid[up[y]][across[x]] = number(value)
    positive = [value for row in grid for value in row if value > 0]
    logarithmic = bool(positive) and max(positive) >= _WIDE * min(positive)
    image = ax.imshow(
        grid, aspect="auto", interpolation="nearest", cmap=SEQUENCE,
        norm="log" if logarithmic else None, extent=_extent(picture, frame[chart.x], grid),
    )  # fmt: skip
    _name_columns(picture, ax, across)
    labels = [shown(y, picture.unit(chart.y[0]), picture.zone) for y in up]
    ax.set_yticks(range(len(up)), [literal(label) for label in labels])
    uneven = steps.dtype.is_numeric() and steps.sort().diff().n_unique() > 2  # noqa: PLR2004
    name = chart.y[0].replace("_", " ")
    ax.yaxis.set_label_text(plain(f"{name}, growing steps" if uneven else name))
    ax.spines[:].set_visible(False)
    if ax.figure is not None:
        name = plain(chart.value.replace("_", " "))
        bar = ax.figure.colorbar(image, ax=ax, label=f"{name}, log scale" if logarithmic else name)
        bar.ax.yaxis.set_major_formatter(lambda v, _at: shown(v, picture.unit(chart.value)))
        bar.outline.set_visible(False)
    return cut(picture, "rows", ROWS, len(rows))


def _over_time(picture: Picture) -> float:
    """Give the length of a step in days where time is across; else 0."""
    temporal = picture.frame[picture.chart.x].dtype.is_temporal()
    return length(picture.step) if picture.step and temporal else 0


def _columns(picture: Picture, values: pl.Series) -> dict[object, int]:
    """Give each value its column; a step of time that is missing has an empty one."""
    found = values.unique().sort().to_list()
    if step := _over_time(picture):
        return {value: round((place(value) - place(found[0])) / step) for value in found}
    return {value: at for at, value in enumerate(found)}


def _extent(
    picture: Picture, values: pl.Series, grid: list[list[float]]
) -> tuple[float, float, float, float]:
    width, height = len(grid[0]), len(grid) - 0.5
    if step := _over_time(picture):
        first = place(values.min())
        return first, first + width * step, height, -0.5
    return -0.5, width - 0.5, height, -0.5


def _name_columns(picture: Picture, ax: Axes, across: dict[object, int]) -> None:
    column = picture.chart.x
    if _over_time(picture):
        name_time(ax.xaxis, picture, column)
        return
    every = max(1, -(-len(across) // _LABELS))
    shown_ = [shown(x, picture.unit(column), picture.zone) for x in list(across)[::every]]
    ax.set_xticks(range(0, len(across), every), [literal(label) for label in shown_])
    ax.xaxis.set_label_text(plain(column.replace("_", " ")))
