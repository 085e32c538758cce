"""Routes of a log: what is kept beside the data, and what happens where nothing can be."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.catalog.catalog import Catalog
from envoylog.catalog.columns import CANONICAL
from envoylog.catalog.routes import place_of_learned
from envoylog.enrich.companion import Settings
from envoylog.errors import ConfigurationError
from envoylog.spec.health_paths import HEALTH_PATHS

ROUTES = "select path, route, query, is_static from access order by path"


def write(path: Path, *targets: str | None) -> Path:
    schema = {"path": pl.String, "response_code": pl.Int16}
    pl.DataFrame([(target, 200) for target in targets], schema=schema, orient="row").write_parquet(
        path
    )
    return path


def routes_of(data: Path, **settings: object) -> list[str | None]:
    with Catalog(data, settings=Settings(**settings)) as log:  # type: ignore[arg-type]
        return log.frame("select route from access order by path")["route"].to_list()


def test_columns_of_the_view(tmp_path: Path) -> None:
    data = write(
        tmp_path / "a.parquet", "/users/7?full=1#x", "/js/a.js", "http://h.example/b", "*", None
    )
    with Catalog(data) as log:
        assert log.frame(ROUTES).rows() == [
            ("*", "*", None, False),
            ("/js/a.js", "/js/**.js", None, True),
            ("/users/7?full=1#x", "/users/{id}", "full=1", False),
            ("http://h.example/b", "/b", None, False),
            (None, None, None, None),
        ]


def test_what_is_learned_stands_beside_the_data_and_is_kept(tmp_path: Path) -> None:
    data = write(tmp_path / "a.parquet", "/users/7", "/old")
    assert routes_of(data) == ["/old", "/users/{id}"]
    kept = tmp_path / "a.routes.txt"
    kept.write_text(kept.read_text().replace("/users/{id}", "/users/{user}"))
    write(data, "/users/ada", "/users/7", "/new")
    assert routes_of(data) == ["/new", "/users/{user}", "/users/{user}"]
    lines = [line for line in kept.read_text().splitlines() if line.startswith("/")]
    assert lines == ["/new", "/old", "/users/{user}"]


def test_nothing_is_written_when_nothing_is_new(tmp_path: Path) -> None:
    data = write(tmp_path / "a.parquet", "/a")
    routes_of(data)
    before = (tmp_path / "a.routes.txt").stat()
    routes_of(data)
    assert (tmp_path / "a.routes.txt").stat().st_ino == before.st_ino


def test_a_question_that_names_no_route_leaves_nothing_behind(tmp_path: Path) -> None:
    with Catalog(write(tmp_path / "a.parquet", "/a")) as log:
        log.frame("select count(path) from access")
    assert not (tmp_path / "a.routes.txt").exists()


@pytest.mark.parametrize("place", ["nowhere/a.txt", "."])
def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path, place: str) -> None:
    data = write(tmp_path / "a.parquet", "/users/7")
    missing = str(tmp_path / "b" / place) if place != "." else "/proc/version/a.txt"
    assert routes_of(data, learned_routes=missing) == ["/users/{id}"]


def test_declared_routes_come_first(tmp_path: Path) -> None:
    data = write(tmp_path / "a.parquet", "/users/7", "/x")
    mine = tmp_path / "mine.txt"
    mine.write_text("/users/{userId}\n")
    assert routes_of(data, routes=(str(mine),)) == ["/users/{userId}", "/x"]
    assert "/users" not in (tmp_path / "a.routes.txt").read_text().split("\n\n")[-1]


def test_a_kept_file_that_was_spoilt_tells_where(tmp_path: Path) -> None:
    data = write(tmp_path / "a.parquet", "/users/7")
    (tmp_path / "a.routes.txt").write_text("users\n")
    with pytest.raises(ConfigurationError, match=r"a\.routes\.txt, line 1: a template starts"):
        routes_of(data)


def test_no_such_file_of_routes(tmp_path: Path) -> None:
    data = write(tmp_path / "a.parquet", "/users/7")
    with pytest.raises(envoylog.InputError, match=r"cannot read .*none\.yaml: No such file"):
        routes_of(data, routes=(str(tmp_path / "none.yaml"),))


def test_places(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a.parquet", "/a"), write(tmp_path / "b.parquet", "/a")
    assert place_of_learned(one) == tmp_path / "a.routes.txt"
    assert place_of_learned(tmp_path) == tmp_path / "_routes.txt"
    assert place_of_learned([one, two]) == tmp_path / "_routes.txt"
    assert place_of_learned(str(tmp_path / "*.parquet")) == tmp_path / "_routes.txt"
    assert place_of_learned([one, Path("/elsewhere/b.parquet")]) is None
    assert place_of_learned("s3://logs/gateway") is None


def test_probes_by_path_and_agent(tmp_path: Path) -> None:
    rows = [
        ("/healthz", "GET", "curl/8.5.0"),
        ("/healthz", "POST", "curl/8.5.0"),
        ("/healthz?x", "GET", "curl/8.5.0"),
        ("/healthz", None, None),
        ("/a", "GET", "kube-probe/1.29"),
        ("/grpc.health.v1.Health/Check", "POST", "grpc-go/1.64.0"),
        (None, None, None),
    ]
    pl.DataFrame(rows, schema=["path", "method", "user_agent"], orient="row").write_parquet(
        tmp_path / "a.parquet"
    )
    with Catalog(tmp_path / "a.parquet") as log:
        found = log.frame("select path, method, user_agent, is_probe from access").rows()
    probes = [True, False, False, True, True, True, False]
    assert sorted(found, key=str) == sorted(
        ((*row, probe) for row, probe in zip(rows, probes, strict=True)), key=str
    )


def test_the_view_has_the_table_of_health_paths(tmp_path: Path) -> None:
    paths = [*HEALTH_PATHS, "/", "/health/", "/Health"]
    with Catalog(write(tmp_path / "a.parquet", *paths)) as log:
        found = log.frame("select path from access where health_path")["path"].to_list()
    assert sorted(found) == sorted(HEALTH_PATHS)


def test_columns_do_not_hide_those_of_the_log() -> None:
    assert not {"route", "query", "is_static", "bare_path", "is_probe"} & set(CANONICAL)
