"""What the quick tests admit, the exact ones admit too, with the same value."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from envoylog.format.plan import Field
from envoylog.parser import columns, quick
from envoylog.parser.parser import AccessLogParser

OPERATORS = {
    "%START_TIME%": "2026-11-24T00:33:15.832Z",
    "%START_TIME(%FT%TZ)%": "2026-11-24T00:33:15Z",
    "%START_TIME(%d/%b/%Y:%H:%M:%E9S)%": "24/Nov/2026:00:33:15.832123000",
    "%RESPONSE_CODE%": "200",
    "%DURATION%": "17",
    "%RESPONSE_FLAGS%": "UF,URX",
    "%REQ(:METHOD)%": "GET",
    "%REQ(USER-AGENT)%": "curl",
    "%PROTOCOL%": "HTTP/2",
    "%UPSTREAM_HOST%": "10.0.0.1:80",
    "%RESPONSE_CODE_DETAILS%": "via_upstream",
    "%DOWNSTREAM_LOCAL_PORT%": "443",
}
_PUT = st.text('0123456789-+:.TZ/ "\té٣aN_', max_size=3)


def _field(operator: str) -> Field:
    return AccessLogParser.from_format(f"[{operator}]\n").plan.fields[0]


@st.composite
def texts(draw: st.DrawFn, operator: str) -> list[str]:
    """Draw texts of an operator: right, absent, and with something put in."""
    right = OPERATORS[operator]
    wrong = st.builds(
        lambda at, size, put: right[:at] + put + right[at + size :],
        st.integers(0, len(right)),
        st.integers(0, 3),
        _PUT,
    )
    return draw(st.lists(st.sampled_from([right, "-", ""]) | wrong, min_size=1, max_size=8))


@pytest.mark.parametrize("operator", OPERATORS)
@given(data=st.data(), few=st.booleans())
@settings(deadline=None, max_examples=150)
def test_what_is_admitted_is_right(operator: str, data: st.DataObject, few: bool) -> None:
    _check(operator, data.draw(texts(operator)), few=few)


@given(text=st.text("0123456789-+._ e", max_size=20), few=st.booleans())
@example(text="9223372036854775808", few=False)
@example(text="00000000000000000000000000017", few=False)
@settings(deadline=None, max_examples=300)
def test_numbers(text: str, few: bool) -> None:
    for operator in ("%RESPONSE_CODE%", "%DURATION%", "%DOWNSTREAM_LOCAL_PORT%"):
        _check(operator, [text, "1"], few=few)


def _check(operator: str, drawn: list[str], *, few: bool) -> None:
    field = _field(operator)
    text = pl.col("text")
    clean = frozenset(map(chr, (*range(0x20), 0x7F))) - set("".join(drawn))
    value = quick.value(field, text)
    quickly = quick.admits(field, text, value, few=few, clean=clean)
    exact = columns.value(field, text)
    exactly = columns.admits(field, text, exact)
    every = pl.repeat(value=True, n=pl.len())
    found = pl.DataFrame({"text": drawn}).select(
        text,
        value=value,
        exact=exact,
        quickly=every if quickly is None else quickly,
        exactly=every if exactly is None else exactly,
    )
    admitted = found.filter("quickly")
    assert admitted["exactly"].all(), admitted
    assert admitted["value"].equals(admitted["exact"], null_equal=True), admitted
    # Honest values need no second look.
    honest = found.filter(text == OPERATORS[operator])
    assert honest["quickly"].all(), honest
