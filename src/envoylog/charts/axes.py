"""Axes: what stands on them, with units; whole numbers for counts; time in its zone."""

from __future__ import annotations

import importlib.util
from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Final

from envoylog.charts.picture import Picture
from envoylog.charts.text import clean, literal, plain, shown
from envoylog.errors import QueryError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.typing import ColorType

#: How many rows a picture shows at most.
ROWS: Final = 30
_LABEL, _NOTE, _WHOLE = 48, 28, 200
_MARKS: Final = 6
_SHORTEST: Final = timedelta(milliseconds=50)
_LEAST: Final = 4  # fewer rows than that are not drawn thicker


def need_matplotlib() -> None:
    """Refuse to draw without matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        raise QueryError("a picture needs matplotlib: pip install 'envoylog[plot]'")


def ink(ax: Axes) -> ColorType:
    """Give the colour of the text around: dark on white, light on black."""
    return ax.xaxis.label.get_color()


def number(value: object) -> float:
    """Give a value as matplotlib takes it; nothing is not a number."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    return float(value) if isinstance(value, (int, float)) else float("nan")


def name_values(axis: Axis, picture: Picture, columns: tuple[str, ...], name: str = "") -> None:
    """Name an axis of values, with their unit; its marks are few, and whole for counts."""
    from matplotlib.ticker import MaxNLocator

    unit = picture.unit(columns[0])
    shown_unit = {"ratio": "", "By": "bytes"}.get(unit, unit)
    name = name or ", ".join(column.replace("_", " ") for column in columns)
    axis.set_label_text(plain(name, 80) + (f" [{shown_unit}]" if shown_unit else ""))
    if unit in {"ratio", "By"}:
        axis.set_major_formatter(lambda value, _at: shown(value, unit) if value else "0")
    else:
        axis.set_major_formatter(lambda value, _at: f"{value:,.10g}")
    whole = all(picture.frame[column].dtype.is_integer() for column in columns)
    marks = _MARKS - 2 * row_wise(picture)  # labels leave less room
    axis.set_major_locator(MaxNLocator(marks, integer=whole, steps=[1, 2, 2.5, 5, 10]))
    axis.grid(visible=True, color=axis.label.get_color(), alpha=0.12, linewidth=0.8)
    axis.axes.set_axisbelow(True)


def name_time(axis: Axis, picture: Picture, column: str = "time") -> None:
    """Name an axis of time, with its zone; it shows the whole window."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    # With more than 3 at least, some lengths of time have no step that leads to 8 at most.
    locator = AutoDateLocator(picture.zone, 3, 8)  # type: ignore[no-untyped-call]
    axis.axis_date(picture.zone)
    axis.set_major_locator(locator)
    axis.set_major_formatter(
        ConciseDateFormatter(locator, tz=picture.zone)  # type: ignore[no-untyped-call]
    )
    zone = getattr(picture.zone, "key", None) or str(picture.zone)
    axis.set_label_text(f"{plain(column.replace('_', ' '))} ({zone})")
    if picture.window:
        ends = [*map(place, picture.window), *axis.axes.dataLim.intervalx]
        ends = [end for end in ends if isfinite(end)]
        margin = max(0.02 * (max(ends) - min(ends)), length(_SHORTEST))
        axis.set_view_interval(min(ends) - margin, max(ends) + margin, ignore=True)
        axis.axes.set_autoscalex_on(False)


def name_rows(ax: Axes, picture: Picture, labels: list[str]) -> None:
    """Name rows from the top down."""
    ax.set_yticks(range(len(labels)), [literal(label) for label in labels])
    ax.set_ylim(max(len(labels), _LEAST) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.yaxis.set_label_text(plain(picture.chart.x.replace("_", " ")))
    ax.yaxis.labelpad = 8
    ax.spines[["top", "right", "left"]].set_visible(False)


def row_wise(picture: Picture) -> bool:
    """Tell whether each row of the table is a row of the picture."""
    kind, frame = picture.chart.kind, picture.frame
    return kind in {"bar", "dot", "whisker", "span"} or (
        kind == "stack" and not frame[picture.chart.x].dtype.is_temporal()
    )


def row_labels(picture: Picture, rows: list[dict[str, object]]) -> list[str]:
    """Write what stands beside each row."""
    chart = picture.chart
    if chart.label:
        return [clean(picture.fill(chart.label, row, _WHOLE), _LABEL) for row in rows]
    names = [name for name in (chart.x, chart.series) if name]
    found = [picture.words(row, _WHOLE) for row in rows]
    return [clean(" · ".join(words[name] for name in names), _LABEL) for words in found]


def row_notes(picture: Picture, rows: list[dict[str, object]]) -> list[str]:
    """Write what stands at the value of each row, for matplotlib."""
    note = picture.chart.note
    return [literal(clean(picture.fill(note, row), _NOTE)) for row in rows] if note else []


def cut(picture: Picture, what: str = "rows", most: int = ROWS, total: int | None = None) -> str:
    """Say that not all is shown."""
    total = picture.frame.height if total is None else total
    return f"first {most} of {total:,} {what}" if total > most else ""


def place(value: object) -> float:
    """Give a moment or a number as a place on an axis."""
    if isinstance(value, datetime):
        from matplotlib.dates import date2num

        return float(date2num(value))  # type: ignore[no-untyped-call]
    return number(value)


def length(step: timedelta) -> float:
    """Give a length of time as a length on an axis of time, in days."""
    return step / timedelta(days=1)
