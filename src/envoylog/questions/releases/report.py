"""Put a comparison into words and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import polars as pl

from envoylog.questions.releases.comparison import Cells, Limits, Measure, compare
from envoylog.questions.releases.findings import Findings, Section
from envoylog.questions.scope import Basis
from envoylog.statistics.methods import method
from envoylog.statistics.power import POWER, needed
from envoylog.statistics.verdict import Verdict, overall

_NAMED_ROUTES = 5
_METHODS = (
    "newcombe", "mantel-haenszel", "design-effect", "drift", "conditional", "block-bootstrap",
    "standardisation", "holm", "equivalence", "power",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """Two versions, counted.

    Attributes
    ----------
    baseline, candidate : str
        The versions.
    cells : Cells
        Their requests.
    latency : str
        The duration that is compared.
    basis : Basis
        The window and the filters.
    """

    baseline: str
    candidate: str
    cells: Cells
    latency: str
    basis: Basis


def judgement(name: str, title: str, counted: Counted, limits: Limits) -> Findings:
    """Compare two versions, and give the verdict, its reasons and its tables.

    Parameters
    ----------
    name, title : str
        What was asked.
    counted : Counted
        The versions.
    limits : Limits
        Margins and level.

    Returns
    -------
    Findings
        With the tables `comparisons` and `routes`.
    """
    baseline, candidate, cells = counted.baseline, counted.candidate, counted.cells
    measures = compare(cells, limits)
    judged = [(measure, measure.verdict) for measure in measures if measure.verdict]
    verdict = overall(
        [verdict for measure, verdict in judged if measure.holds_back],
        [verdict for measure, verdict in judged if not measure.holds_back],
    )
    counts = cells.outcomes.group_by("version").agg(pl.col("requests").sum()).sort("version")
    sides = dict(counts.iter_rows())
    reasons = [
        f"{baseline}: {sides.get(0, 0):,} requests; {candidate}: {sides.get(1, 0):,} requests",
        *_reasons(measures, counted.basis),
    ]
    columns = {"baseline": baseline, "candidate": candidate}
    sections = {
        "comparisons": Section(
            f"{candidate} against {baseline}",
            pl.DataFrame([_row(m) for m in measures if m.route is None], infer_schema_length=None),
        ),
        "routes": Section(
            "By route",
            pl.DataFrame(
                [{"route": m.route, **_row(m)} for m in measures if m.route is not None],
                infer_schema_length=None,
            ),
        ),
    }
    facts = {**columns, "requests_by_version": {columns[k]: sides.get(i, 0) for i, k in
             enumerate(columns)}, "level": limits.level, "margin_errors": limits.errors,
             "margin_latency": limits.latency, "latency": counted.latency}  # fmt: skip
    return Findings(
        name,
        title,
        verdict.value,
        tuple(reasons),
        sections,
        _reading(limits, counted.latency, cells),
        counted.basis,
        facts,
    )


def _row(measure: Measure) -> dict[str, object]:
    difference = measure.difference
    return {
        "quantity": measure.name,
        "baseline": _short(measure.baseline),
        "candidate": _short(measure.candidate),
        "difference": _short(difference.estimate),
        "low": _short(difference.low),
        "high": _short(difference.high),
        "margin": _short(measure.margin),
        "unit": "ratio" if _is_rate(measure) else "ms",
        "p_value": _short(measure.p_value),
        "requests": measure.requests,
        "verdict": measure.verdict.value if measure.verdict else None,
    }


def _short(value: float | None) -> float | None:
    """Keep four digits: more would be noise."""
    return None if value is None else float(f"{value:.4g}")


def _is_rate(measure: Measure) -> bool:
    return measure.name.startswith("error rate")


def _reasons(measures: Sequence[Measure], basis: Basis) -> Iterator[str]:
    for measure in measures:
        if measure.route is None and measure.verdict:
            yield f"{measure.name}: {measure.verdict}: {_words(measure)}"
            if measure.verdict is Verdict.NOT_ENOUGH_DATA:
                yield f"{measure.name}: {_more(measure, basis)}"
    if not any("latency" in measure.name for measure in measures):
        yield "latency: not compared: too few requests with a duration in both versions"
    by_route = [
        m for m in measures if m.route is not None and m.verdict in {Verdict.WORSE, Verdict.BETTER}
    ]
    by_route.sort(key=lambda m: (m.verdict != Verdict.WORSE, not _is_rate(m), m.p_value))
    for measure in by_route[:_NAMED_ROUTES]:
        yield f"{measure.name} of {measure.route}: {measure.verdict}: {_words(measure)}"
    if len(by_route) > _NAMED_ROUTES:
        yield f"and {len(by_route) - _NAMED_ROUTES} more differences between routes: see the table"


def _words(measure: Measure) -> str:
    difference = measure.difference
    if _is_rate(measure):
        values = [100 * value for value in (difference.estimate, difference.low, difference.high)]
        unit, margin, show = "points", f"{100 * measure.margin:g}", "{:+.2f}"
    else:
        values = [difference.estimate, difference.low, difference.high]
        unit, margin, show = "ms", f"{measure.margin:.3g}", "{:+.4g}"
    shown = [show.format(value) for value in values]
    return (
        f"{shown[0]} {unit}, {difference.level:.0%} interval {shown[1]} to {shown[2]}, "
        f"p {measure.p_value:.2g}; up to {margin} {unit} would not matter"
    )


def _more(measure: Measure, basis: Basis) -> str:
    factor = needed(measure.difference.standard_error, measure.margin, measure.difference.level)
    more = ceil((factor - 1) * measure.requests)
    if more <= 0:
        return (
            "the difference is near the margin: there are enough requests to see one of its size, "
            "and more would tell on which side it is"
        )
    line = (
        f"{more:,} more requests would show a difference of the margin's size (power {POWER:.0%})"
    )
    if basis.since and basis.until and basis.until > basis.since:
        minutes = more / (measure.requests / ((basis.until - basis.since).total_seconds() / 60))
        line += f", {_duration(minutes)} of this traffic"
    return line


def _duration(minutes: float) -> str:
    for size, unit in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes / size:,.1f} {unit}"
    return f"{minutes:,.1f} minutes"


def _reading(limits: Limits, latency: str, cells: Cells) -> str:
    together = (
        "compared where both served at the same time" if cells.paired
        else "compared at the same hours of the day where the data has them"
    )  # fmt: skip
    listed = "; ".join(str(method(name)) for name in _METHODS)
    return (
        "Errors are 5xx and failed gRPC calls; code 0 and clients that left do not count. Latency "
        f"is {latency} in ms, of requests that did not fail. Same mix: routes {together}. The "
        f"chance of one false alarm or more is {1 - limits.level:.0%} at most, whatever the number "
        "of routes, for one look at the data; looking again and again finds more. Worse: more "
        "than chance, and perhaps more than the margin. No difference: the whole interval is "
        "within the margin. p99 and single routes may condemn, but not hold a verdict back. Known "
        "limits: bursts in only a few of the forty time blocks, and a latency that drifts slowly "
        "between periods that follow each other, make intervals too narrow. "
        f"Methods: {listed}."
    )
