"""Which format wrote some lines: named ones, dictionaries made from keys, and neither."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from envoylog.errors import UnknownNameError
from envoylog.parser.detect import INFERRED, Candidate, choose, detect
from envoylog.parser.parser import AccessLogParser
from envoylog.parser.render import render_rows
from envoylog.spec.application_log import APPLICATION_LOGS
from envoylog.spec.formats import NAMED_FORMATS

#: Where it fits the same lines and gives the same columns, the newer version is named.
NEWER = {"istio-1.9": "istio-1.23"}
ROW: dict[str, object] = {
    "start_time": datetime(2026, 11, 24, 6, 30, 15, 832_000, tzinfo=UTC),
    "method": "GET",
    "path": "/cart",
    "protocol": "HTTP/1.1",
    "response_code": 200,
    "response_code_details": "via_upstream",
    "bytes_received": 0,
    "bytes_sent": 5,
    "duration": 7,
    "upstream_service_time": 6,
    "user_agent": "curl/8.5.0",
    "request_id": "4f29b224-dfd6-47c8-9eac-f3226dbd227d",
    "authority": "shop.example.com",
    "upstream_host": "10.0.0.9:80",
    "upstream_cluster": "outbound|80||shop.default.svc.cluster.local",
    "downstream_local_address": "10.0.0.1:80",
    "downstream_remote_address": "10.0.0.2:4711",
    "route_name": "default",
}


def lines_of(name: str, count: int = 10) -> list[str]:
    parser = AccessLogParser.from_format(NAMED_FORMATS[name].document)
    return list(render_rows(parser.plan, [ROW | {"duration": n} for n in range(count)]))


def ranked(lines: list[str]) -> tuple[Candidate, ...]:
    return detect(pl.Series(lines, dtype=pl.String))


@pytest.mark.parametrize("name", NAMED_FORMATS)
def test_every_named_format_is_found(name: str) -> None:
    best = choose(ranked(lines_of(name)))
    assert (best.name, best.rate) == (NEWER.get(name, name), 1)
    assert best.parser.schema == AccessLogParser.from_format(NAMED_FORMATS[name].document).schema
    assert (best.example, best.reason) == (None, None)


@pytest.mark.parametrize("name", ["envoy", "istio-1.7", "contour-json"])
def test_application_logs_and_some_junk_do_not_matter(name: str) -> None:
    junk = ["oops", '{"oops"', "HTTP/1.1 200"]
    skipped = [row.example for row in APPLICATION_LOGS] * 10
    best = choose(ranked([*skipped, *lines_of(name), *junk, *skipped]))
    assert best.name == name
    assert best.rate == 10 / 13
    assert best.example in junk
    assert best.reason


def test_all_named_formats_are_ranked() -> None:
    ranking = ranked(lines_of("envoy"))
    assert {candidate.name for candidate in ranking} == {*NAMED_FORMATS}
    rates = [candidate.rate for candidate in ranking]
    assert rates == sorted(rates, reverse=True)
    assert all(candidate.reason for candidate in ranking if candidate.rate < 1)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "no known format reads half of the lines (istio-1.23 reads 0%)"),
        ([""], "no known format reads half of the lines (istio-1.23 reads 0%)"),
        (["oops", "{", "[1]", '"a"', "null"], "no known format reads half of the lines"),
        (['{"a": 1}', '{"b": [2]}'], "no known format reads half of the lines"),
        (["{" * 5000, "[" * 5000], "no known format reads half of the lines"),
        ([*lines_of("envoy", 4), *["oops"] * 6], "(envoy reads 40%)"),
        (
            [*lines_of("envoy"), *lines_of("istio-1.23")],
            "istio-1.23 and envoy fit about equally well: name one of them",
        ),
        (
            [*lines_of("envoy", 10), *lines_of("istio-1.7", 9)],
            "istio-1.7 and envoy fit about equally well: name one of them",
        ),
    ],
)
def test_no_choice(lines: list[str], words: str) -> None:
    with pytest.raises(UnknownNameError) as raised:
        choose(ranked(lines))
    assert str(raised.value).startswith("no format 'auto': ")
    assert words in str(raised.value)
    assert str(raised.value).endswith("known: " + ", ".join(NAMED_FORMATS))


def test_a_clear_majority_is_enough() -> None:
    assert choose(ranked([*lines_of("envoy", 12), *lines_of("istio-1.7", 8)])).name == "envoy"


def test_a_dictionary_from_unknown_keys() -> None:
    lines = [
        json.dumps({"TS": "2026-11-24T06:30:15.832Z", "status": 200, "verb": "GET", "x": {"y": 1}}),
        json.dumps({"status": "503", "uri": "/", "took": 5, "useragent": "a" * 100}),
        "oops",
    ]
    best = choose(ranked(lines))
    assert best.name == INFERRED
    assert best.rate == 2 / 3
    assert json.loads(best.parser.plan.document.text) == {
        "TS": "%START_TIME%",
        "status": "%RESPONSE_CODE%",
        "verb": "%REQ(:METHOD)%",
        "uri": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
        "useragent": "%REQ(USER-AGENT)%",
    }
    rows = best.parser.parse_lines(lines).rows
    assert rows["response_code"].to_list() == [200, 503]
    assert rows["extra"].to_list() == ['{"x":{"y":1}}', '{"took":5}']


def test_keys_whose_values_do_not_fit_are_left_out() -> None:
    lines = [
        json.dumps({"status": "fine", "method": "GET", "duration": "0.2s", "path": "/"}),
        json.dumps({"status": 200, "method": "POST", "duration": 3, "path": "/"}),
    ]
    best = choose(ranked(lines))
    assert (best.name, best.rate) == (INFERRED, 1)
    assert list(best.parser.schema) == ["method", "path", "extra"]


def test_no_dictionary_where_nothing_fits() -> None:
    lines = [json.dumps({"status": "fine", "duration": "0.2s"})]
    assert INFERRED not in {candidate.name for candidate in ranked(lines)}


def test_keys_left_over_are_named() -> None:
    lines = [line.replace("{", '{"tenant":"a",', 1) for line in lines_of("istio-json")]
    best, *others = ranked(lines)
    assert (best.name, best.rate) == (INFERRED, 1)
    left_over = {candidate.name: candidate.reason for candidate in others}
    assert left_over["istio-json"] == "keys left over: tenant"


def test_a_named_format_goes_before_the_dictionary() -> None:
    odd = lines_of("istio-json", 1)[0].replace("{", '{"tenant":"a",', 1)
    lines = [*lines_of("istio-json", 19), odd]
    assert ranked(lines)[0].name == INFERRED
    assert choose(ranked(lines)).name == "istio-json"
