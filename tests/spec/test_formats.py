import json
from collections import Counter

import pytest

from envoylog.format.document import Encoding, read_document
from envoylog.format.plan import make_plan
from envoylog.spec.formats import ALIASES, NAMED_FORMATS, NamedFormat
from tests.format.real_envoy import validate

ROWS = pytest.mark.parametrize("row", NAMED_FORMATS.values(), ids=NAMED_FORMATS)


@ROWS
def test_compiles_with_no_notes(row: NamedFormat) -> None:
    plan = make_plan(read_document(row.document))
    assert all(field.known for field in plan.fields)
    assert plan.notes == ()
    is_text = isinstance(row.document, str)
    assert plan.encoding is (Encoding.TEXT if is_text else Encoding.JSON)
    assert max(Counter(field.column for field in plan.fields).values()) == 1


@ROWS
def test_row_is_complete(row: NamedFormat) -> None:
    assert row.title
    assert row.source
    assert not isinstance(row.document, str) or row.document.endswith("\n")


@ROWS
def test_json_keys_are_istio_column_names(row: NamedFormat) -> None:
    """Columns take Istio's keys, so Istio's own format maps each key to itself."""
    if row.name != "istio-json":
        return
    assert isinstance(row.document, dict)
    plan = make_plan(read_document(row.document))
    assert [field.column for field in plan.fields] == list(row.document)


def test_no_two_formats_are_the_same() -> None:
    documents = [json.dumps(row.document, sort_keys=True) for row in NAMED_FORMATS.values()]
    assert len(set(documents)) == len(documents)


def test_aliases_point_to_rows() -> None:
    assert set(ALIASES.values()) <= NAMED_FORMATS.keys()
    assert not ALIASES.keys() & NAMED_FORMATS.keys()


def test_the_documented_default_of_envoy() -> None:
    assert NAMED_FORMATS["envoy"].document == (
        '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" '
        "%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
        '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" '
        '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n'
    )


def test_the_documented_default_of_istio() -> None:
    assert NAMED_FORMATS["istio-1.23"].document == (
        '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" '
        "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% "
        '%CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" '
        "%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "
        '"%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" '
        '"%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% '
        "%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "
        "%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n"
    )


@pytest.mark.envoy
def test_envoy_takes_every_format() -> None:
    assert validate([row.document for row in NAMED_FORMATS.values()]) == ""
