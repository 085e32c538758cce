"""What people do in a session: small answers computed by hand."""

from __future__ import annotations

import pytest

import envoylog
from tests.questions.made import made

WEBKIT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
FIREFOX = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
CHROME = f"{WEBKIT} (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> envoylog.AccessLog:
    def visit(
        second: float, path: str, code: int, client: int, agent: str = FIREFOX
    ) -> dict[str, object]:
        return {
            "at": second,
            "path": path,
            "response_code": code,
            "downstream_remote_address": f"192.0.2.{client}:1",
            "user_agent": agent,
        }

    return made(
        tmp_path_factory.mktemp("sessions"),
        [
            # Enters at /home, fails at /pay, tries again, and it works.
            visit(0, "/home", 200, 1),
            visit(60, "/pay", 503, 1),
            visit(90, "/pay", 200, 1),
            # The same person after more than half an hour is another session, of one request.
            visit(90 + 1801, "/home", 200, 1),
            # Exactly half an hour is still the same session; it ends on an error.
            visit(0, "/home", 200, 2),
            visit(1800, "/pay", 500, 2),
            # Another browser there is another session: it meets the error at once, and goes on.
            visit(10, "/pay", 500, 2, CHROME),
            visit(20, "/home", 200, 2, CHROME),
            # No people: a program.
            visit(30, "/home", 500, 3, "curl/8.5.0"),
        ],
        authority="a.example",
        duration=0,
    )


def test_sessions(log: envoylog.AccessLog) -> None:
    assert log.ask("sessions").pl().rows() == [
        # Too few sessions for a median.
        ("a.example", "/home", 3, 3 / 4, None, None, 1 / 3, 2 / 3, 1 / 3),
        ("a.example", "/pay", 1, 1 / 4, None, None, 0.0, 1.0, 0.0),
    ]


def test_a_shorter_pause_makes_more_sessions(log: envoylog.AccessLog) -> None:
    # 0 | 60, 90 | 1891, then 0 | 1800, then 10, 20.
    assert log.ask("sessions", parameters={"idle": "31s"}).pl()["sessions"].sum() == 6


def test_before_errors(log: envoylog.AccessLog) -> None:
    assert log.ask("before-errors").pl().rows() == [
        ("a.example", "/home", "/pay", 2, 2 / 3, 1 / 2, 1 / 2),
        ("a.example", None, "/pay", 1, 1 / 3, 0.0, 1.0),
    ]
