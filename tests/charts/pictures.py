"""Small pictures for the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from envoylog.charts.chart import Chart
from envoylog.charts.picture import Picture

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def minutes(*numbers: int) -> pl.Series:
    """Give these minutes after the start."""
    return pl.Series(
        [START + number * MINUTE for number in numbers], dtype=pl.Datetime("us", "UTC")
    )


def picture(kind: str, x: str, y: str, columns: dict[str, Any], **more: Any) -> Picture:
    """Make a picture; `more` are fields of Chart, or of Picture."""
    own = {name: more.pop(name) for name in tuple(more) if name in Chart.__slots__}
    chart = Chart(kind, x, tuple(y.split()), **own)
    made = Picture("q", "What is it?", "7 requests", pl.DataFrame(columns), chart, step=MINUTE)
    return replace(made, **more)
