"""Guess which format wrote some lines: every named format is tried, and JSON keys are looked up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from envoylog.errors import UnknownNameError
from envoylog.parser.parser import AccessLogParser
from envoylog.spec.formats import NAMED_FORMATS
from envoylog.spec.json_keys import JSON_KEYS

INFERRED = "(keys)"
# Less than half of the lines is no fit, and two formats that differ by less than this are a tie.
_ENOUGH, _MARGIN = 0.5, 0.1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A format and how well it fits.

    Attributes
    ----------
    name : str
        A named format, or `(keys)` for a dictionary made from the keys of the lines.
    parser : AccessLogParser
        The format, compiled.
    rate : float
        The share of access-log lines that it reads whole: no reject, no key left over.
    example : str or None
        A line that it does not read whole.
    reason : str or None
        Why not.
    """

    name: str
    parser: AccessLogParser
    rate: float
    example: str | None = None
    reason: str | None = None


def detect(lines: pl.Series) -> tuple[Candidate, ...]:
    """Rank the formats that may have written some lines.

    Parameters
    ----------
    lines : polars.Series
        A sample; a few hundred are enough.

    Returns
    -------
    tuple of Candidate
        Best first; of two that read as many lines, the one with more fields, and then the newer
        version of the product.

    Examples
    --------
    >>> line = '[2026-11-24T00:33:15.832Z] "GET / HTTP/1.1" 200 - 0 5 1 1 "-" "-" "-" "a" "-"'
    >>> best = detect(pl.Series([line]))[0]
    >>> best.name, best.rate
    ('envoy', 1.0)
    """
    found = [_candidate(name, parser, lines) for name, parser in _named_parsers().items()]
    if keys := _infer(lines):
        found.append(_candidate(INFERRED, AccessLogParser.from_format(keys), lines))
    return tuple(sorted(found, key=lambda c: (-c.rate, c.name == INFERRED, -_fields(c))))


def choose(candidates: tuple[Candidate, ...]) -> Candidate:
    """Take the best candidate, if it is clearly the best.

    Parameters
    ----------
    candidates : tuple of Candidate
        What `detect` gave.

    Returns
    -------
    Candidate

    Raises
    ------
    UnknownNameError
        If none fits half of the lines, or another fits about as many and reads them otherwise.
    """
    best = candidates[0]
    if best.rate < _ENOUGH:
        reason = f"no known format reads half of the lines ({best.name} reads {best.rate:.0%}); "
        raise UnknownNameError("format", "auto", list(NAMED_FORMATS), reason)
    # A dictionary made from the keys always fits: it is the last resort, not a rival.
    near = [c for c in candidates if best.rate - c.rate < _MARGIN and c.name != INFERRED]
    best = max(near, key=_fields, default=best)
    for other in near:
        if not _reads_less(other, best):
            reason = f"{best.name} and {other.name} fit about equally well: name one of them; "
            raise UnknownNameError("format", "auto", list(NAMED_FORMATS), reason)
    return best


@cache
def _named_parsers() -> dict[str, AccessLogParser]:
    """Compile the named formats once: rejects are tried against them group by group."""
    return {name: AccessLogParser.from_format(row.document) for name, row in NAMED_FORMATS.items()}


def _fields(candidate: Candidate) -> int:
    return len(candidate.parser.plan.fields)


def _reads_less(candidate: Candidate, best: Candidate) -> bool:
    """Tell whether a format reads the same lines, and no more in them."""
    ours, others = best.parser.schema, candidate.parser.schema
    # Together more than all lines, so there are lines that both read.
    return ours == others or (candidate.rate + best.rate > 1 and others.items() <= ours.items())


def _candidate(name: str, parser: AccessLogParser, lines: pl.Series) -> Candidate:
    parsed = parser.parse_lines(lines)
    # A dictionary made from keys knows that it does not know them all.
    lenient = name == INFERRED or "extra" not in parser.schema
    left_over = pl.lit(value=False) if lenient else pl.col("extra").is_not_null()
    whole = len(parsed.rows.filter(~left_over))
    total = len(parsed.rows) + len(parsed.rejects)
    rate = whole / total if total else 0.0
    if len(parsed.rejects):
        reject = parsed.rejects.row(0, named=True)
        where = f"{reject['field']}: " if reject["field"] else ""
        return Candidate(name, parser, rate, reject["text"], f"{where}{reject['reason']}")
    if whole < len(parsed.rows):
        keys = ", ".join(json.loads(parsed.rows.filter(left_over)["extra"][0]))
        return Candidate(name, parser, rate, None, f"keys left over: {keys}")
    return Candidate(name, parser, rate)


def _infer(lines: pl.Series) -> dict[str, str]:
    """Make a JSON format from the keys of the lines; keys whose values do not fit are left out."""
    keys: dict[str, str] = {}
    for line in lines:
        for key in _members(line):
            if command := JSON_KEYS.get(key.lower()):
                keys.setdefault(key, command)
    while keys:
        parser = AccessLogParser.from_format(keys)
        misfits = set(parser.parse_lines(lines).rejects["field"].drop_nulls())
        wrong = {field.path[0] for field in parser.plan.fields if field.column in misfits}
        if not wrong:
            break
        keys = {key: command for key, command in keys.items() if key not in wrong}
    return keys


def _members(line: str) -> Mapping[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
