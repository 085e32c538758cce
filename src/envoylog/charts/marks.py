"""Marks on an axis of time: a deploy, an alarm, a stretch that was unlike others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from envoylog.charts.axes import ink, place
from envoylog.charts.palette import VERMILION
from envoylog.charts.text import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE, _LINES = 11, 4  # labels of marks close to each other stand on lines of their own


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment or a stretch of time that is to be seen.

    Attributes
    ----------
    since : datetime
        The moment, or where the stretch starts.
    until : datetime, optional
        Where it ends.
    label : str
        A few words.
    """

    since: datetime
    until: datetime | None = None
    label: str = ""


def mark(ax: Axes, marks: Sequence[Mark]) -> Axes:
    """Mark moments with a line and stretches with a pale area, each with its label at the top.

    Parameters
    ----------
    ax : matplotlib Axes
        With time across, such as `Answer.plot` gives.
    marks : sequence of Mark
        What is to be marked; what lies outside the axis widens it.

    Returns
    -------
    matplotlib Axes
        The same.
    """
    for number, one in enumerate(marks):
        since = place(one.since)
        if one.until is None:
            ax.axvline(since, color=VERMILION, linewidth=1.4, linestyle=(0, (4, 2)))
        else:
            until = place(one.until)
            ax.axvspan(
                since, until, facecolor=(VERMILION, 0.18), edgecolor=VERMILION, linewidth=0.8,
                zorder=0.5,
            )  # fmt: skip
        ax.annotate(
            plain(one.label), (since, 1), xycoords=("data", "axes fraction"),
            xytext=(2, -2 - _LINE * (number % _LINES)),
            textcoords="offset points", va="top", fontsize="small", color=ink(ax),
        )  # fmt: skip
    return ax
