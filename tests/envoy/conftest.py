"""One run of the real Envoy: the logs it wrote, parsed, and what its clients know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from envoylog.logs.sources import find_sources
from envoylog.parser.parser import AccessLogParser
from envoylog.pipeline.blocks import parse_blocks
from envoylog.pipeline.reading import Reading
from sample_logs import generate, traffic
from sample_logs.traffic import Sent

#: Formats that people write by hand, and what makes each of them hard.
ODD: Mapping[str, str | Mapping[str, object]] = {
    # Quotes around few values, and a name before each.
    "logfmt.log": (
        "ts=%START_TIME(%s.%6f)% id=%REQ(X-REQUEST-ID)% method=%REQ(:METHOD)%"
        ' path="%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%" code=%RESPONSE_CODE% flags=%RESPONSE_FLAGS%'
        ' ua="%REQ(USER-AGENT)%" authority=%REQ(:AUTHORITY)% took=%DURATION%ms'
        ' xff="%REQ(X-FORWARDED-FOR)%" proto=%PROTOCOL% in=%BYTES_RECEIVED% out=%BYTES_SENT%'
        ' cluster="%UPSTREAM_CLUSTER_RAW%"\n'
    ),
    # Blanks in values that nothing quotes.
    "unquoted.log": (
        "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% [%START_TIME(%d/%b/%Y:%H:%M:%S %z)%]"
        " %REQ(X-REQUEST-ID)% %UPSTREAM_CLUSTER_RAW% %REQ(:METHOD)%"
        " %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL% %REQ(:AUTHORITY)% %RESPONSE_CODE%"
        " %RESPONSE_FLAGS% %BYTES_RECEIVED%/%BYTES_SENT% %DURATION% %REQ(USER-AGENT)%\n"
    ),
    # Values in objects, several in one string, and one that is no command.
    "nested-json.log": {
        "at": "%START_TIME%",
        "request": {
            "line": "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%",
            "headers": {"ua": "%REQ(USER-AGENT)%", "xff": "%REQ(X-FORWARDED-FOR)%"},
            "authority": "%REQ(:AUTHORITY)%",
            "id": "%REQ(X-REQUEST-ID)%",
        },
        "response": {"code": "%RESPONSE_CODE%", "flags": "%RESPONSE_FLAGS%"},
        "bytes": "%BYTES_RECEIVED%/%BYTES_SENT%",
        "took": "%DURATION%ms",
        "cluster": "%UPSTREAM_CLUSTER_RAW%",
        "logger": "tests",
    },
}
FORMATS = {**generate.FORMATS, **ODD}
APPLICATION_LOG = "istio.log"


@dataclass(frozen=True)
class Run:
    """What one run left."""

    directory: Path
    sent: list[Sent]
    rows: dict[str, pl.DataFrame]
    rejects: dict[str, pl.DataFrame]
    skipped: dict[str, pl.DataFrame]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("envoy")
    sent = traffic.run(directory, FORMATS, requests=600, seed=11, stdout=APPLICATION_LOG)
    done = Run(directory, sent, {}, {}, {})
    for name, source in FORMATS.items():
        parser = AccessLogParser.from_format(source)
        parsed = [
            block.parsed for block in parse_blocks(Reading(find_sources(directory / name)), parser)
        ]
        done.rows[name] = pl.concat(block.rows for block in parsed)
        done.rejects[name] = pl.concat(block.rejects for block in parsed)
        done.skipped[name] = pl.concat(block.skipped for block in parsed)
    return done
