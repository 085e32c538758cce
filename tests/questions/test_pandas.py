"""What pandas gets: types that do not depend on what is missing, and an index for time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import envoylog
from envoylog.questions.pandas import to_pandas
from tests.questions.made import at

FULL = pl.DataFrame(
    {
        "small": pl.Series([200, 503], dtype=pl.Int16),
        "large": [2**60, 1],
        "unsigned": pl.Series([2**63, 1], dtype=pl.UInt64),
        "share": [0.5, 1.0],
        "text": ["<b>", "é"],
        "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
        "truth": [True, False],
        "moment": [at(0), at(1.5)],
        "length": [timedelta(seconds=1), timedelta(microseconds=1)],
        "list": [["UF", "URX"], []],
    }
)
KINDS = {
    "small": "Int64",
    "large": "Int64",
    "unsigned": "UInt64",
    "share": "float64",
    "text": "string",
    "kind": "string",
    "truth": "boolean",
    "moment": "datetime64[us, UTC]",
    "length": "timedelta64[us]",
    "list": "object",
}


def kinds(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(kind) for name, kind in frame.dtypes.items()}


@pytest.mark.parametrize(
    "frame", [FULL, pl.concat([FULL, FULL.clear().vstack(FULL.head(0))]), FULL.clear()]
)
def test_types_are_those_of_the_columns(frame: pl.DataFrame) -> None:
    assert kinds(to_pandas(frame)) == KINDS


def test_what_is_missing_changes_no_type() -> None:
    holed = FULL.vstack(FULL.select(pl.lit(None).cast(t).alias(n) for n, t in FULL.schema.items()))
    found = to_pandas(holed)
    assert kinds(found) == KINDS
    assert found.iloc[2].drop("list").isna().all()
    assert found["large"].iloc[0] == 2**60  # a float could not tell


def test_there_and_back() -> None:
    back = pl.from_pandas(to_pandas(FULL))
    assert back.cast(FULL.schema).equals(FULL)


def test_moments_keep_their_instant_in_the_zone_that_was_asked_for(istio_parquet: Path) -> None:
    answer = envoylog.open(istio_parquet).ask("error-rate", timezone="Asia/Kathmandu")
    frame = answer.df()
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert str(frame.index.tz) == "Asia/Kathmandu"
    assert [moment.timestamp() for moment in frame.index] == [
        moment.timestamp() for moment in answer.pl()["time"]
    ]


def test_lines_over_time_are_indexed_by_it_and_nothing_else_is(istio_parquet: Path) -> None:
    log = envoylog.open(istio_parquet)
    timed = set()
    for question in log.questions.values():
        if log.missing(question.needs):
            continue
        answer = log.ask(question)
        frame = answer.df()
        if isinstance(frame.index, pd.DatetimeIndex):
            timed.add(question.id)
            assert question.chart.kind != "bar"
            assert frame.index.name == question.chart.x
        else:
            assert isinstance(frame.index, pd.RangeIndex)
            assert list(frame.columns) == answer.pl().columns
    assert {"error-rate", "concurrency", "latency"} <= timed


def test_several_lines_can_be_pivoted(istio_parquet: Path) -> None:
    answer = envoylog.open(istio_parquet).ask("latency")
    wide = answer.df().pivot(columns="authority", values="n")  # noqa: PD010 - nothing to sum up
    own = answer.pl().filter(authority="api.example.com")
    assert wide["api.example.com"].sum() == own["n"].sum()


def test_judgements_have_the_same_types(samples: Path, tmp_path: Path) -> None:
    run = envoylog.parse(
        samples / "release.log", format=str(samples / "release.format"), to=tmp_path / "r.parquet"
    )
    found = envoylog.open(run.output).canary(authority="shop.example.com")
    assert str(found.df("routes").dtypes["route"]) == "string"
    assert "Int64" in kinds(found.df()).values()
