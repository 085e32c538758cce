"""A census that was kept says what the rows say, and nothing once they may say something else."""

from __future__ import annotations

import json
import os
import re
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import envoylog
from envoylog.catalog import kept
from envoylog.catalog.keeping import keep_census
from envoylog.enrich import probes
from envoylog.pipeline import parse
from envoylog.pipeline.ingest import run
from tests.questions.made import made, table

ROWS: list[dict[str, object]] = [
    *table(
        "at authority path user_agent upstream_cluster duration response_code access_log_type",
        (0, "shop", "/", "Mozilla/5.0", "outbound|80||a.b.svc", 5, 200, None),
        (1, "shop", "/healthz", "curl/8.5.0", "outbound|80||a.b.svc", 1, 200, None),
        (2, "shop", "/", "kube-probe/1.29", "inbound|80||", 2, 200, None),
        (3, "shop-shadow", "/", "Mozilla/5.0", "outbound|80||a.b.svc", 7, 503, None),
        (4, "shop", "/live", "Mozilla/5.0", "outbound|80||a.b.svc", 9, 101, None),
        (5, "shop", "/", "Mozilla/5.0", "outbound|80||a.b.svc", 5, 503, "UpstreamEnd"),
        (6, "shop", "/", "Mozilla/5.0", "inbound|80||", 4, 200, None),
        (7, "shop", "/", "Mozilla/5.0", "inbound|80||", 4, 200, "DownstreamPeriodic"),
        (8, "api", "/", None, "outbound|80||c.b.svc", 6, 500, None),
    ),
    {"authority": "late", "path": "/", "user_agent": "app/1", "duration": None, "at": 9},
]
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("authorities", {}),
    ("latency-by-authority", {}),
    ("latency-by-authority", {"include": ["probe", "stream", "mirror"]}),
    ("authorities", {"vantage": "inbound"}),
    ("authorities", {"vantage": "all"}),
    ("authorities", {"where": "duration > 4"}),
    ("authorities", {"since": "2026-11-24T12:00:05"}),
    ("authorities", {"until": "2026-11-24T12:00:01", "authority": "shop"}),
    ("authorities", {"authority": "nobody"}),
    ("authorities", {"where": "not is_stream"}),
    ("gaps", {}),
    ("duplicates", {}),
]


@pytest.fixture
def log(tmp_path: Path) -> envoylog.AccessLog:
    same = {
        "x_forwarded_for": "192.0.2.7",
        "downstream_remote_address": "192.0.2.7:1",
        "method": "GET",
        "bytes_sent": 1,
        "upstream_service_time": 3,
        "request_id": "r",
    }
    return made(tmp_path, ROWS, **same)


def answers(data: Any) -> list[Any]:
    found = []
    with envoylog.open(data) as log:
        for question, options in ASKED:
            answer = log.ask(question, **options)
            assert answer.basis is not None
            found.append((question, answer.frame.rows(), answer.basis, answer.parameters))
    return found


def census_of(path: Path) -> kept.Census | None:
    return kept.read({str(path): None})


def test_it_changes_no_answer(log: envoylog.AccessLog, tmp_path: Path) -> None:
    looked = answers(log.paths)
    sql = f"select {', '.join(sorted(log.columns))} from access order by start_time"  # noqa: S608
    seen = log.sql(sql).pl()
    assert log.kept is None
    keep_census(log.paths)
    with envoylog.open(log.paths) as again:
        assert again.sql(sql).pl().equals(seen)
    census = census_of(Path(log.paths[0]))
    assert census is not None
    assert census.counts["requests"].sum() == len(ROWS)
    assert census.counts.filter(pl.col("probe"))["requests"].sum() == 2
    assert "start_time" in census.filled
    assert "starts_with(upstream_cluster, 'inbound')" not in census.absent
    assert {"method = 'CONNECT'", "suffix(downstream_local_address, ':15006')"} <= census.absent
    assert not {"duration", "user_agent", "upstream_host"} & census.filled
    assert answers(log.paths) == looked
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".json"] == [
        "made.census.json"
    ]


def test_probes_are_known_again_without_a_look_at_the_log(
    log: envoylog.AccessLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "select is_probe from access order by start_time"
    looked, told = answers(log.paths), log.sql(sql).pl()["is_probe"]
    assert told.sum() == 2
    assert told.null_count() == 0
    keep_census(log.paths)
    census = census_of(Path(log.paths[0]))
    assert census is not None
    assert census.probes is not None
    assert set(census.probes.rows()) == {("curl/8.5.0", True), ("kube-probe/1.29", False)}
    monkeypatch.setattr(probes, "probes", lambda *_: pytest.fail("they were looked up"))
    assert answers(log.paths) == looked
    with envoylog.open(log.paths) as again:
        assert again.sql(sql).pl()["is_probe"].equals(told)


@pytest.mark.parametrize("limit", ["_MOST_PROBES", "_LONGEST_PROBES"])
def test_probes_of_too_many_kinds_are_looked_up(
    log: envoylog.AccessLog, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    looked = answers(log.paths)
    monkeypatch.setattr(kept, limit, 1)
    keep_census(log.paths)
    census = census_of(Path(log.paths[0]))
    assert census is not None
    assert census.probes is None
    assert answers(log.paths) == looked


def test_files_are_counted_together_if_all_are_counted(
    log: envoylog.AccessLog, tmp_path: Path
) -> None:
    one = Path(log.paths[0])
    other = tmp_path / "other.parquet"
    pl.read_parquet(one).head(4).with_columns(upstream_host=pl.lit("h")).drop("path").write_parquet(
        other
    )
    looked = answers([one, other])
    keep_census(one)
    assert kept.read({str(one): None, str(other): None}) is None
    assert answers([one, other]) == looked
    keep_census([one, other])
    both = kept.read({str(one): None, str(other): None})
    assert both is not None
    assert both.counts["requests"].sum() == len(ROWS) + 4
    assert both.filled == census_of(one).filled & census_of(other).filled  # type: ignore[union-attr]
    assert both.absent == census_of(one).absent & census_of(other).absent  # type: ignore[union-attr]
    assert answers([one, other]) == looked


def test_of_another_file_it_says_nothing(log: envoylog.AccessLog, tmp_path: Path) -> None:
    path = Path(log.paths[0])
    keep_census(path)
    whole = pl.read_parquet(path)
    written = path.stat()
    assert census_of(path) is not None
    whole.with_columns(user_agent=pl.lit("kube-probe/1")).write_parquet(path)
    assert census_of(path) is None
    os.utime(path, ns=(written.st_atime_ns, written.st_mtime_ns))
    assert census_of(path) is None
    whole.write_parquet(path)
    assert census_of(path) is None
    os.utime(path, ns=(written.st_atime_ns, written.st_mtime_ns))
    assert census_of(path) is not None
    path.rename(tmp_path / "moved.parquet")
    assert census_of(tmp_path / "moved.parquet") is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "\x00", '{"rules": "of an older version", "files": {"made.parquet": 1}}'],
)
def test_what_is_not_ours_says_nothing(log: envoylog.AccessLog, text: str) -> None:
    place = kept.place_of(log.paths[0], None)
    assert place is not None
    place.write_text(text)
    assert kept.read({log.paths[0]: None}) is None
    keep_census(log.paths)
    assert kept.read({log.paths[0]: None}) is not None


def test_other_rules_make_another_census(log: envoylog.AccessLog) -> None:
    keep_census(log.paths)
    place = kept.place_of(log.paths[0], None)
    assert place is not None
    text = json.loads(place.read_text())
    assert text["rules"] == kept.rules()
    place.write_text(json.dumps({**text, "rules": "others"}))
    assert kept.read({log.paths[0]: None}) is None


def test_where_it_cannot_be_kept_nothing_is_wrong(log: envoylog.AccessLog, tmp_path: Path) -> None:
    (tmp_path / "made.census.json").mkdir()
    keep_census(log.paths)
    keep_census(tmp_path / "none.parquet")
    assert kept.read({log.paths[0]: None}) is None
    assert kept.place_of("s3://bucket/rows.parquet", "s3://bucket") is None
    assert log.ask("authorities").basis.requests > 0  # type: ignore[union-attr]


def test_long_logs_are_counted_when_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (parse, run):
        monkeypatch.setattr(module, "MANY_ROWS", 100_000)
    lines = "".join(
        f"[2026-11-2{4 + n % 2}T12:00:00.000Z] 200 {n} {'kube-probe/1' if n % 4 == 0 else 'x'}\n"
        for n in range(100_000)
    )
    format_ = "[%START_TIME%] %RESPONSE_CODE% %DURATION% %REQ(USER-AGENT)%\n"
    (tmp_path / "a.log").write_text(lines)
    rows = tmp_path / "rows.parquet"
    envoylog.parse(tmp_path / "a.log", format_, to=rows)
    envoylog.ingest(tmp_path / "a.log", format_, into=tmp_path / "data")
    for data in (rows, tmp_path / "data"):
        with envoylog.open(data) as log:
            assert log.kept is not None
            assert log.kept.counts.filter(pl.col("probe"))["requests"].sum() == 25_000
            answer = log.ask("traffic")
        assert answer.basis is not None
        assert (answer.basis.requests, dict(answer.basis.left_out)) == (75_000, {"probe": 25_000})
    # One run later there is another file, and both have a census.
    (tmp_path / "b.log").write_text("[2026-11-24T13:00:00.000Z] 500 1 curl/8\n")
    envoylog.ingest(tmp_path / "b.log", format_, into=tmp_path / "data")
    with envoylog.open(tmp_path / "data") as log:
        assert log.kept is not None
        assert log.kept.counts["requests"].sum() == 100_001
        assert log.ask("traffic").basis.requests == 75_001  # type: ignore[union-attr]


def test_rules_are_all_that_tells_lines_apart() -> None:
    """What the rules import from the tables and the enrichments are rules too."""
    root = resources.files("envoylog")
    imported = {
        f"{room}/{module}.py"
        for name in kept.RULES
        for room, module in re.findall(
            r"^from envoylog\.(enrich|spec)\.(\w+) import",
            root.joinpath(name).read_text(),
            re.MULTILINE,
        )
    }
    assert imported - {"enrich/companion.py"} <= set(kept.RULES)


def test_what_all_lines_have_in_common_is_looked_at_no_more(tmp_path: Path) -> None:
    rows = table(
        "at authority path user_agent duration response_code",
        (0, "shop", "/", "Mozilla/5.0", 5, 200),
        (1, "shop", "/healthz", "Mozilla/5.0", 6, 503),
    )
    log = made(tmp_path, rows)
    columns = ", ".join(sorted(log.columns))
    sql = f"select {columns} from access order by start_time"  # noqa: S608 - our own names
    looked, asked = log.sql(sql).pl(), answers(log.paths)
    keep_census(log.paths)
    with envoylog.open(log.paths) as again:
        assert again.kept is not None
        assert again.kept.fixed == {
            "vantage": "'gateway'",
            "record": "'end'",
            "is_probe": "false",
            "is_stream": "false",
            "is_mirror": "false",
        }
        assert again.sql(sql).pl().equals(looked)
        assert set(again.sql("select * from access").pl().columns) == set(log.columns)
    assert answers(log.paths) == asked


def test_to_count_a_written_file_imports_nothing_of_the_working_folder(
    log: envoylog.AccessLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "duckdb.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(elsewhere)
    (path,) = log.paths
    parse.take_census(Path(path).absolute())
    assert census_of(Path(path)) is not None
