"""Sentences on what changed since the earlier window, beyond chance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from envoylog.reports.findings import Finding, Named, Severity, percent
from envoylog.statistics.rates import wilson
from envoylog.statistics.verdict import Verdict

if TYPE_CHECKING:
    from envoylog.questions.releases.comparison import Measure
    from envoylog.reports.report import Report

#: A rate that is higher, beyond chance, is wrong even if it is no news.
_HIGH: Final = 0.02
_Z: Final = 1.96
#: Traffic that changed by less is not spoken of.
_TRAFFIC: Final = 0.25
_MOST: Final = 3

_LATENCIES: Final = {"p50 latency": "median", "p90 latency": "p90", "p99 latency": "p99"}


def changed(report: Report) -> Iterator[Finding]:
    """Say what is more, or less, than it was."""
    yield from _silences(report)
    if report.totals.get("requests"):
        yield from _errors(report)
        yield from _authorities(report)
        yield from _latency(report)
        yield from _traffic(report)


def fails(report: Report) -> bool:
    """Tell whether the error rate is wrong: it rose, or it is high."""
    judged = report.changes.overall("error rate, same mix")
    if judged is not None and judged.verdict in {Verdict.WORSE, Verdict.BETTER}:
        return judged.verdict is Verdict.WORSE
    errors, requests = report.totals["errors"], report.totals["requests"]
    return bool(requests) and wilson(errors, requests, _Z)[0] >= _HIGH


def _errors(report: Report) -> Iterator[Finding]:
    rate, errors = report.totals.get("error_rate"), report.totals.get("errors")
    requests = report.totals["requests"]
    if not isinstance(rate, float):
        return
    severity = Severity.WRONG if fails(report) else Severity.FACT
    count = f"{percent(rate)} ({errors:,} of {requests:,} requests)"
    raw, judged = (report.changes.overall(f"error rate, {one}") for one in ("raw", "same mix"))
    before = (report.totals_before or {}).get("error_rate")
    if raw is None or judged is None or not isinstance(before, float):
        yield Finding(severity, (f"{count} failed.",), "error-rate")
        return
    when = f"{report.window.earlier_words} {percent(before)}"
    low, high = 100 * raw.difference.low, 100 * raw.difference.high
    interval = f"by {low:.2f} to {high:.2f} points, more than chance explains"
    if judged.verdict is Verdict.WORSE:
        words = f"The error rate rose to {count}; {when}: {interval}."
        yield Finding(Severity.WRONG, (words, *_carrier(report)), "errors-in-common")
    elif judged.verdict is Verdict.BETTER:
        interval = f"by {-high:.2f} to {-low:.2f} points, more than chance explains"
        words = f"The error rate fell to {count}; {when}: {interval}."
        yield Finding(Severity.GOOD, (words,), "error-rate")
    elif judged.verdict is Verdict.NO_DIFFERENCE:
        words = f"{count} failed, as {report.window.earlier_words}."
        yield Finding(severity, (words,), "error-rate")
    else:
        words = f"{count} failed; {when}: within what chance makes."
        yield Finding(severity, (words,), "error-rate")


def _carrier(report: Report) -> Iterator[str]:
    carrier = report.changes.carrier
    if carrier is None:
        return
    what = carrier.column.replace("_", " ")
    yield f" The {what} "
    yield Named(carrier.value)
    yield (
        f" has {carrier.share:.0%} of the errors that are new: {carrier.errors:,} of its "
        f"{carrier.requests:,} requests failed."
    )


def _authorities(report: Report) -> Iterator[Finding]:
    """Name authorities that fail more, where that is not what the first sentence says."""
    carrier = report.changes.carrier
    named = carrier.value if carrier and carrier.column == "authority" else None
    worse = [
        one
        for one in report.changes.measures
        if one.name == "error rate" and one.verdict is Verdict.WORSE and one.route != named
    ]
    for one in worse[:_MOST]:
        words = (Named(one.route or ""), f" fails more: {_moved(one)}.")
        yield Finding(Severity.CHANGED, words, "errors-by-authority")


def _latency(report: Report) -> Iterator[Finding]:
    for verdict, severity, word in (
        (Verdict.WORSE, Severity.CHANGED, "slower"),
        (Verdict.BETTER, Severity.GOOD, "faster"),
    ):
        found = [
            f"{name} {_milliseconds(one.candidate)} after {_milliseconds(one.baseline)}"
            for key, name in _LATENCIES.items()
            if (one := report.changes.overall(key)) and one.verdict is verdict
        ]
        if found:
            words = f"Requests are {word} than {report.window.earlier_words}: {', '.join(found)}."
            yield Finding(severity, (words,), "latency-over-time")


def _traffic(report: Report) -> Iterator[Finding]:
    now, before = report.totals["requests"], (report.totals_before or {}).get("requests")
    if not isinstance(now, int) or not isinstance(before, int) or not before:
        return
    ratio = now / before - 1
    if abs(ratio) >= _TRAFFIC:
        way = "more" if ratio > 0 else "fewer"
        than = f"than {report.window.earlier_words}"
        words = f"{abs(ratio):.0%} {way} requests {than}: {now:,} after {before:,}."
        yield Finding(Severity.CHANGED, (words,), "error-rate")


def _silences(report: Report) -> Iterator[Finding]:
    for one in report.changes.silences[:_MOST]:
        words = f" is silent: no request, {one.before:,} {report.window.earlier_words}."
        yield Finding(Severity.WRONG, (Named(one.authority), words), "gaps")


def _moved(measure: Measure) -> str:
    return f"{percent(measure.candidate or 0)} after {percent(measure.baseline or 0)}"


def _milliseconds(value: float | None) -> str:
    return f"{value:,.0f} ms" if value is not None else "-"
