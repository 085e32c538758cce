"""Companions: made once, from distinct keys, only when a column of theirs is named."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from envoylog.catalog.catalog import Catalog
from envoylog.catalog.companions import alike
from envoylog.enrich.companion import Companion, Settings

CALLS: list[list[str | None]] = []


def shout(keys: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    CALLS.append(sorted(keys["path"], key=str))
    suffix = str(settings.trusted_hops)
    return keys.with_columns(shouted=pl.col("path").str.to_uppercase() + suffix)


def measure(keys: pl.DataFrame, _settings: Settings) -> pl.DataFrame:
    # In another order: it is the keys that count.
    return keys.with_columns(size=pl.col("shouted").str.len_chars()).reverse()


SHOUTED = Companion("shouted", ("path",), {"shouted": "VARCHAR"}, ("path",), shout)
SIZE = Companion(
    "size",
    ("shouted", "authority"),
    {"size": "INTEGER"},
    ("path",),
    measure,
    lambda settings: None if settings.trusted_hops else "say --trusted-hops",
)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    CALLS.clear()
    rows = {"path": ["/a", "/b", None, "/a"], "authority": ["x", "x", None, None]}
    pl.DataFrame(rows).write_parquet(tmp_path / "rows.parquet")
    return Catalog(tmp_path, settings=Settings(trusted_hops=1), companions=(SHOUTED, SIZE))


def test_those_of_the_same_keys_are_joined_at_once(tmp_path: Path) -> None:
    CALLS.clear()
    whisper = Companion(
        "whispered",
        ("path",),
        {"whispered": "VARCHAR", "known": "BOOLEAN"},
        ("path",),
        lambda keys, _settings: keys.with_columns(
            whispered=pl.col("path").str.to_lowercase(), known=pl.col("path").is_not_null()
        ),
    )
    assert alike([SHOUTED, SIZE, whisper]) == [[SHOUTED, whisper], [SIZE]]
    rows = {"path": ["/A", None, "/A", "/b"], "authority": ["x", "x", None, None]}
    pl.DataFrame(rows).write_parquet(tmp_path / "rows.parquet")
    with Catalog(tmp_path, companions=(SHOUTED, SIZE, whisper)) as log:
        # One of them is there already when the other is asked for.
        assert log.frame("select count(shouted) from access").item() == 3
        sql = "select path, shouted, whispered, known, size from access order by all"
        assert log.frame(sql).rows() == [
            ("/A", "/ANone", "/a", True, 6),
            ("/A", "/ANone", "/a", True, 6),
            ("/b", "/BNone", "/b", True, 6),
            (None, None, None, False, None),
        ]
    assert len(CALLS) == 1


@pytest.mark.parametrize(("spellings", "rows_of_table"), [(1, 3), (4, 9), (6, 3)])
def test_keys_are_reduced_whether_they_are_few_or_many(
    tmp_path: Path, spellings: int, rows_of_table: int
) -> None:
    """With up to four keys a result the table has a row for each key, else for each result."""
    seen: list[tuple[str | None, int]] = []

    def sizes(keys: pl.DataFrame, _settings: Settings) -> pl.DataFrame:
        seen.extend(keys.select("path", "requests").rows())
        return keys.with_columns(size=pl.col("path").str.len_bytes() + pl.col("requests"))

    reduced = Companion("sizes", ("path",), {"size": "INTEGER"}, ("path",), sizes, reduced="lower")
    # Two words, each in so many spellings, each of these three times.
    lengths = range(1, spellings + 1)
    spelled = [word[:n] + word[n:].upper() for word in ("/abcdefg", "/hijklmn") for n in lengths]
    few = sorted({word.lower() for word in spelled})
    pl.DataFrame({"path": [*spelled * 3, None]}).write_parquet(tmp_path / "rows.parquet")
    with Catalog(tmp_path, companions=(reduced,)) as log:
        found = dict(log.frame("select distinct path, size from access").rows())
        table = log.frame("select count(*) from companion_sizes").item()
    requests = {word: 3 * sum(one.lower() == word for one in spelled) for word in few}
    assert sorted(seen, key=str) == sorted([(None, 1), *requests.items()], key=str)
    assert found.pop(None) is None
    assert found == {word: len(word) + requests[word.lower()] for word in spelled}
    assert table == rows_of_table


def test_nothing_is_made_unless_it_is_named(catalog: Catalog) -> None:
    assert catalog.frame("select count(*) from access").item() == 4
    assert CALLS == []
    sql = "select path, shouted from access order by all"
    for _ in range(2):
        assert catalog.frame(sql).rows() == [
            ("/a", "/A1"),
            ("/a", "/A1"),
            ("/b", "/B1"),
            (None, None),
        ]
    assert CALLS == [["/a", "/b", None]]
    assert catalog.frame("select count(*) from access").item() == 4


def test_one_companion_builds_on_another(catalog: Catalog) -> None:
    sql = "select authority, size from access where size is not null order by all"
    assert catalog.frame(sql).rows() == [("x", 3), ("x", 3), (None, 3)]
    assert len(CALLS) == 1


def test_a_star_is_all(catalog: Catalog) -> None:
    frame = catalog.frame("select * from access order by path")
    assert frame["shouted"].to_list() == ["/A1", "/A1", "/B1", None]
    assert frame["size"].to_list() == [3, 3, 3, None]
    assert set(frame.columns) == set(catalog.columns)


def test_what_is_missing(catalog: Catalog, tmp_path: Path) -> None:
    assert catalog.missing(["shouted", "path|nothing", "response_flags"]) == ["%RESPONSE_FLAGS%"]
    assert catalog.missing(["req_x_tenant", "error"]) == ["%REQ(X-TENANT)%", "%RESPONSE_CODE%"]
    assert catalog.missing(["pod"])[0].startswith("pod (told by what wraps the lines")
    bare = Catalog(tmp_path, companions=(SHOUTED, SIZE))
    assert bare.missing(["size"]) == ["say --trusted-hops"]


def test_a_column_of_the_log_steps_aside(tmp_path: Path) -> None:
    pl.DataFrame({"path": ["/a"], "shouted": ["mine"], "error": ["no"]}).write_parquet(
        tmp_path / "rows.parquet"
    )
    catalog = Catalog(tmp_path, companions=(SHOUTED,))
    sql = "select shouted, shouted_logged, error, error_logged from access"
    assert catalog.frame(sql).row(0) == ("/ANone", "mine", None, "no")
