"""What became of checks: which hold, which do not, which cannot be judged, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from envoylog.display.shown import safe
from envoylog.reports.checks.config import PASS, Check
from envoylog.reports.checks.limits import in_words

_SHOWN = 5  # rows of one check
_WIDE = 80  # characters of a row's name


class State(StrEnum):
    """What became of a check, or of one row."""

    FAILED = "failed"
    UNJUDGED = "not judged"
    PASSED = "ok"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an answer, judged.

    Attributes
    ----------
    state : State
        What became of it.
    labels : mapping of str to str
        What tells it apart: `authority`, say.
    value : float, str or None
        What was judged.
    before : float or None
        The same in the baseline.
    reason : str
        Which limit it passes, or why it cannot be judged.
    requests : int or None
        On how many requests it stands, where the answer says so.
    """

    state: State
    labels: Mapping[str, str]
    value: float | str | None = None
    before: float | None = None
    reason: str = ""
    requests: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one check.

    Attributes
    ----------
    name : str
        The check's.
    state : State
        Failed if one row has; not judged if none could be.
    fails : bool
        Whether it counts as a failure.
    rows : tuple of Row
        Failed ones first.
    reason : str
        Why there are no rows.
    check : Check or None
        What was asked; None for the age of the data.
    unit : str
        The unit of the values.
    since, until : datetime or None
        The window.
    """

    name: str
    state: State
    fails: bool
    rows: tuple[Row, ...] = ()
    reason: str = ""
    check: Check | None = None
    unit: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(
        cls, check: Check, rows: list[Row], unit: str, since: datetime, until: datetime
    ) -> Outcome:
        """Sum rows up."""
        order = list(State)
        ordered = tuple(sorted(rows, key=lambda row: order.index(row.state)))
        state = next(
            one for one in (State.FAILED, State.PASSED, State.UNJUDGED)
            if any(row.state is one for row in rows)
        )  # fmt: skip
        return cls(check.name, state, _fails(state, check), ordered, "", check, unit, since, until)

    @classmethod
    def unjudged(cls, check: Check, reason: str) -> Outcome:
        """Say why a check cannot be judged at all."""
        return cls(check.name, State.UNJUDGED, _fails(State.UNJUDGED, check), (), reason, check)

    @property
    def lines(self) -> list[str]:
        """Say it: in one line, and one more for each row that fails, where there are several."""
        if self.reason or not self.check:
            return [f"{self.name}: {self.reason}"]
        failed = [self._said(row) for row in self.rows if row.state is State.FAILED]
        notes = self._notes()
        if len(failed) > _SHOWN:
            notes.insert(0, f"{len(failed) - _SHOWN} more rows")
        if not failed:
            passed = [row for row in self.rows if row.state is State.PASSED]
            said = [self._said(passed[0])] if len(passed) == 1 else []
            said = said or ([self._wanted()] if passed else [])
            return [f"{self.name}: {'; '.join([*said, *notes])}"]
        if len(failed) == 1:
            return [f"{self.name}: {'; '.join([*failed, *notes])}"]
        return [f"{self.name}:", *(f"  {line}" for line in (*failed[:_SHOWN], *notes))]

    def _said(self, row: Row) -> str:
        """Say one row: `shop.example.com: error_rate 3.31%, at most 1% (724 requests)`."""
        name = " ".join(row.labels.values())
        name = name if len(name) <= _WIDE else f"{name[:_WIDE]}…"
        value = in_words(row.value, self.unit)
        parts = [f"{self._what} {value}"]
        if row.before is not None:
            parts.append(f"was {in_words(row.before, self.unit)}")
        parts.append(row.reason or self._wanted())
        stands = f" ({row.requests:,} requests)" if row.requests is not None else ""
        return safe(f"{name and f'{name}: '}{', '.join(parts)}{stands}")

    def _notes(self) -> list[str]:
        """Say how many rows could not be judged, and why."""
        reasons = Counter(row.reason for row in self.rows if row.state is State.UNJUDGED)
        return [
            f"{count} row{'s' if count > 1 else ''} not judged: {reason}"
            for reason, count in reasons.most_common()
        ]

    @property
    def _what(self) -> str:
        return (self.check.column or "rows") if self.check else ""

    def _wanted(self) -> str:
        if not self.check:
            return ""
        words = [limit.words for limit in self.check.limits]
        words += [f"{' or '.join(self.check.allowed)}"] if self.check.allowed else []
        words += [f"not {' or '.join(self.check.refused)}"] if self.check.refused else []
        return ", ".join(words)


def _fails(state: State, check: Check) -> bool:
    return state is State.FAILED or (state is State.UNJUDGED and check.unjudged != PASS)
