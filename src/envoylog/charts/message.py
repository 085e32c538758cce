"""What a picture says, taken from its data: one small rule for each kind, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from envoylog.charts.palette import VERDICTS
from envoylog.charts.picture import Picture
from envoylog.charts.text import clean

_JUDGED: Final = 200  # letters of a reason, which may name what stands in the log


def message(picture: Picture) -> str:
    """Say what the picture shows.

    Parameters
    ----------
    picture : Picture
        The picture.

    Returns
    -------
    str
        One sentence; empty where the data has nothing to say, or where it would say too much: of
        rows that were cut off nobody knows, and of equals none is first.

    Examples
    --------
    >>> from envoylog.charts.chart import Chart
    >>> frame = pl.DataFrame({"authority": ["shop", "api"], "errors": [30, 4]})
    >>> chart = Chart("bar", "authority", ("errors",), says="{authority} fails most: {errors}")
    >>> message(Picture("q", "Who fails?", "40 requests", frame, chart))
    'shop fails most: 30'
    """
    if picture.message:
        return clean(picture.message, _JUDGED)
    if picture.frame.is_empty():
        return ""
    return _RULES[picture.chart.kind](picture)


def standing_out(picture: Picture) -> int | None:
    """Give the row that the message is about; None if none stands out."""
    chart, frame = picture.chart, picture.frame
    if chart.verdict:
        judged = frame[chart.verdict].is_in(list(VERDICTS))
        return int(judged.arg_max() or 0) if judged.any() else None
    values = _measure(picture)
    if frame.height < 2 or values.null_count() == values.len():  # noqa: PLR2004 - two to compare
        return None
    most = values.max()
    first = values.fill_null(float("-inf")).is_sorted(descending=True)
    if not (picture.whole or first) or (values == most).sum() > 1 or most == 0:
        return None
    return values.arg_max()


def _measure(picture: Picture) -> pl.Series:
    """Give how much each row stands out: by its value, or how far it is from what it is held to."""
    chart = picture.chart
    values = [picture.frame[name].cast(pl.Float64).fill_nan(None) for name in chart.y]
    if chart.kind == "whisker":
        return values[1]
    if len(values) > 1:
        return (values[1] - values[0]).abs()
    if chart.limits:
        return (values[0] - next(iter(chart.limits.values()))).abs()
    return values[0].abs() if (values[0] < 0).any() else values[0]


def _of_rows(picture: Picture) -> str:
    chart, frame = picture.chart, picture.frame
    place = standing_out(picture)
    if place is not None:
        row = frame.row(place, named=True)
        if chart.says:
            return picture.fill(chart.says, row)
        words = picture.words(row)
        return f"Highest {_name(chart.y[0])}: {words[chart.x]}, {words[chart.y[0]]}"
    if chart.verdict:
        return chart.otherwise
    if frame.height == 1 and picture.whole and frame[chart.y[0]][0]:
        words = picture.words(frame.row(0, named=True))
        return f"Only {words[chart.x]}: {words[chart.y[0]]} {_name(chart.y[0])}"
    return ""


def _of_time(picture: Picture) -> str:
    """Say when the last column was highest; over time a row that was cut off may have been."""
    chart = picture.chart
    column = chart.y[-1] if chart.kind == "band" else chart.y[0]
    frame = picture.frame.drop_nulls([chart.x, column])
    if frame.is_empty() or not picture.whole or not frame[column].dtype.is_numeric():
        return ""
    most = frame[column].max()
    words = picture.words(frame.row(int(frame[column].arg_max() or 0), named=True))
    if most == frame[column].min():
        return (
            f"{_name(column).capitalize()} is {words[column]} throughout"
            if frame.height > 1
            else ""
        )
    if chart.says:
        return picture.fill(chart.says, frame.row(int(frame[column].arg_max() or 0), named=True))
    whose = f" ({words[chart.series]})" if chart.series else ""
    return f"{_name(column).capitalize()} peaks at {words[column]}, {words[chart.x]}{whose}"


def _of_parts(picture: Picture) -> str:
    if not picture.whole:
        return ""
    sums: dict[str, float] = {name: int(picture.frame[name].sum()) for name in picture.chart.y}
    total = sum(sums.values())
    if not total:
        return ""
    most = max(sums, key=lambda name: sums[name])
    if not picture.chart.says:
        return f"{most}: {100 * sums[most] / total:.3g}% of {total:,}"
    units = {f"share_{name}": "ratio" for name in sums}
    row = {**sums, **{f"share_{name}": value / total for name, value in sums.items()}}
    parts = Picture(
        picture.name, picture.title, picture.basis, picture.frame, picture.chart,
        {**picture.units, **units},
    )  # fmt: skip
    return parts.fill(picture.chart.says, {**row, "total": total})


def _of_cells(picture: Picture) -> str:
    chart = picture.chart
    frame = picture.frame.drop_nulls([chart.x, chart.y[0], chart.value])
    if frame.is_empty() or not picture.whole:
        return ""
    most = frame[chart.value].max()
    if not most or (frame[chart.value] == most).sum() > 1:
        return ""
    row = frame.row(int(frame[chart.value].arg_max() or 0), named=True)
    if chart.says:
        return picture.fill(chart.says, row)
    words = picture.words(row)
    return (
        f"Most {_name(chart.value)}: {words[chart.value]} at {words[chart.y[0]]}, {words[chart.x]}"
    )


def _of_spans(picture: Picture) -> str:
    chart = picture.chart
    return picture.fill(chart.says, picture.frame.row(0, named=True)) if chart.says else ""


def _name(column: str) -> str:
    return column.replace("_", " ")


_RULES: Final[Mapping[str, Callable[[Picture], str]]] = {
    "bar": _of_rows,
    "dot": _of_rows,
    "whisker": _of_rows,
    "line": _of_time,
    "band": _of_time,
    "stack": _of_parts,
    "heatmap": _of_cells,
    "span": _of_spans,
}
