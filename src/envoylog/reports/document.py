"""A report as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envoylog.questions.answer import Answer
    from envoylog.questions.releases.comparison import Measure
    from envoylog.reports.report import Part, Report


def document(report: Report) -> str:
    """Write everything that was found as one JSON object."""
    window = report.window
    facts = {
        "title": report.config.title,
        "since": window.since.isoformat(),
        "until": window.until.isoformat(),
        "timezone": window.timezone.key,
        "compared_with": {
            "since": window.before[0].isoformat(),
            "until": window.before[1].isoformat(),
        }
        if window.before
        else None,
        "headline": [
            {"severity": found.severity, "text": str(found), "section": found.section or None}
            for found in report.findings
        ],
        "totals": report.totals,
        "totals_before": report.totals_before,
        "changes": [*map(_change, report.changes.measures)],
        "sections": [*_parts(report.parts)],
        "data_quality": [*_parts(report.quality)],
    }
    return json.dumps(facts, ensure_ascii=False, default=str) + "\n"


def _change(measure: Measure) -> dict[str, object]:
    difference = measure.difference
    return {
        "measure": measure.name,
        "authority": measure.route,
        "before": measure.baseline,
        "now": measure.candidate,
        "difference": difference.estimate,
        "low": difference.low,
        "high": difference.high,
        "level": difference.level,
        "p_value": measure.p_value,
        "requests": measure.requests,
        "verdict": measure.verdict,
    }


def _parts(parts: Iterable[Part]) -> Iterable[dict[str, object]]:
    for part in parts:
        facts: dict[str, object] = {"question": part.question.id, "title": part.title}
        if part.refusal:
            facts["refusal"] = part.refusal
        for name, answer in (("answer", part.answer), ("before", part.before)):
            if answer is not None:
                facts[name] = _answer(answer)
        yield facts


def _answer(answer: Answer) -> dict[str, object]:
    found: dict[str, object] = json.loads(answer.to_json())
    return found | {"notes": answer.notes}
