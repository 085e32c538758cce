from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from envoylog.errors import InputError, QueryError, UnknownNameError
from envoylog.questions.releases.burn import burn_rates
from envoylog.questions.releases.objectives import parse_objectives, read_objectives
from envoylog.questions.releases.slo import slo
from tests.questions.releases.lines import START, log_of

ONE = "[[objective]]\nname = 'shop'\nkind = 'availability'\ntarget = 99\n"


def minutes(count: int, bad_from: int, bad_until: int, *, each: int = 10) -> pl.DataFrame:
    """Ten requests a minute; of those of the bad minutes half fail, all on /pay, by one client."""
    rows = [
        {
            "start_time": START + timedelta(minutes=minute, seconds=second),
            "response_code": 503 if bad_from <= minute < bad_until and second % 2 else 200,
            "path": "/pay" if second % 2 else "/",
            "duration": 50 + 10 * second,
            "downstream_remote_address": f"198.51.100.{second % 2}:1",
            "upstream_cluster": "outbound|80||shop",
        }
        for minute in range(count)
        for second in range(each)
    ]
    return pl.DataFrame(rows)


def test_attainment_and_budget_by_hand(tmp_path: Path) -> None:
    log = log_of(tmp_path, minutes(120, 60, 64))
    found = slo(log, parse_objectives(ONE))
    row = found.pl().row(0, named=True)
    # 4 bad minutes with 5 of 10 requests: 20 of 1,200, where 12 were allowed.
    assert (row["events"], row["bad"], row["budget"]) == (1200, 20, 12)
    assert row["attainment"] == pytest.approx(1180 / 1200)
    assert row["spent"] == pytest.approx(20 / 12)
    assert row["left"] == pytest.approx(-8 / 12)
    assert (found.verdict, found.facts["missed"]) == ("missed", ["shop"])
    assert any(reason.startswith("the data covers") for reason in found.reasons)


def test_culprits(tmp_path: Path) -> None:
    found = slo(log_of(tmp_path, minutes(120, 60, 64)), parse_objectives(ONE))
    rows = found.pl("culprits").select("what", "value", "bad", "share").rows()
    assert rows == [
        ("route", "/pay", 20, 1.0),
        ("cluster", "outbound|80||shop", 20, 1.0),
        ("client", "198.51.100.1", 20, 1.0),
    ]


def test_latency_and_its_threshold(tmp_path: Path) -> None:
    text = ONE.replace("availability", "latency") + "threshold = '0.1s'"
    found = slo(log_of(tmp_path, minutes(10, 0, 1)), parse_objectives(text))
    row = found.pl().row(0, named=True)
    # Durations are 50 to 140 ms; 110 to 140 are too slow. The five failures do not count.
    assert (row["events"], row["bad"]) == (95, 4 * 10 - 2)


def test_filters_of_an_objective_and_an_end_in_the_past(tmp_path: Path) -> None:
    text = f"period = '1h'\n{ONE}where = \"path = '/pay'\""
    log = log_of(tmp_path, minutes(120, 60, 64))
    late, early = (
        slo(log, parse_objectives(text)),
        slo(log, parse_objectives(text), at=START + timedelta(hours=1)),
    )
    assert late.pl().select("bad").item() == 20
    assert early.pl().select("events", "bad").row(0) == (300, 0)
    assert early.verdict == "met"
    nobody = parse_objectives(f"{ONE}authority = 'nobody.example.com'")
    assert slo(log, nobody).verdict == "no data"


def test_burn_rates_by_hand() -> None:
    start = datetime(2026, 11, 24, 12, tzinfo=UTC)
    times = [start + timedelta(minutes=n) for n in range(60)]
    events = pl.DataFrame({"time": times, "events": [10] * 60, "bad": [0] * 57 + [1] * 3})
    last = burn_rates(events, (start, times[-1]), target=0.99).row(-1, named=True)
    # The last five minutes: 3 of 50 bad, at 1% allowed; the hour: 3 of 600.
    assert last["burn_5m"] == pytest.approx(6)
    assert last["burn_30m"] == pytest.approx(1)
    assert last["burn_1h"] == pytest.approx(0.5)
    assert last["time"] == start + timedelta(hours=1)


def test_alerts_that_would_have_fired(tmp_path: Path) -> None:
    # 30 minutes in which half fail, after two good hours: for 99% a burn of 50 in short windows.
    found = slo(log_of(tmp_path, minutes(240, 120, 150)), parse_objectives(ONE))
    pages = found.pl("alerts").filter(severity="page", rule="burn 14.4 over 1h and 5m")
    (page,) = pages.iter_rows(named=True)
    # In the hour 0.144 · 600 = 86.4 requests must be bad: 18 minutes of 5. It ends when of the last
    # five minutes fewer than 0.144 · 50 = 7.2 are bad: at the end of the fourth good one.
    assert page["since"] == START + timedelta(minutes=120 + 18)
    assert page["until"] == START + timedelta(minutes=150 + 3)
    assert page["peak_burn"] == pytest.approx(25, abs=0.01)  # 150 of 600


def test_one_bad_request_in_the_night_wakes_nobody(tmp_path: Path) -> None:
    frame = minutes(3, 0, 0, each=1).with_columns(response_code=pl.Series([200, 503, 200]))
    found = slo(log_of(tmp_path, frame), parse_objectives(ONE))
    assert found.pl("alerts").is_empty()
    assert json.loads(found.to_json())["verdict"] == "missed"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[objective]", "slo.toml is not TOML: .*line 1"),
        ("", "slo.toml, line 1: there is no "),
        ("objectives = []", "line 1: no key 'objectives': did you mean 'objective'"),
        ("period = 30\n" + ONE, "line 1: period = 30: write a length of time"),
        (ONE + "[[objective]]\nname = 'b'\nkind = 'speed'\ntarget = 9", "line 7: kind must be"),
        (ONE + "goal = 3", "line 5: no key 'goal'"),
        (ONE.replace("99", "100"), "line 4: target must be a percentage below 100"),
        (ONE.replace("target = 99", ""), "line 1: the objective lacks target"),
        (ONE + "threshold = '1s'", "line 5: an objective of availability has no threshold"),
        (ONE.replace("availability", "latency"), "line 1: an objective of latency needs threshold"),
        (
            ONE.replace("availability", "latency") + "threshold = 'soon'",
            "line 5: threshold = 'soon'",
        ),
        (ONE + "include = ['bots']", "line 5: no kind of request 'bots'"),
        (ONE + "authority = 3", "line 5: authority must be a text or a list"),
        (ONE + ONE, "two objectives are called 'shop'"),
    ],
)
def test_bad_files_say_where(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        parse_objectives(text, "slo.toml")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_objectives(tmp_path / "slo.toml")


def test_a_filter_that_is_none(tmp_path: Path) -> None:
    log = log_of(tmp_path, minutes(3, 0, 0))
    with pytest.raises(UnknownNameError, match="no column 'colour'"):
        slo(log, parse_objectives(ONE + "where = 'colour = 3'"))


def test_pictures_of_the_budget(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    log = log_of(tmp_path, minutes(1200, 60, 64))
    found = slo(log, parse_objectives(ONE))
    assert found.picture_names == ["budget", "burn"]
    over_time = found.pl("burn_over_time")
    # Six minutes or seven a step: the fastest burn is not lost in any of them.
    assert over_time.height == pytest.approx(200, abs=30)
    assert over_time["burn_1h"].max() == pytest.approx(20 / 600 / 0.01)
    assert over_time["spent"].is_sorted()
    assert over_time["spent"][-1] == pytest.approx(20 / 120)
    ax = found.plot("budget", ax=Figure().subplots())
    assert ax.get_title(loc="left") == "shop has spent 16.7% of its budget"
    spent = [float(value) for value in ax.lines[0].get_ydata()]  # type: ignore[union-attr, arg-type]
    assert spent == over_time["spent"].to_list()
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["shop", "all of the budget: 100%"]
    fired = found.pl("alerts").height
    assert (
        found.picture("burn").message == f"{fired} alert{'s' if fired > 1 else ''} would have fired"
    )
