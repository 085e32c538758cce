"""The command that asks a section's question again, with all rows."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta

from envoylog.reports.report import Part, Report, looks_back


def command(report: Report, part: Part) -> str:
    """Write it as it is typed in a shell."""
    filters = part.section.filters.within(report.config.filters)
    words = ["envoylog", "ask", part.question.id, *report.data]
    since, until = report.window.since, report.window.until
    own = {name: str(value) for name, value in part.section.parameters.items()}
    if looks_back(part.question):
        own.setdefault("period", f"{(until - since) // timedelta(seconds=1)}s")
    else:
        words += ["--since", _iso(since)]
    words += ["--until", _iso(until)]
    for name in ("authority", "cluster", "route", "include"):
        for value in getattr(filters, name):
            words += [f"--{name}", value]
    for name in ("where", "vantage"):
        if value := getattr(filters, name):
            words += [f"--{name}", value]
    if report.config.timezone != "UTC":
        words += ["--timezone", report.config.timezone]
    for name, value in own.items():
        words += [f"--{name.replace('_', '-')}", value]
    return shlex.join([*words, "--limit", "0"])


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
