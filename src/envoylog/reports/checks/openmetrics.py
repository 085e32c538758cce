"""Checks as metrics: OpenMetrics that is Prometheus text too, as the textfile collector wants it.

The collector of the node exporter reads Prometheus' older text format. What is written is valid in
both: gauges, no timestamps, and the `# EOF` of the newer one, which is a comment in the older.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from envoylog.dataset.writer import replacing
from envoylog.display.shown import safe
from envoylog.reports.checks.checked import Checked
from envoylog.reports.checks.limits import BASE_UNITS
from envoylog.reports.checks.outcome import Outcome, State

#: At most so many series of one check, failed rows first: metrics are no place for a million paths.
MOST_SERIES: Final = 100
_LONGEST: Final = 200  # characters of a label

_SUFFIXES: Final = {"s": "_seconds", "By": "_bytes", "ratio": "_ratio"}


@dataclass(frozen=True, slots=True)
class _Sample:
    labels: Mapping[str, str]
    value: float


def write_metrics(checked: Checked, path: str | Path | None = None) -> str:
    """Write what became of checks as metrics.

    Parameters
    ----------
    checked : Checked
        The checks.
    path : path, optional
        Where to write it: a temporary file in the same folder, then a rename.

    Returns
    -------
    str
        The text.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    lines: list[str] = []
    for name, (words, samples) in _families(checked).items():
        if samples:
            unit = next((s[1:] for s in _SUFFIXES.values() if name.endswith(s)), None)
            lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge"]
            lines += [f"# UNIT {name} {unit}"] if unit else []
            lines += [f"{name}{_labels(one.labels)} {_number(one.value)}" for one in samples]
    text = "\n".join([*lines, "# EOF", ""])
    if path is not None:
        with replacing(Path(path)) as (temporary,):
            temporary.write_text(text, encoding="utf-8")
    return text


def _families(checked: Checked) -> dict[str, tuple[str, list[_Sample]]]:
    names = [outcome.name for outcome in checked.outcomes]
    passed = [outcome.state is State.PASSED for outcome in checked.outcomes]
    judged = [outcome.state is not State.UNJUDGED for outcome in checked.outcomes]
    families = {
        "envoylog_check_passed": (
            "Whether the check holds; 0 also if it cannot be judged.", _states(names, passed)
        ),
        "envoylog_check_judged": (
            "Whether the check could be judged.", _states(names, judged)
        ),
    }  # fmt: skip
    for outcome in checked.outcomes:
        for family, sample in _values(outcome):
            words = "A value that the check judges."
            families.setdefault(family, (words, []))[1].append(sample)
    for name, words, moment in (
        ("newest_request", "The start of the newest request of the data.", checked.newest),
        ("checked", "When the checks were judged.", checked.at),
    ):
        if moment:
            sample = _Sample({}, moment.timestamp())
            families[f"envoylog_{name}_timestamp_seconds"] = (words, [sample])
    return families


def _states(names: list[str], states: list[bool]) -> list[_Sample]:
    return [_Sample({"check": n}, float(state)) for n, state in zip(names, states, strict=True)]


def _values(outcome: Outcome) -> Iterator[tuple[str, _Sample]]:
    kind, size = BASE_UNITS.get(outcome.unit, ("", 1.0))
    column = outcome.check.column if outcome.check else ""
    seen = set()
    for row in outcome.rows[:MOST_SERIES]:
        labels = {"check": outcome.name, "column": column or "rows"}
        for name, value in row.labels.items():
            labels[_label_name(name, labels)] = value
        key = _labels(labels)
        # Two rows of one name would be one series twice, which Prometheus refuses as a whole.
        if isinstance(row.value, (int, float)) and key not in seen:
            seen.add(key)
            yield (
                f"envoylog_check_value{_SUFFIXES.get(kind, '')}",
                _Sample(labels, row.value * size),
            )


def _label_name(name: str, taken: Mapping[str, str]) -> str:
    clean = re.sub(r"[^A-Za-z0-9_]", "_", name)
    clean = clean if re.match(r"[A-Za-z]", clean) else f"column_{clean}"
    return f"{clean}_" if clean in taken else clean


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    r"""Escape what would end a label; control characters stand as `\x1b`.

    Examples
    --------
    >>> print(_escaped('a"} 1\nb'))
    a\"} 1\\nb
    """
    shown = safe(value.replace("\n", r"\n")[:_LONGEST])
    return shown.replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < sys.maxsize else repr(value)
