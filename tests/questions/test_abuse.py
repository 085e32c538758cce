"""The questions about abuse: small answers computed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.questions.made import at, made


def test_brute_force(tmp_path: Path) -> None:
    def tries(client: str, moments: Iterator[float], code: int = 401) -> list[dict[str, object]]:
        return [
            {"at": moment, "downstream_remote_address": f"{client}:1", "response_code": code}
            for moment in moments
        ]

    log = made(
        tmp_path,
        [
            # Twelve within a minute, one long before, and then it gets in.
            *tries("192.0.2.1", iter([0, *range(1000, 1060, 5)])),
            *tries("192.0.2.1", iter([1070.0]), 200),
            *tries("192.0.2.1", iter([1050.5]), 429),
            # A success before the tries proves nothing.
            *tries("192.0.2.1", iter([500.0]), 200),
            # Ten, each a quarter of an hour from the next: somebody who forgets passwords.
            *tries("192.0.2.2", iter(range(0, 9000, 900)), 403),
            # Exactly ten in exactly five minutes.
            *tries("192.0.2.3", iter(n * 300 / 9 for n in range(10)), 403),
            {
                "at": 301,
                "downstream_remote_address": "192.0.2.3:1",
                "response_code": 200,
                "path": "/",
            },
        ],
        authority="a.example",
        path="/login",
        user_agent="hydra/9",
    )
    assert log.ask("brute-force").pl().rows() == [
        ("192.0.2.1", 13, 12, at(1055), 1, "a.example", "/login", 1, 1, 1, at(0), at(1055)),
        ("192.0.2.3", 10, 10, at(300), 1, "a.example", "/login", 1, 0, 0, at(0), at(300)),
    ]  # fmt: skip
    assert log.ask("brute-force", parameters={"least": 11}).pl()["client_ip"].to_list() == [
        "192.0.2.1"
    ]
    assert log.ask("brute-force", parameters={"within": "1d"}).pl()["client_ip"].to_list() == [
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
    ]
