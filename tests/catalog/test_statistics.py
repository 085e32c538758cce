"""What Parquet's statistics tell is what the rows say, and nothing where they are silent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

import envoylog
from envoylog.catalog.statistics import filled, span

EARLY, LATE = datetime(2026, 11, 24, 1, tzinfo=UTC), datetime(2026, 11, 24, 2, 0, 0, 7, tzinfo=UTC)
NOTHING: list[datetime | None] = [None, None]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    found.execute("set TimeZone = 'Asia/Tokyo'")
    return found


def write(path: Path, *times: datetime | None, statistics: bool = True) -> str:
    column = pl.Series("start_time", times, dtype=pl.Datetime("us", "UTC"))
    frame = column.to_frame().with_columns(response_code=pl.lit(200, pl.Int16))
    frame.write_parquet(path, statistics=statistics, row_group_size=2)
    return str(path)


def test_ends_are_those_of_all_row_groups_and_files(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    paths = [
        write(tmp_path / "a.parquet", *NOTHING, None, LATE),
        write(tmp_path / "b.parquet", *NOTHING),
        write(tmp_path / "c.parquet", EARLY),
    ]
    assert span(connection, paths, "start_time") == (EARLY, LATE)
    assert span(connection, paths[1:2], "start_time") == (None, None)
    assert span(connection, paths, "no_such_column") == (None, None)
    with envoylog.open(paths) as log:
        assert log.ends == (EARLY, LATE)


def test_files_that_do_not_tell_are_read(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    silent = write(tmp_path / "a.parquet", EARLY, LATE, statistics=False)
    paths = [silent, write(tmp_path / "b.parquet", EARLY)]
    assert span(connection, paths, "start_time") is None
    assert span(connection, [str(tmp_path / "none.parquet")], "start_time") is None
    with envoylog.open(paths) as log:
        assert log.ends == (EARLY, LATE)
        assert log.ask("traffic").basis.requests == 3  # type: ignore[union-attr]


def test_a_column_is_filled_where_every_row_of_every_file_has_it(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    full = write(tmp_path / "a.parquet", EARLY, LATE, LATE)
    assert filled(connection, [full]) == {"start_time", "response_code"}
    assert filled(connection, [full, full]) == {"start_time", "response_code"}
    holey = write(tmp_path / "b.parquet", None)
    assert filled(connection, [full, holey]) == {"response_code"}
    pl.DataFrame({"response_code": [200]}).write_parquet(tmp_path / "c.parquet")
    assert filled(connection, [full, str(tmp_path / "c.parquet")]) == {"response_code"}
    silent = write(tmp_path / "d.parquet", EARLY, LATE, statistics=False)
    assert not filled(connection, [silent])
    assert not filled(connection, [full, silent])
