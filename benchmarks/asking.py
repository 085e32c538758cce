"""Each question against the best query that a person would write for it by hand.

`python -m benchmarks.asking --rows 10000000 --into /tmp/asking`. Both read one sorted Parquet file,
each in a fresh process, in turns; time counts from the opening of the file, as the programs are
loaded. *First* is the first question asked of a log, with the census and whatever must be looked up
(routes, clients); *again* is the same question of the same process, which finds these done.

`--days` asks of a log of nine days, not of some hours; `--mixed` of one of nine days in which
three in ten lines are probes and half are sidecars'.

What a question leaves out by its header (probes, streams, mirrored requests) is left out by hand
too. By hand nobody counts what was left out, looks whether lines of sidecars count twice, or asks
if a percentile has enough requests. `by_hand.py` has the queries.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Final

import duckdb
import polars as pl

import envoylog
import envoylog.catalog
import envoylog.questions.access_log  # Loaded, as DuckDB is, before time counts.
from benchmarks import traffic
from benchmarks.by_hand import BY_HAND, GROUPS, PLAIN, SIDECAR, WITHOUT
from envoylog.catalog.columns import CANONICAL, DERIVED
from envoylog.catalog.expressions import named_columns
from envoylog.catalog.keeping import keep_census
from envoylog.questions.census import Relations
from envoylog.questions.library import find_question, questions
from envoylog.questions.parameters import read_parameters
from envoylog.questions.question import Question
from envoylog.questions.scope import choose_bucket

_ROWS: Final = 500_000
HOURS, DAYS, MIXED = "hours", "days", "mixed"
#: What the logs of these names are.
KINDS: Final = {
    HOURS: "of some hours",
    DAYS: "of nine days",
    MIXED: "of nine days, three in ten of probes, half of sidecars",
}
_NINE_DAYS: Final = 9 * 24 * 3600
_HEADER: Final = "{:28} {:>8} {:>8} {:>11} {:>8} {:>11} {:>8}"
_MACROS: Final = files(envoylog.catalog).joinpath("views/macros.sql").read_text()
_HELD: Final = {True: "a query by hand", False: "its own SQL over a plain view"}


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds by the clock, and of all cores together."""

    wall: float
    cpu: float


def write(rows: int, path: Path) -> None:
    """Write a log sorted by time, unless it is there; its name may ask for `days`, or `mixed`."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [path.with_suffix(f".{first}.part") for first in range(0, rows, _ROWS)]
    for number, part in enumerate(parts):
        first = number * _ROWS
        frame = traffic.rows(min(_ROWS, rows - first), first=first)
        if DAYS in path.name or MIXED in path.name:
            frame = _of_days(frame, rows)
        if MIXED in path.name:
            frame = _mixed(frame)
        frame.sort("start_time").write_parquet(part, compression="zstd")
    pl.scan_parquet(parts).sink_parquet(path, compression="zstd", row_group_size=100_000)
    for part in parts:
        part.unlink()
    keep_census(path)


def _of_days(frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    """Spread it over nine days."""
    times = _NINE_DAYS * traffic.ROWS_PER_SECOND / rows
    spread = pl.lit(traffic.START) + (pl.col("start_time") - traffic.START) * times
    return frame.with_columns(start_time=spread.cast(pl.Datetime("us", "UTC")))


def _mixed(frame: pl.DataFrame) -> pl.DataFrame:
    """Make it one of gateways and sidecars in halves; three in ten lines are probes."""
    number = pl.int_range(pl.len())
    probe = number % 10 < 3  # noqa: PLR2004 - three in ten
    return frame.with_columns(
        user_agent=pl.when(probe).then(pl.lit("kube-probe/1.29")).otherwise("user_agent"),
        path=pl.when(probe).then(pl.lit("/healthz")).otherwise("path"),
        upstream_cluster=pl.when(number % 2 == 1)
        .then(pl.lit("inbound|8080||"))
        .otherwise("upstream_cluster"),
    )


def spend(work: Callable[[], object]) -> Spent:
    """Time a piece of work of this process, all its threads included."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def _fetch(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None
) -> pl.DataFrame:
    (statement,) = connection.extract_statements(sql)
    used = {name: (values or {})[name] for name in statement.named_parameters}
    frame: pl.DataFrame = connection.sql(sql, params=used or None).pl()
    return frame


def by_hand(name: str, path: Path) -> list[Spent]:
    """Query by hand, once."""
    question = find_question(name)
    kept = " and ".join(f"not ({WITHOUT[kind]})" for kind in question.without) or "true"
    if MIXED in path.name and not question.every_line:
        kept += f" and not ({SIDECAR})"
    # A person knows which hours a log covers.
    ends = pl.scan_parquet(path).select(pl.min("start_time"), last=pl.max("start_time"))
    values = _values(question, *ends.collect().row(0))

    def work() -> None:
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.read_parquet(str(path)).create_view("file")
            if name in BY_HAND:
                connection.execute(f"create temp view log as select * from file where {kept}")
                _fetch(connection, BY_HAND[name])
            else:
                connection.execute(_MACROS)
                connection.execute(plain_view(connection, question, kept))
                _fetch(connection, Relations((), ()).before(question.sql), values)

    return [spend(work)]


def plain_view(connection: duckdb.DuckDBPyConnection, question: Question, kept: str) -> str:
    """Write the view `access` as a person would have it: plain columns of what is in the file."""
    named = named_columns(connection, question.sql) or frozenset()
    logged = set(connection.table("file").columns)
    groups = [(key, sql) for key, (sql, gives) in GROUPS.items() if gives & named]
    given = logged.union(*(gives for _sql, gives in GROUPS.values()), PLAIN)
    types = CANONICAL | {column: derived.type for column, derived in DERIVED.items()}
    nulls = [f"null::{type_} as {column}" for column, type_ in types.items() if column not in given]
    columns = ["*", *nulls, *(f"{sql} as {column}" for column, sql in PLAIN.items())]
    joins = "".join(f" left join {key}s using ({key})" for key, _sql in groups)
    tables = "".join(f"{key}s as materialized ({sql}), " for key, sql in groups)
    return (
        f"create temp view access as with {tables}"
        f"log as (select {', '.join(columns)} from file where {kept}) select * from log{joins}"
    )


def _values(question: Question, since: datetime, until: datetime) -> dict[str, object]:
    return {
        "since": since,
        "until": until + timedelta(microseconds=1),
        "middle": since + (until - since) / 2,
        "limit": question.limit or 2**62,
        "bucket": question.bucket or choose_bucket(since, until),
        "timezone": "UTC",
        **read_parameters(question.parameters, {}, until),
    }


def by_asking(question: str, path: Path) -> list[Spent]:
    """Ask twice, of a log whose routes nobody has learned yet."""
    path.with_suffix(".routes.txt").unlink(missing_ok=True)
    opened: list[envoylog.AccessLog] = []

    def first() -> None:
        opened.append(envoylog.open(path))
        opened[0].ask(question)

    return [spend(first), spend(lambda: opened[0].ask(question))]


_WAYS: Final = {"hand": by_hand, "ask": by_asking}


def compare(question: str, path: Path, rounds: int) -> dict[str, Spent]:
    """Ask and query in turns, each in a process of its own; give the medians."""
    spent: dict[str, list[Spent]] = {"hand": [], "first": [], "again": []}
    for _ in range(rounds):
        for way, names in (("hand", ("hand",)), ("ask", ("first", "again"))):
            command = [sys.executable, "-m", "benchmarks.asking", "--way", way, question]
            said = subprocess.run(
                [*command, "--file", str(path)], check=True, capture_output=True
            ).stdout
            for name, one in zip(names, json.loads(said), strict=True):
                spent[name].append(Spent(**one))
    return {
        name: Spent(median(one.wall for one in all_), median(one.cpu for one in all_))
        for name, all_ in spent.items()
    }


def main() -> None:
    """Print a table: seconds by hand, and the ratios of both ways of asking to it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("questions", nargs="*", help="all unless given")
    arguments.add_argument("--rows", type=int, default=10_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--days", action="store_true", help="nine days of them")
    arguments.add_argument("--mixed", action="store_true", help="nine days, probes and sidecars")
    arguments.add_argument("--into", type=Path, default=Path("build/asking"))
    arguments.add_argument("--way", choices=list(_WAYS), help="only this, and print the seconds")
    arguments.add_argument("--file", type=Path, help="a file that is there, instead of --rows")
    arguments.add_argument("--json", type=Path, help="join the figures to these results")
    given = arguments.parse_args()
    if given.way:
        pl.DataFrame().to_arrow()  # What reads answers is loaded: that is no part of them.
        spent = _WAYS[given.way](given.questions[0], given.file)
        sys.stdout.write(json.dumps([asdict(one) for one in spent]))
        return
    kind = MIXED if given.mixed else DAYS if given.days else HOURS
    path = given.file or given.into / f"{kind}-{given.rows}.parquet"
    if not given.file:
        write(given.rows, path)
    rows = pl.scan_parquet(path).select(pl.len()).collect().item()
    lines = [f"{rows:,} rows, medians of {given.rounds}: seconds by hand, then ratios to them"]
    lines += [_HEADER.format("question", "wall", "cpu", "first wall", "cpu", "again wall", "cpu")]
    sys.stdout.write("\n".join([*lines, ""]))
    found = []
    with envoylog.open(path) as log:
        lacks = {name: log.missing(one.needs) for name, one in questions().items()}
    for question in given.questions or (name for name, missing in lacks.items() if not missing):
        medians = compare(question, path, given.rounds)
        held_to, figures = _HELD[question in BY_HAND], _row(medians)
        found.append({"question": question, "held_to": held_to, "rounds": given.rounds, **figures})
        sys.stdout.write(
            _HEADER.format(question, *(f"{figure:.2f}" for figure in figures.values())) + "\n"
        )
        sys.stdout.flush()
    if given.json:
        _join(given.json, {"rows": rows, "kind": KINDS[kind]}, found)


def _join(path: Path, run: dict[str, object], found: list[dict[str, object]]) -> None:
    """Write figures into a file of results, in the place of older ones of such a log."""
    earlier = json.loads(path.read_text())["runs"] if path.exists() else []
    like = [one for one in earlier if (one["rows"], one["kind"]) == (run["rows"], run["kind"])]
    asked = {row["question"] for row in found}
    kept = [row for one in like for row in one["questions"] if row["question"] not in asked]
    runs = [one for one in earlier if one not in like]
    runs.append(run | {"questions": [*kept, *found]})
    path.write_text(json.dumps({"runs": runs}, indent=1) + "\n")


def _row(spent: Mapping[str, Spent]) -> dict[str, float]:
    hand = spent["hand"]
    ratios = {
        f"{way}_{kind}_ratio": getattr(spent[way], kind) / getattr(hand, kind)
        for way in ("first", "again")
        for kind in ("wall", "cpu")
    }
    row = {"hand_wall": hand.wall, "hand_cpu": hand.cpu, **ratios}
    return {name: round(value, 3) for name, value in row.items()}


if __name__ == "__main__":
    main()
