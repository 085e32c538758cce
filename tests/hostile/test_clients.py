"""What Envoy wrote against what the clients know: the harness itself must not be deceived."""

from collections.abc import Iterator

import pytest

from tests.hostile.clients import Answered
from tests.hostile.commands import RECORD_TYPE, REQUEST_ID
from tests.hostile.mix import SCENARIOS, Request
from tests.hostile.run import Run
from tests.hostile.settings import REQUESTS
from tests.hostile.truth import Truth

pytestmark = pytest.mark.envoy

_PROTOCOLS = {"1.0": b"HTTP/1.0", "1.1": b"HTTP/1.1", "2": b"HTTP/2"}
#: Kinds of requests that do not say, or say twice, what is asked for here.
_ODD = {"forged path", "forged address", "connect", "doubled"}


@pytest.fixture(scope="module")
def places(truth: Truth) -> dict[bytes, int]:
    """Give the last record of each request, by its id."""
    kinds = truth.texts[RECORD_TYPE]
    ids = truth.texts[REQUEST_ID]
    ends = [place for place, kind in enumerate(kinds) if kind == b"DownstreamEnd"]
    named = [place for place in ends if ids[place] != b"-"]
    assert len({ids[place] for place in named}) == len(named), "a request has two ends"
    return {ids[place]: place for place in named}


def test_everything_happened(hostile_run: Run) -> None:
    assert len(hostile_run.sent) == max(REQUESTS, 2 * len(SCENARIOS))
    assert {request.scenario.kind for request, _ in hostile_run.sent} == {
        scenario.kind for scenario in SCENARIOS
    }
    versions = {request.version for request, _ in hostile_run.sent}
    assert versions == {"1.0", "1.1", "2", "tcp"}


def test_every_request_is_logged(hostile_run: Run, places: dict[bytes, int]) -> None:
    sent = {request.request_id for request, _ in _logged(hostile_run)}
    assert sent == places.keys()  # of refused requests, nothing is known


def test_envoy_wrote_what_the_clients_know(
    hostile_run: Run, truth: Truth, places: dict[bytes, int]
) -> None:
    wrong = [
        (request.scenario.kind, request.listener, command, expected, text)
        for request, answered in _logged(hostile_run)
        for command, expected in _known(request, answered)
        if (text := truth.texts[command][places[request.request_id]]) != expected
    ]
    assert wrong == []


def test_flags(hostile_run: Run, truth: Truth, places: dict[bytes, int]) -> None:
    wrong = [
        (request.scenario.kind, request.listener, request.scenario.flags, flags, answered)
        for request, answered in _logged(hostile_run)
        if request.scenario.flags is not None
        and (flags := truth.texts["%RESPONSE_FLAGS%"][places[request.request_id]])
        and set(request.scenario.flags.split(",")) != set(flags.decode().split(","))
    ]
    assert wrong == []


def _logged(run: Run) -> Iterator[tuple[Request, Answered]]:
    return (
        (request, answered)
        for request, answered in run.sent
        if request.version != "tcp" and not request.scenario.refused
    )


def _known(request: Request, answered: Answered) -> Iterator[tuple[str, bytes]]:
    """Yield commands and what the client knows of their text."""
    yield "%REQ(:METHOD)%", request.method
    yield "%PROTOCOL%", _PROTOCOLS[request.version]
    yield "%LISTENER_NAME%", request.listener.encode()
    if request.scenario.kind not in _ODD:
        yield "%REQ(X-HOSTILE)%", _as_received(request, request.hostile)
        yield "%REQ(USER-AGENT)%", _as_received(request, request.user_agent)
        yield "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%", request.path
        if answered.address:
            yield "%DOWNSTREAM_REMOTE_ADDRESS%", answered.address.encode()
        if request.scenario.authority:
            yield "%REQ(:AUTHORITY)%", request.scenario.authority
    if answered.status:
        yield "%RESPONSE_CODE%", b"%d" % answered.status
        yield "%BYTES_SENT%", b"%d" % answered.body
    if answered.status == 200:
        yield "%BYTES_RECEIVED%", b"%d" % request.scenario.body


def _as_received(request: Request, value: bytes | None) -> bytes:
    if value is None:
        return b"-"
    return value if request.version == "2" else value.strip(b" \t")
