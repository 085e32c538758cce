"""The parser against everything that Envoy wrote, in every format."""

import pytest

from tests.hostile.comparison import FORGED_TIME, compare, read_log
from tests.hostile.formats import TRUTH_TEXT, breaking
from tests.hostile.run import Run, all_formats
from tests.hostile.settings import SEED
from tests.hostile.truth import Truth

pytestmark = pytest.mark.envoy

_BREAKING = breaking()
_READABLE = [name for name in all_formats(SEED) if name not in {TRUTH_TEXT, *_BREAKING}]


@pytest.mark.parametrize("name", _READABLE)
def test_every_line_is_right_or_flagged(name: str, hostile_run: Run, truth: Truth) -> None:
    outcome = compare(hostile_run.logs / name, hostile_run.formats[name], truth)
    assert outcome.wrong == []
    assert outcome.rejects.keys() <= {FORGED_TIME}
    assert outcome.rows + outcome.rejects.total() == outcome.lines == truth.records


@pytest.mark.parametrize("name", _BREAKING)
def test_broken_lines_are_refused_and_no_others(name: str, hostile_run: Run, truth: Truth) -> None:
    given = _BREAKING[name]
    parser, lines, parsed = read_log(hostile_run.logs / name, given)
    breaker = parser.plan.fields[1].command.text
    expected: list[bool] = []  # of each line: is it a record?
    for text in truth.texts[breaker]:
        newlines = text.count(b"\n")
        expected += [False] * (newlines + 1) if newlines else [True]
    assert len(lines) == len(expected)
    refused = {*parsed.rejects["line"], *parsed.skipped["line"]}
    assert refused == {place for place, whole in enumerate(expected) if not whole}
    protocols = [
        None if protocol == b"-" else protocol.decode()
        for text, protocol in zip(truth.texts[breaker], truth.texts["%PROTOCOL%"], strict=True)
        if b"\n" not in text
    ]
    certain = ~parsed.rows["ambiguous"]
    found = parsed.rows["protocol"].to_list()
    assert [
        (want, got)
        for want, got, sure in zip(protocols, found, certain, strict=True)
        if sure and want != got
    ] == []
