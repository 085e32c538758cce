"""Several formats at once: the first that fits exactly has the line."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from envoylog.parser.mixed import MixedParser
from envoylog.parser.parser import AccessLogParser
from envoylog.spec.formats import NAMED_FORMATS

ENVOY = '[2026-11-24T00:33:15.832Z] "GET / HTTP/1.1" 200 - 0 5 1 1 "-" "-" "-" "a" "-"'
APPLICATION = "[2026-11-24 06:03:15.611][7][info][config] [x.cc:1] rejected:"


def mixed(**formats: object) -> MixedParser:
    named = {
        name: NAMED_FORMATS[source].document if source in NAMED_FORMATS else source
        for name, source in formats.items()
        if isinstance(source, str)
    }
    named |= {name: source for name, source in formats.items() if isinstance(source, dict)}
    return MixedParser(
        tuple((name, AccessLogParser.from_format(source)) for name, source in named.items())
    )


def test_each_line_has_its_format() -> None:
    parser = mixed(
        json={"code": "%RESPONSE_CODE%"}, text="envoy", short="%RESPONSE_CODE% %PROTOCOL%"
    )
    lines = ["503 HTTP/2", ENVOY, '{"code":404}', "oops", APPLICATION, "", ENVOY[:30]]
    parsed = parser.parse_lines(lines)
    assert parsed.rows.schema == parser.schema
    assert parsed.rows.select("format", "response_code", "protocol", "authority").rows() == [
        ("short", 503, "HTTP/2", None),
        ("text", 200, "HTTP/1.1", "a"),
        ("json", 404, None, None),
    ]
    assert parsed.places.to_list() == [0, 1, 2]
    assert parsed.rejects["line"].to_list() == [3, 6]
    assert parsed.skipped["line"].to_list() == [4, 5]


def test_exact_before_loose() -> None:
    few = {"code": "%RESPONSE_CODE%"}
    many = {"code": "%RESPONSE_CODE%", "path": "%REQ(:PATH)%"}
    lines = ['{"code":200,"path":"/"}', '{"code":200}', '{"code":200,"other":1}']
    for parser in (mixed(few=few, many=many), mixed(many=many, few=few)):
        first = parser.formats[0][0]
        rows = parser.parse_lines(lines).rows.select("format", "extra").rows()
        # A key that is absent is missing; one that is left over fits no format.
        assert rows == [("many", None), (first, None), (first, '{"other":1}')]


def test_a_line_in_two_ways_goes_to_the_format_that_reads_it_in_one() -> None:
    parser = mixed(two='"%REQ(A)%" "%REQ(B)%"', three='"%REQ(A)%" "%REQ(B)%" "%REQ(C)%"')
    rows = parser.parse_lines(['"x" "y" "z"', '"a" "b" "c" "d"']).rows
    assert rows.select("format", "ambiguous").rows() == [("three", False), ("two", True)]


def test_types_that_differ_become_text() -> None:
    parser = mixed(a={"x": "%DURATION%"}, b={"x": "%DURATION%", "y": "%REQ(Z)%"})
    assert parser.schema["duration"] == pl.Int64
    assert parser.schema.names()[-3:] == ["req_z", "extra", "format"]


def test_records_of_several_lines() -> None:
    parser = mixed(
        long="--- %RESPONSE_CODE%\ntook %DURATION%ms\n", short="%RESPONSE_CODE% %PROTOCOL%"
    )
    lines = ["200 HTTP/2", "--- 503", "took 5ms", "oops", "--- 404"]
    parsed = parser.parse_lines(lines)
    assert parsed.rows.select("format", "response_code").rows() == [("short", 200), ("long", 503)]
    assert parsed.places.to_list() == [0, 1]
    assert parsed.rejects["line"].to_list() == [3, 4]
    assert parser.unfinished(pl.Series(lines)) == 1


@pytest.mark.parametrize("name", ["envoy", "istio", "istio-json"])
def test_one_format_among_many_reads_the_same(name: str) -> None:
    text = Path("sample_logs", f"{name}.log").read_bytes()
    lines = pl.Series(text.decode(errors="backslashreplace").split("\n")[:400])
    alone = AccessLogParser.from_format(NAMED_FORMATS[json_or(name)].document).parse_lines(lines)
    names = [n for n in ("istio-1.23", "istio-json", "envoy") if n != json_or(name)]
    others = dict(zip("bc", names, strict=True))
    parsed = mixed(own=json_or(name), **others).parse_lines(lines)
    own = parsed.rows.filter(format="own")
    assert len(own) == len(parsed.rows)
    assert own.select(alone.rows.columns).equals(alone.rows)
    assert parsed.rejects.equals(alone.rejects)
    assert parsed.skipped.equals(alone.skipped)


def json_or(name: str) -> str:
    return "istio-1.23" if name == "istio" else name
