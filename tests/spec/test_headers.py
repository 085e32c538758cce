import re

import pytest
import regex

from envoylog.spec.headers import HEADERS, PATHS, Header

ROWS = [pytest.param(*key, row, id=" ".join(key)) for key, row in HEADERS.items()]


@pytest.mark.parametrize(("operator", "name", "row"), ROWS)
def test_row(operator: str, name: str, row: Header) -> None:
    assert operator in {"REQ", "RESP", "TRAILER"}
    assert name == name.lower()
    assert row.column is None or re.fullmatch(r"[a-z][a-z0-9_]*", row.column)
    assert row.otel is None or re.fullmatch(r"[a-z_.]+", row.otel)


def test_paths_are_headers() -> None:
    assert all(HEADERS["REQ", name].column == "path" for name in PATHS)


@pytest.mark.parametrize(
    ("name", "honest", "forged"),
    [
        ("x-forwarded-for", ["10.0.0.1", "10.0.0.1, 2001:db8::1", "unknown", "-"], '1" "x'),
        ("x-request-id", ["6a0d7f1e-6a2b-9d4c-8f3e-1b2c3d4e5f60", "a/b=", "-"], 'rid "q" x'),
        ("traceparent", ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"], "00 01"),
    ],
)
def test_usual_values(name: str, honest: list[str], forged: str) -> None:
    usual = HEADERS["REQ", name].usual
    assert usual
    assert all(regex.fullmatch(usual, text) for text in honest)
    assert not regex.fullmatch(usual, forged)
