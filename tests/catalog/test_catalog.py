"""Opening data: what is found, what is refused and with which words."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

import envoylog


def test_file_folder_glob_and_list_are_alike(istio_parquet: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copy(istio_parquet, tmp_path / f"{name}.parquet")
        shutil.copy(
            istio_parquet.with_suffix(".rejects.parquet"), tmp_path / f"{name}.rejects.parquet"
        )
    for data in (tmp_path, str(tmp_path / "*.parquet"), sorted(tmp_path.glob("?.parquet"))):
        log = envoylog.open(data)
        assert [Path(path).name for path in log.paths] == ["a.parquet", "b.parquet"]
        assert log.sql("select count(*) from access").pl().item() == 4000
    assert envoylog.open(istio_parquet).sql("select count(*) from access").pl().item() == 2000


def test_files_of_different_formats_are_one_log(istio_parquet: Path, tmp_path: Path) -> None:
    shutil.copy(istio_parquet, tmp_path / "istio.parquet")
    envoylog.parse("sample_logs/envoy.log", format="envoy", to=tmp_path / "envoy.parquet")
    log = envoylog.open(tmp_path)
    assert log.sql("select count(*), count(upstream_cluster) from access").pl().row(0) == (
        4000,
        1837,
    )


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda p: p, envoylog.InputError, "no such file: {path}"),
        (lambda p: p.mkdir(), envoylog.InputError, "no Parquet files in the folder {path}"),
        (
            lambda p: p.write_text("not parquet, but long enough"),
            envoylog.DataError,
            "{path} cannot be read",
        ),
        (
            lambda p: pl.DataFrame({"x": [1]}).write_parquet(p),
            envoylog.DataError,
            "{path} was not written by envoylog: no column of it is known here",
        ),
    ],
)
def test_refusals(tmp_path: Path, make: object, error: type[Exception], words: str) -> None:
    path = tmp_path / "data.parquet"
    make(path)  # type: ignore[operator]
    with pytest.raises(error) as raised:
        envoylog.open(path)
    assert str(raised.value).startswith(words.format(path=path))


def test_a_file_of_rejects_is_recognised(istio_parquet: Path) -> None:
    with pytest.raises(envoylog.DataError, match="it holds rejects; see them with"):
        envoylog.open(istio_parquet.with_suffix(".rejects.parquet"))


def test_a_name_with_quotes(istio_parquet: Path, tmp_path: Path) -> None:
    path = tmp_path / 'it\'s "mine".parquet'
    shutil.copy(istio_parquet, path)
    assert envoylog.open(path).sql("select count(*) from access").pl().item() == 2000


@pytest.mark.parametrize(
    "sql", ["drop view access", "select 1; select 2", "copy access to 'x'", ""]
)
def test_only_one_select_is_run(istio_parquet: Path, sql: str) -> None:
    log = envoylog.open(istio_parquet)
    with pytest.raises(envoylog.QueryError, match="expected one select statement"):
        log.sql(sql)
    assert log.sql("select count(*) from access").pl().item() == 2000


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{root}/README.md')",
        "select * from read_csv('{root}/README.md')",
        "select * from '{root}/README.md'",
        "select * from glob('{root}/*')",
        "select * from read_parquet('{other}')",
        "select * from log",  # a variable of this test
        "select getenv('HOME')",
    ],
)
def test_sql_reads_nothing_else(istio_parquet: Path, tmp_path: Path, sql: str) -> None:
    other = tmp_path / "other.parquet"
    shutil.copy(istio_parquet, other)
    log = envoylog.open(istio_parquet)
    with pytest.raises(envoylog.QueryError, match=r"^the query failed: "):
        log.sql(sql.format(root=Path.cwd(), other=other))


def test_errors_while_rows_are_read_have_plain_words(istio_parquet: Path) -> None:
    with pytest.raises(envoylog.QueryError, match=r"^the query failed: Conversion Error"):
        envoylog.open(istio_parquet).sql("select path::integer from access")
