"""Judge one value by its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from envoylog.reports.checks.config import Check
from envoylog.reports.checks.outcome import Row, State

#: Verdicts that are none.
_NO_VERDICTS: Final = ("", "not enough data", "no data")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of an answer.

    Attributes
    ----------
    value : object
        A number, a text, or None.
    requests : int or None
        On how many it stands, where the answer says so.
    """

    value: object
    requests: int | None = None


def judge(
    check: Check, cell: Cell, unit: str, labels: Mapping[str, str], before: Cell | None = None
) -> Row:
    """Judge one value.

    Parameters
    ----------
    check : Check
        What must hold.
    cell : Cell
        The value.
    unit : str
        Its unit.
    labels : mapping of str to str
        Which row it is.
    before : Cell, optional
        The same in the baseline.

    Returns
    -------
    Row
    """
    value = _number(cell.value)
    shown = _text(cell.value) if value is None else value
    was = _number(before.value) if before else None
    # What falls silent was enough once.
    known = [one.requests for one in (cell, before) if one and one.requests is not None]
    if known and max(known) < check.min_requests:
        state, reason = State.UNJUDGED, f"fewer than {check.min_requests:,} requests"
    elif shown is None:
        state, reason = State.UNJUDGED, "there is no value"
    elif value is None or not check.limits:
        state, reason = _by_text(check, _text(cell.value) or "")
    else:
        state, reason = _by_number(check, value, was, unit)
    return Row(state, labels, shown, was, reason, cell.requests)


def _by_text(check: Check, text: str) -> tuple[State, str]:
    if text in check.allowed:
        return State.PASSED, ""
    if text in check.refused:
        return State.FAILED, f"must not be {' or '.join(check.refused)}"
    if text in _NO_VERDICTS:
        return State.UNJUDGED, text or "no verdict"
    if check.allowed:
        return State.FAILED, f"must be {' or '.join(check.allowed)}"
    return State.PASSED, ""


def _by_number(check: Check, value: float, was: float | None, unit: str) -> tuple[State, str]:
    held = {limit: limit.holds(value, was, unit) for limit in check.limits}
    failed = [limit.words for limit, holds in held.items() if holds is False]
    if failed:
        return State.FAILED, ", ".join(failed)
    if None in held.values():
        return State.UNJUDGED, "not in the baseline" if was is None else "the baseline is 0"
    return State.PASSED, ""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else None


def _text(value: object) -> str | None:
    """Write what is no number; nothing where there is no value."""
    if value is None or isinstance(value, float):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
