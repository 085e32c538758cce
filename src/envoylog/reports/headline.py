"""The headline: what is wrong, what changed, what to look at first, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envoylog.reports.changed import changed
from envoylog.reports.findings import Finding, Severity
from envoylog.reports.seen import seen
from envoylog.reports.unlike import unlike

if TYPE_CHECKING:
    from envoylog.reports.report import Report


def headline(report: Report) -> tuple[Finding, ...]:
    """Say what matters, the worst first.

    Parameters
    ----------
    report : Report
        All but its findings.

    Returns
    -------
    tuple of Finding
    """
    found = [*changed(report), *seen(report), *unlike(report)]
    if not report.totals.get("requests"):
        found.insert(0, Finding(Severity.WRONG, ("There is no request in this window.",)))
    if not any(one.severity in {Severity.WRONG, Severity.CHANGED} for one in found):
        found.append(Finding(Severity.GOOD, ("Nothing stands out.",)))
    order = list(Severity)
    return tuple(sorted(found, key=lambda one: order.index(one.severity)))
