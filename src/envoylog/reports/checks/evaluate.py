"""Judge a check: each row of its answer, against its limits and the baseline."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from envoylog.errors import QueryError, UnknownNameError
from envoylog.questions.access_log import AccessLog
from envoylog.questions.scope import show
from envoylog.reports.checks.asked import CannotTellError, Span, Table, ask
from envoylog.reports.checks.config import Check
from envoylog.reports.checks.judge import Cell, judge
from envoylog.reports.checks.outcome import Outcome
from envoylog.reports.windows import earlier

_DAY: Final = timedelta(days=1)
#: The share of a window that may be missing at its beginning before nothing is held against it.
_LACKING: Final = 20
#: Columns that say on how many requests a row stands.
_COUNTS: Final = ("requests", "n", "count", "events", "lines")

#: The values of one column, by the texts that tell its rows apart.
_Cells = dict[tuple[str, ...], Cell]


def evaluate(log: AccessLog, check: Check, span: Span, zone: ZoneInfo) -> Outcome:
    """Judge one check.

    Raises
    ------
    ConfigurationError
        If it asks for what there is not: a column, a parameter.
    """
    try:
        table = ask(log, check, span, zone)
        _refuse_columns(check, table.frame)
        unit, most = _unit(check, table), table.requests
        key = check.key or _key(table.frame, check.column)
        cells, before = _cells(check, table, key), None
        if check.baseline:
            other = ask(log, check, _baseline(log, check, span, zone), zone)
            most = max(most, other.requests)
            before = _cells(check, other, key)
            _fill(cells, before, counts=_is_count(check, table.frame, unit))
    except CannotTellError as error:
        return Outcome.unjudged(check, str(error))
    if most < check.min_requests:
        return Outcome.unjudged(check, f"{most:,} requests, fewer than {check.min_requests:,}")
    if not cells:
        return Outcome.unjudged(check, f"the answer has no rows, of {most:,} requests")
    rows = [
        judge(
            check, cell, unit, dict(zip(key, name, strict=False)), before[name] if before else None
        )
        for name, cell in cells.items()
    ]
    return Outcome.of(check, rows, unit, *span)


def _refuse_columns(check: Check, frame: pl.DataFrame) -> None:
    known = frame.columns
    wanted = [("column", check.column)] if check.column else []
    wanted += [("key", name) for name in check.key] + [("rows", name) for name in check.rows]
    for key, name in wanted:
        if name not in known:
            kind = f"column of {check.question}"
            raise check.place.fault(str(UnknownNameError(kind, name, known)), key)
    dtype = frame.schema[check.column] if check.column else pl.Int64()
    if check.limits and not (dtype.is_numeric() or dtype in {pl.Duration, pl.Boolean, pl.Null}):
        numeric = [name for name, kind in frame.schema.items() if kind.is_numeric()]
        raise check.place.fault(
            f"the column {check.column} holds no numbers; these do: {', '.join(numeric)}", "column"
        )


def _unit(check: Check, table: Table) -> str:
    """Give the unit of the column, and hold the limits against it."""
    duration = check.column and table.frame.schema[check.column] == pl.Duration
    unit = "s" if duration else table.units.get(check.column, "")
    for limit in check.limits:
        try:
            limit.within(unit)
        except QueryError as error:
            raise check.place.fault(str(error), limit.bound) from None
    return unit


def _chosen(check: Check, frame: pl.DataFrame) -> pl.DataFrame:
    for name, value in check.rows.items():
        frame = frame.filter(pl.col(name).cast(pl.String) == str(value))
    return frame


def _key(frame: pl.DataFrame, column: str) -> tuple[str, ...]:
    """Take the columns that the answer begins with and that hold no numbers."""
    found = []
    for name, dtype in frame.schema.items():
        if name == column or dtype.is_numeric() or dtype.is_nested():
            break
        found.append(name)
    return tuple(found)


def _cells(check: Check, table: Table, key: tuple[str, ...]) -> _Cells:
    """Give the value of each row, or what they are in all."""
    frame, column = _chosen(check, table.frame), check.column
    if not column:
        return {(): Cell(frame.height)}
    if frame.schema[column] == pl.Duration:
        frame = frame.with_columns(pl.col(column).dt.total_microseconds() / 1e6)
    if check.sum:
        return {(): Cell(frame[column].sum())}
    counts = next((name for name in _COUNTS if name in frame.columns), None)
    return {
        tuple(_text(row[name]) for name in key): Cell(
            row[column], None if counts is None else int(row[counts] or 0)
        )
        for row in frame.iter_rows(named=True)
    }


def _baseline(log: AccessLog, check: Check, span: Span, zone: ZoneInfo) -> Span:
    """Give the earlier window, if the data hold it."""
    start, end = (_back(moment, check.baseline or _DAY, zone) for moment in span)
    first = log.ends[0]
    if first is None or first > start + (end - start) / _LACKING:
        begins = show(first, zone) if first else "nowhere"
        raise CannotTellError(f"the baseline begins {show(start, zone)}, the data {begins}")
    return start, end


def _back(moment: datetime, baseline: timedelta, zone: ZoneInfo) -> datetime:
    """Go back: by whole days, to the same time by the clocks on the wall."""
    days, rest = divmod(baseline, _DAY)
    return moment - baseline if rest else earlier(moment, days, zone)


def _fill(now: _Cells, before: _Cells, *, counts: bool) -> None:
    """Give what is in one window alone a count of 0 in the other, and no other value."""
    nothing = Cell(0 if counts else None, 0)
    for name in before:
        now.setdefault(name, nothing)
    for name in now:
        before.setdefault(name, nothing)


def _is_count(check: Check, frame: pl.DataFrame, unit: str) -> bool:
    return not check.column or (frame.schema[check.column].is_integer() and not unit)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "-" if value is None else str(value)
