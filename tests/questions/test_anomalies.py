"""What is unlike earlier days is found, where it is, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

import envoylog
from envoylog.questions.settings_file import parse_settings
from envoylog.reports.checks.config import parse_checks
from envoylog.reports.checks.outcome import State

#: A Tuesday; the end of the data.
END = datetime(2026, 11, 24, 18, tzinfo=UTC)
AUTHORITIES = {"shop.example": 60, "api.example": 40, "rare.example": 1}


def weeks(
    folder: Path,
    *,
    hours: int = 21 * 24,
    end: datetime = END,
    traffic: Mapping[tuple[str, int], float] | None = None,
    errors: Mapping[tuple[str, int], float] | None = None,
    slow: Mapping[tuple[str, int], float] | None = None,
) -> envoylog.AccessLog:
    """Write weeks of traffic with a day and a weekend.

    `traffic`, `errors` and `slow` say by authority and hour, counted back from the end, by how much
    there is more, and which shares of requests fail and are slow.
    """
    random = np.random.default_rng(7)
    parts = []
    for back in range(hours, 0, -1):
        start = end - timedelta(hours=back)
        local = start.astimezone(ZoneInfo("Europe/Zurich"))
        shape = (1.2 + np.sin((local.hour - 9) / 24 * 2 * np.pi)) * (
            0.5 if local.weekday() > 4 else 1
        )
        for authority, mean in AUTHORITIES.items():
            key = (authority, back)
            count = random.poisson(mean * shape * (traffic or {}).get(key, 1.0))
            failed = random.random(count) < (errors or {}).get(key, 0.01)
            took = random.exponential(100, count) * np.where(
                random.random(count) < (slow or {}).get(key, 0), 50, 1
            )
            parts.append(
                pl.DataFrame(
                    {
                        "start_time": [
                            start + timedelta(seconds=s) for s in random.random(count) * 3600
                        ],
                        "response_code": np.where(failed, 503, 200).astype(np.int16),
                        "duration": took.astype(np.int64),
                    },
                    schema_overrides={"start_time": pl.Datetime("us", "UTC")},
                ).with_columns(authority=pl.lit(authority))
            )
    path = folder / "weeks.parquet"
    frame = pl.concat(parts).sort("start_time")
    frame.with_columns(upstream_cluster="outbound|80||" + pl.col("authority")).write_parquet(path)
    return envoylog.open(path)


def found(answer: envoylog.Answer) -> set[tuple[str, str, str, str]]:
    columns = ("part", "name", "measure", "change")
    return {tuple(map(str, row)) for row in answer.pl().select(columns).iter_rows()}  # type: ignore[misc]


def test_a_calm_log_has_none(tmp_path: Path) -> None:
    with weeks(tmp_path) as log:
        answer = log.ask("anomalies")
        assert answer.pl().is_empty()
        assert answer.basis
        assert not answer.basis.unsaid
        assert answer.basis.requests > 20_000


def test_errors_are_found_where_and_when_they_are(tmp_path: Path) -> None:
    with weeks(tmp_path, errors={("api.example", back): 0.6 for back in (6, 5, 4)}) as log:
        answer = log.ask("anomalies")
        assert found(answer) == {
            ("authority", "api.example", "errors", "up"),
            ("cluster", "outbound|80||api.example", "errors", "up"),
            ("log", "all", "errors", "up"),
        }
        row = answer.pl().filter(part="authority").row(0, named=True)
        assert (row["since"], row["until"]) == (END - timedelta(hours=6), END - timedelta(hours=3))
        window = {"since": row["since"], "until": row["until"], "authority": "api.example"}
        counted = log.ask("errors-by-authority", **window).pl()["5xx"].sum()
        assert row["measured"] == counted
        assert row["expected"] < 10 < row["measured"]
        assert row["days"] >= 10
        assert row["chance"] < 0.01


def test_silence_surges_and_slowness_are_found(tmp_path: Path) -> None:
    with weeks(
        tmp_path,
        traffic={("api.example", 7): 0, ("api.example", 6): 0, ("shop.example", 3): 4},
        slow={("shop.example", 9): 0.4},
    ) as log:
        answer = log.ask("anomalies", limit=0)
        assert {row for row in found(answer) if row[0] == "authority"} == {
            ("authority", "api.example", "requests", "down"),
            ("authority", "shop.example", "requests", "up"),
            ("authority", "shop.example", "slow", "up"),
        }
        silent = answer.pl().filter(pl.col("change") == "down", part="authority").row(0, named=True)
        assert (silent["measured"], silent["times"]) == (0, 0)
        assert silent["until"] - silent["since"] == timedelta(hours=2)


def test_what_is_usual_at_that_hour_is_none(tmp_path: Path) -> None:
    """A nightly job is no anomaly, and its absence is one."""
    nightly = {("rare.example", back): 90.0 for back in range(40, 21 * 24, 24)}
    with weeks(tmp_path, traffic=nightly) as log:
        row = log.ask("anomalies").pl().filter(part="authority").row(0, named=True)
        assert (row["name"], row["change"]) == ("rare.example", "down")
        assert row["since"] == END - timedelta(hours=16)


def test_weekends_are_held_against_weekends(tmp_path: Path) -> None:
    """A Sunday has half the traffic of a Friday; with three weeks there are enough of them."""
    sunday = datetime(2026, 11, 22, 23, tzinfo=UTC)
    with weeks(tmp_path, end=sunday, hours=25 * 24) as log:
        answer = log.ask("anomalies")
        assert answer.pl().is_empty()
        assert answer.basis
        assert not answer.basis.unsaid


def test_too_few_days_are_told_and_judged_by_nobody(tmp_path: Path) -> None:
    with weeks(tmp_path, hours=5 * 24) as log:
        answer = log.ask("anomalies")
        said = "too few earlier days to compare with: 2 of the same kind (Monday to Friday, or the "
        assert any(note.startswith(said) for note in answer.notes)
        text = "[[check]]\nname = 'unlike'\nquestion = 'anomalies'\nmax = 0"
        (outcome,) = log.check(parse_checks(parse_settings(text, "c.toml"))).outcomes
        assert outcome.state is State.UNJUDGED
        assert outcome.reason.startswith(said)


def test_a_check_fails_and_looks_further_back_than_its_window(tmp_path: Path) -> None:
    text = "since = '{}'\n[[check]]\nname = 'unlike'\nquestion = 'anomalies'\nmax = 0"
    with weeks(tmp_path, errors={("shop.example", 10): 0.5}) as log:
        for since, state in (("1d", State.FAILED), ("6h", State.PASSED)):
            checks = parse_checks(parse_settings(text.format(since), "c.toml"))
            (outcome,) = log.check(checks, until=END).outcomes
            assert outcome.state is state, outcome


def test_clocks_that_change_make_no_anomaly(tmp_path: Path) -> None:
    """The Monday after a Sunday of 25 hours: the same hours are an hour later in UTC."""
    monday = datetime(2026, 10, 26, 22, tzinfo=UTC)
    with weeks(tmp_path, end=monday, hours=28 * 24) as log:
        assert log.ask("anomalies", timezone="Europe/Zurich").pl().is_empty()


def test_a_log_that_is_silent_now_is_told_once_and_earlier_gaps_are_unknown(tmp_path: Path) -> None:
    everything = {(name, back): 0.0 for name in AUTHORITIES for back in (5, 4)}
    gap = {(name, back): 0.0 for name in AUTHORITIES for back in range(29, 24 * 4, 24)}
    with weeks(tmp_path, traffic=everything | gap) as log:
        assert found(log.ask("anomalies")) == {("log", "all", "requests", "down")}


@pytest.mark.parametrize("bucket", ["15m", "30m"])
def test_other_buckets_will_do(tmp_path: Path, bucket: str) -> None:
    with weeks(tmp_path, errors={("shop.example", 3): 0.9}) as log:
        names = found(log.ask("anomalies", bucket=bucket))
        assert ("authority", "shop.example", "errors", "up") in names
        with pytest.raises(envoylog.QueryError, match="a day cannot be cut into times of 0:07:00"):
            log.ask("anomalies", bucket="7m")
