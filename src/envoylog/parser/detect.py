"""Guess which named format wrote some lines."""

from __future__ import annotations

import polars as pl

from envoylog.parser.parser import AccessLogParser
from envoylog.spec.formats import NAMED_FORMATS


def match_rates(lines: pl.Series) -> dict[str, float]:
    """Try every named format on some lines.

    Parameters
    ----------
    lines : polars.Series
        A sample; a few hundred are enough.

    Returns
    -------
    dict of str to float
        The share of access-log lines that each named format reads whole, best first; of two that
        read alike, the newer product version comes first.

    Examples
    --------
    >>> line = '[2026-11-24T00:33:15.832Z] "GET / HTTP/1.1" 200 - 0 5 1 1 "-" "-" "-" "a" "-"'
    >>> next(iter(match_rates(pl.Series([line]))))
    'envoy'
    """
    rates = {
        name: _rate(AccessLogParser.from_format(row.document), lines)
        for name, row in NAMED_FORMATS.items()
    }
    return dict(sorted(rates.items(), key=lambda item: -item[1]))


def _rate(parser: AccessLogParser, lines: pl.Series) -> float:
    parsed = parser.parse_lines(lines)
    candidates = len(lines) - len(parsed.skipped)
    whole = parsed.rows
    if "extra" in whole.columns:
        whole = whole.filter(pl.col("extra").is_null())
    return len(whole) / candidates if candidates else 0.0
