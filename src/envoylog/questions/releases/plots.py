"""Pictures of judgements: splits over time, quantiles and routes in a forest, budgets that burn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from envoylog.charts.chart import Chart
from envoylog.charts.picture import Picture
from envoylog.charts.text import clean, shown
from envoylog.errors import QueryError, UnknownNameError
from envoylog.questions.releases.burn import ALARMS

if TYPE_CHECKING:
    from envoylog.questions.releases.findings import Findings


def picture(findings: Findings, kind: str | None) -> Picture:
    """Give one picture; see `Findings.picture`."""
    kinds = names(findings)
    if not kinds:
        raise QueryError(f"{findings.id} has no pictures")
    kind = kind or kinds[0]
    if kind not in kinds:
        raise UnknownNameError("picture", kind, kinds)
    return _KINDS[kind][0](findings)


def names(findings: Findings) -> list[str]:
    """Name the pictures that there are."""
    return [name for name, (_picture, table) in _KINDS.items() if table in findings.sections]


def pictures(findings: Findings) -> list[Picture]:
    """Give all pictures for which there is data enough."""
    found = []
    for kind in names(findings):
        try:
            found.append(picture(findings, kind))
        except QueryError:
            continue
    if not found:
        raise QueryError(f"{findings.id}: there is too little data for a picture")
    return found


def _split(findings: Findings) -> Picture:
    frame = findings.pl("over_time")
    weights = findings.pl("split").drop_nulls("weight")
    limits = {}
    if weights["rule"].n_unique() == 1:
        rows = weights.select("version", "weight").iter_rows()
        limits = {f"weight of {version}": weight for version, weight in rows}
    reason = next((r for r in findings.reasons if r.startswith("split of")), "")
    chart = Chart("line", "time", ("share",), "version", limits=limits)
    return _made(findings, "split", (frame, {"share": "ratio"}), chart, reason)


def _quantiles(findings: Findings) -> Picture:
    frame = findings.pl("comparisons").filter(unit="ms")
    if frame.is_empty():
        raise QueryError("no latency quantile was compared: too few requests with a duration")
    return _differences(
        findings, "quantiles", frame, rows="quantity", what="latency", unit="ms", told=" latency"
    )


def _routes(findings: Findings) -> Picture:
    frame = findings.pl("routes")
    frame = frame.filter(quantity="error rate") if frame.height else frame
    if frame.is_empty():
        raise QueryError("no route has requests enough of both versions")
    ordered = frame.sort("p_value", "route")
    return _differences(
        findings,
        "routes",
        ordered,
        rows="route",
        what="error rate",
        unit="ratio",
        told="error rate of ",
    )


def _differences(
    findings: Findings,
    name: str,
    frame: pl.DataFrame,
    *,
    rows: str,
    what: str,
    unit: str,
    told: str,
) -> Picture:
    facts = findings.facts
    against = f"{facts['candidate']} minus {facts['baseline']}"
    named = frame.rename({"difference": f"{what}, {against}"})
    columns = (f"{what}, {against}", "low", "high", "margin")
    chart = Chart(
        "whisker", rows, columns, verdict="verdict", label=f"{{{rows}}} (n = {{requests}})"
    )
    message = f"{facts['candidate']} against {facts['baseline']}: {_reason(findings, told)}"
    made = _made(findings, name, (named, dict.fromkeys(columns, unit)), chart, message)
    basis = f"{made.basis}; {facts['level']:.0%} intervals; shaded: does not matter"
    return replace(made, basis=basis)


def _reason(findings: Findings, told: str) -> str:
    """Give the gravest reason of a kind, without its interval."""
    found = [r for r in findings.reasons if told in r.partition(":")[0] and "interval" in r]
    grave = [r for word in (": worse: ", ": better: ", "") for r in found if word in r]
    if not grave:
        return "no difference between routes beyond doubt"
    return grave[0].partition(f", {findings.facts['level']:.0%} interval")[0]


def _budget(findings: Findings) -> Picture:
    frame = findings.pl("burn_over_time")
    worst = findings.pl("objectives").drop_nulls("spent").sort("spent", descending=True)
    message = ""
    for name, spent in worst.select("objective", "spent").head(1).iter_rows():
        message = f"{clean(name)} has spent {shown(spent, 'ratio')} of its budget"
    chart = Chart("line", "time", ("spent",), "objective", limits={"all of the budget": 1.0})
    return _made(findings, "budget", (frame, {"spent": "ratio"}), chart, message)


def _burn(findings: Findings) -> Picture:
    frame = findings.pl("burn_over_time")
    fired = findings.pl("alerts").height
    alarm = ALARMS[0]
    limit = alarm.rate(timedelta(seconds=float(str(findings.facts["period_seconds"]))))
    column = f"burn_{alarm.long}"
    chart = Chart("line", "time", (column,), "objective",
                  limits={"even spending": 1.0, f"{alarm.severity} from here": limit})  # fmt: skip
    word = f"{fired} alert{'s' if fired > 1 else ''}" if fired else "No alert"
    return _made(findings, "burn", (frame, {}), chart, f"{word} would have fired")


def _made(
    findings: Findings, name: str, table: tuple[pl.DataFrame, dict[str, str]], chart: Chart,
    message: str,
) -> Picture:  # fmt: skip
    basis = findings.basis
    frame, units = table
    return Picture(
        name=f"{findings.id} {name}",
        title=findings.title,
        basis=basis.window if basis else "",
        frame=frame,
        chart=chart,
        units=units,
        zone=basis.timezone if basis else UTC,
        message=message,
    )


_KINDS: Final[dict[str, tuple[Callable[[Findings], Picture], str]]] = {
    "split": (_split, "over_time"),
    "quantiles": (_quantiles, "comparisons"),
    "routes": (_routes, "routes"),
    "budget": (_budget, "burn_over_time"),
    "burn": (_burn, "burn_over_time"),
}
