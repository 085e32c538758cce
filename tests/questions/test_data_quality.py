"""The questions about the data itself: small answers computed by hand, and the samples."""

from __future__ import annotations

from pathlib import Path

import pytest

import envoylog
from tests.questions.made import START, at, made, table


def test_gaps(tmp_path: Path) -> None:
    # Two pods, two lines a minute each, over an hour. Nothing of pod a for ten minutes, of both for
    # five.
    rows = [
        {"at": 60 * minute + second, "pod": pod}
        for minute in range(60)
        for second in (10, 40)
        for pod in ("a", "b")
        if not (pod == "a" and 20 <= minute < 30) and not 40 <= minute < 45
    ]
    log = made(tmp_path, rows, duration=0, authority="a.example")
    # Before and after, ten minutes hold 40 lines; the line at the edge does not count: 39 / 10.
    # Overall the log has 2 * (45 + 55) = 200 lines in 60 minutes, which is less: 3.33 a minute.
    # Pod a: 19 / 10 lines a minute before and after, but 2 * 45 / 60 = 1.5 overall.
    assert log.ask("gaps").pl().rows() == [
        ("log", None, at(2400), at(2700), 5, 17, 0),
        ("pod", "a", at(1200), at(1800), 10, 15, 20),
    ]


def test_a_quiet_log_has_no_gaps(tmp_path: Path) -> None:
    # A line every eleven minutes: each silence is as long as the others.
    log = made(tmp_path, [{"at": 660 * n} for n in range(60)], duration=0)
    assert log.ask("gaps", bucket="1m").pl().is_empty()


def test_lines_count_when_they_end(tmp_path: Path) -> None:
    rows = [{"at": 30 * n, "duration": 0} for n in range(120) if not 40 <= n < 60]
    # One request fills the silence: it starts before it and ends in the middle of it.
    rows.append({"at": 1190, "duration": 310_000})
    log = made(tmp_path, rows)
    assert log.ask("gaps", parameters={"least": 3}).pl().select("since", "until").rows() == [
        (at(1200), at(1500)),
        (at(1560), at(1800)),
    ]


def test_duplicates(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [
            {"at": 0, "request_id": "r1", "duration": 5},
            {"at": 0, "request_id": "r1", "duration": 5},
            {"at": 0, "request_id": "r1", "duration": 5},
            {"at": 1, "request_id": "r2", "duration": 5},
            {"at": 2, "request_id": "r2", "duration": 6},
            {"at": 3, "request_id": "r3", "duration": 9},
            {"at": 3, "request_id": "r3", "duration": 8, "upstream_cluster": "inbound|80||"},
            {"at": 4, "request_id": None, "duration": 1},
            {"at": 4, "request_id": None, "duration": 1},
            {"at": 5, "request_id": None, "duration": 1},
            {"at": 6, "request_id": "r4", "duration": 1},
        ],
        upstream_cluster="outbound|80||a.b.svc.cluster.local",
    )
    assert log.ask("duplicates").pl().rows() == [
        ("same line", 2, 5, 3, 3 / 11, at(0), at(4), "r1"),
        ("same request, other place", 1, 2, 1, 1 / 11, at(3), at(3), "r3"),
        ("same request, same place", 1, 2, 1, 1 / 11, at(1), at(2), "r2"),
    ]


def test_clock(tmp_path: Path) -> None:
    # The sidecar's clock is a second ahead; it sees each request for 20 ms of the gateway's 30.
    rows = [
        row
        for n in range(6)
        for row in table(
            "at pod request_id duration envelope_time",
            (n, "gateway", f"r{n}", 30, at(n + 2.03)),
            (n + 1.005, "sidecar", f"r{n}", 20, at(n + 0.5)),
        )
    ]
    log = made(tmp_path, rows)
    assert log.ask("clock").pl().rows() == [
        ("gateway", 6, at(0), at(5.03), 2000, 2000, None, None, None, None),
        ("sidecar", 6, at(1.005), at(6.025), -525, -525, "gateway", 6, 1000, 6),
    ]


def test_late(tmp_path: Path) -> None:
    log = made(
        tmp_path,
        [
            {"at": 0, "duration": 5000, "source": "a.log"},
            # Starts later and ends earlier than a line that was written before it.
            {"at": 2, "duration": 1000, "source": "a.log"},
            {"at": 6, "duration": 0, "source": "a.log"},
            {"at": -20, "duration": 0, "source": "a.log"},
            # Another file is another story.
            {"at": -50, "duration": 0, "source": "b.log", "envelope_time": at(-49)},
        ],
    )
    assert log.ask("late").pl().rows() == [
        ("a.log", 4, 0.5, None, 26.0, 1, at(-20), None, None, None),
        ("b.log", 1, 0.0, None, 0.0, 0, at(-50), None, None, 1.0),
    ]


def test_the_order_of_a_dataset_tells_nothing(tmp_path: Path) -> None:
    source, into = tmp_path / "a.log", tmp_path / "data"
    source.write_text("\n".join(sample("envoy.log", 50)) + "\n", "utf-8", "surrogateescape")
    envoylog.ingest(source, format="envoy", into=into)
    answer = envoylog.open(into).ask("late").pl()
    assert answer["lines"].to_list() == [50]
    assert answer["behind_max"].to_list() == [None]


def test_ambiguous(tmp_path: Path) -> None:
    rows = table(
        "at ambiguous user_agent downstream_remote_address",
        (0, True, "x", "192.0.2.1:1"),
        (1, True, "y", "192.0.2.1:1"),
        (2, True, "y", "192.0.2.1:1"),
        (3, False, "z", "192.0.2.1:1"),
        (4, False, "z", "192.0.2.2:1"),
    )
    log = made(tmp_path, rows)
    assert log.ask("ambiguous").pl().rows() == [("192.0.2.1", 3, 1, "y", at(0), at(2))]


def test_ambiguous_lines_of_the_sample_are_those_of_the_forger(istio_parquet: Path) -> None:
    answer = envoylog.open(istio_parquet).ask("ambiguous", limit=0).pl()
    assert {*answer["user_agent"]} == {'x" "fake-id" "evil.example" "1.2.3.4:80'}
    assert answer["lines"].sum() == 10
    assert answer["other_lines"].sum() > 0


def sample(name: str, count: int) -> list[str]:
    text = (Path("sample_logs") / name).read_text("utf-8", "surrogateescape")
    return [line for line in text.splitlines() if '] "' in line][:count]


def test_unread(tmp_path: Path) -> None:
    good, other = sample("envoy.log", 3), sample("istio.log", 2)
    moments = sorted(line[1 : line.index("]")] for line in other)
    source = tmp_path / "mixed.log"
    lines = [*good, *other, "what is this?"]
    source.write_text("\n".join(lines) + "\n", "utf-8", "surrogateescape")
    run = envoylog.parse(source, format="envoy", to=tmp_path / "mixed.parquet")
    assert (run.rows, run.rejects) == (3, 3)
    answer = envoylog.open(tmp_path / "mixed.parquet").ask("unread")
    first, second = answer.pl().to_dicts()
    assert (first["lines"], first["share"], first["line_number"]) == (2, 2 / 6, 4)
    assert first["fits"].startswith("istio")
    assert [f"{first[key]:%Y-%m-%dT%H:%M:%S}" for key in ("first_seen", "last_seen")] == [
        moments[0][:19],
        moments[1][:19],
    ]
    assert (second["lines"], second["example"], second["first_seen"]) == (1, "what is this?", None)
    assert second["fits"] is None


def test_unread_of_data_without_rejects(tmp_path: Path, istio_parquet: Path) -> None:
    assert made(tmp_path, [{"response_code": 200}]).ask("unread").pl().is_empty()
    answer = envoylog.open(istio_parquet).ask("unread")
    assert answer.pl().is_empty()
    assert answer.pl().columns[:4] == ["source", "field", "reason", "lines"]


def test_filled(tmp_path: Path) -> None:
    log = made(
        tmp_path, table("path duration", ("/b?token=x", 3), ("/a", None), ("/b?", 4), (None, None))
    )
    start = f"{START:%Y-%m-%d %H:%M:%S}+00"
    assert log.ask("filled").pl().rows() == [
        ("start_time", "%START_TIME%", 4, 1.0, 1, start, start),
        ("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%", 3, 0.75, 3, "/a", "/b?…"),
        ("duration", "%DURATION%", 2, 0.5, 2, "3", "4"),
    ]


def test_coverage(tmp_path: Path, istio_parquet: Path) -> None:
    poor = made(tmp_path, [{"response_code": 200, "path": "/", "authority": "a"}]).ask("coverage")
    rows = {row["question"]: row for row in poor.pl().to_dicts()}
    assert rows["errors-by-authority"]["answers"] == "yes"
    assert rows["clock"]["answers"] == "partly"
    assert "%DURATION%" in rows["clock"]["better_with"]
    assert rows["late"]["answers"] == "no"
    assert rows["late"]["missing"] == "%DURATION%"
    assert rows["coverage"]["answers"] == "yes"
    answers = poor.pl()["answers"].to_list()
    assert answers == sorted(answers, key=["no", "partly", "yes"].index)


def test_coverage_says_what_asking_says(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    for row in log.ask("coverage").pl().to_dicts():
        if row["answers"] == "no":
            with pytest.raises(envoylog.QueryError, match=r"lacks|it needs"):
                log.ask(row["question"])
