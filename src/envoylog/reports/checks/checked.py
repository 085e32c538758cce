"""All checks of a file, judged: what is told of them, and in which forms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

import polars as pl

from envoylog.display.shown import safe
from envoylog.reports.checks.outcome import Outcome, Row, State


@dataclass(frozen=True, slots=True)
class Checked:
    """All checks, judged. Made by `envoylog.check`.

    Attributes
    ----------
    outcomes : tuple of Outcome
        In the order of the file.
    newest : datetime or None
        The start of the newest request of the data.
    at : datetime or None
        When they were judged.
    """

    outcomes: tuple[Outcome, ...]
    newest: datetime | None = None
    at: datetime | None = None

    @property
    def ok(self) -> bool:
        """Whether none counts as a failure."""
        return not any(outcome.fails for outcome in self.outcomes)

    @property
    def headline(self) -> str:
        """Say how many failed."""
        failed = sum(outcome.state is State.FAILED for outcome in self.outcomes)
        unjudged = [one for one in self.outcomes if one.state is State.UNJUDGED]
        count = len(self.outcomes)
        said = f"{failed} of {count} check{'s' if count > 1 else ''} failed"
        if unjudged:
            failing = sum(one.fails for one in unjudged)
            counts = "" if not failing else ", which counts as a failure"
            said += f", {len(unjudged)} could not be judged{counts}"
        return said

    def lines(self, *, quiet: bool = False) -> list[str]:
        """Say what became of each, failures first; `quiet` leaves out what holds."""
        order = list(State)
        found = []
        for one in sorted(self.outcomes, key=lambda outcome: order.index(outcome.state)):
            if quiet and one.state is State.PASSED:
                continue
            head, *more = one.lines
            word = one.state.value if one.state is State.PASSED else one.state.value.upper()
            found += [f"{word:<10}  {safe(head)}", *(f"{'':<10}  {line}" for line in more)]
        return found

    def pl(self) -> pl.DataFrame:
        """Give all rows as a polars DataFrame."""
        schema = {
            "check": pl.String, "state": pl.String, "fails": pl.Boolean, "row": pl.String,
            "value": pl.String, "before": pl.Float64, "reason": pl.String, "requests": pl.Int64,
        }  # fmt: skip
        rows = [
            (
                one.name, row.state.value, one.fails, " ".join(row.labels.values()),
                None if row.value is None else str(row.value), row.before, row.reason, row.requests,
            )
            for one in self.outcomes
            for row in one.rows or (Row(one.state, {}, reason=one.reason),)
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=schema, orient="row")

    def to_json(self) -> str:
        """Write everything as one JSON object, in ASCII: no name can act on a terminal."""
        document = {
            "ok": self.ok,
            "newest": self.newest and self.newest.isoformat(),
            "checks": [_document(outcome) for outcome in self.outcomes],
        }
        return f"{json.dumps(document)}\n"

    def to_prometheus(self, path: str | Path | None = None) -> str:
        """Write OpenMetrics, such as the textfile collector of the node exporter reads.

        Parameters
        ----------
        path : path, optional
            Where to write it, whole or not at all.
        """
        from envoylog.reports.checks.openmetrics import write_metrics

        return write_metrics(self, path)

    def __repr__(self) -> str:
        return "\n".join([self.headline, *self.lines()])

    def _repr_html_(self) -> str:
        items = "".join(
            f"<tr><td>{escape(one.state.value)}</td><td style='text-align:left'>"
            f"{'<br>'.join(escape(safe(line)) for line in one.lines)}</td></tr>"
            for one in self.outcomes
        )
        return f"<p><b>{escape(self.headline)}</b></p><table>{items}</table>"


def _document(outcome: Outcome) -> dict[str, object]:
    check = outcome.check
    return {
        "name": outcome.name,
        "state": outcome.state.value,
        "fails": outcome.fails,
        "question": check.question if check else None,
        "column": (check.column or None) if check else None,
        "unit": outcome.unit or None,
        "since": outcome.since and outcome.since.isoformat(),
        "until": outcome.until and outcome.until.isoformat(),
        "reason": outcome.reason or None,
        "rows": [
            {
                "labels": dict(row.labels),
                "state": row.state.value,
                "value": row.value,
                "before": row.before,
                "reason": row.reason or None,
                "requests": row.requests,
            }
            for row in outcome.rows
        ],
    }
