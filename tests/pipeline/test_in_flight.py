"""What is on its way to a sink is counted until it is gone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envoylog.pipeline.in_flight import InFlight

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def frame(rows: int) -> pl.DataFrame:
    return pl.DataFrame({"text": ["x"] * rows, "n": pl.int_range(rows, eager=True)})


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        (pl.Int16(), 503),
        (pl.Int64(), 2**40),
        (pl.Datetime("us", "UTC"), NOON),
        (pl.Boolean(), True),
        (pl.Float64(), 0.5),
        (pl.String(), "a text that is longer than twelve bytes"),
    ],
)
@given(
    present=st.lists(st.booleans(), max_size=40),
    cuts=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    chunks=st.integers(1, 3),
)
def test_rows_stay_what_they_are(
    dtype: pl.DataType, value: object, present: Sequence[bool], cuts: tuple[int, int], chunks: int
) -> None:
    column = pl.Series("v", [value if own else None for own in present], dtype=dtype)
    rows = pl.concat([column] * chunks, rechunk=False).slice(*cuts).to_frame()
    admitted = InFlight(10).admit(rows)
    assert admitted.equals(rows)
    assert admitted.schema == rows.schema


def test_more_comes_in_when_rows_are_gone() -> None:
    in_flight = InFlight(100)
    held = [in_flight.admit(frame(100)) for _ in range(3)]
    entered = threading.Event()

    def enter() -> None:
        held.append(in_flight.admit(frame(100)))
        entered.set()

    threading.Thread(target=enter, daemon=True).start()
    assert not entered.wait(0.2)
    # A part of it, or a copy of its columns, keeps the rows where they are.
    part = held[0].slice(10, 5)
    again = held[0].select("n")
    del held[0]
    assert not entered.wait(0.2)
    del part, again
    assert entered.wait(10)


def test_a_frame_that_is_larger_than_a_group_does_not_stop_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("envoylog.pipeline.in_flight._SECONDS", 3600)
    in_flight = InFlight(10)
    held = [in_flight.admit(frame(1000)), in_flight.admit(frame(3))]
    assert [len(rows) for rows in held] == [1000, 3]


def test_after_a_while_memory_counts_less_than_going_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("envoylog.pipeline.in_flight._SECONDS", 0.01)
    in_flight = InFlight(1)
    assert len([in_flight.admit(frame(5)) for _ in range(9)]) == 9
