"""Measure what a whole parse does not show: `python -m benchmarks.figures --lines 2000000`.

How long it takes to start, how much a narrow scan saves, what compressed input costs, whether the
cost of a line depends on how many there are, and how fast DuckDB answers on the written file. Each
figure is held against another of the same run, as only ratios outlive a machine. The figures join
the results that `benchmarks.compare` wrote.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.compare import newest
from benchmarks.generate import write
from benchmarks.measure import Cost, middle, run
from benchmarks.shapes import T1

_PYTHON: Final = (sys.executable, "-c")
_ENVOYLOG: Final = (sys.executable, "-m", "envoylog")
_NARROW: Final = """
import sys, envoylog, polars as pl
lines = envoylog.scan(sys.argv[1], format="envoy").filter(pl.col("response_code") >= 500)
lines.select("start_time", "authority", "path").collect()
"""
#: What one asks of a log; every tool's file has these columns.
QUERIES: Final = (
    "select authority, count(*), avg((response_code >= 500)::int) from '{}' group by 1",
    "select upstream_host, quantile_cont(duration, [0.5, 0.9, 0.99]) from '{}' group by 1",
    "select path, count(*) from '{}' where response_code >= 500 group by 1 order by 2 desc limit 9",
    "select count(distinct x_forwarded_for), count(distinct user_agent) from '{}'",
)
_AGAIN: Final = 9
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and what it is held against.

    Attributes
    ----------
    what, against : str
        In words.
    unit : str
        Of both.
    value, other : float
        The figure, and the other.
    bound : str
        What the ratio should be.
    """

    what: str
    against: str
    unit: str
    value: float
    other: float
    bound: str

    @property
    def ratio(self) -> float:
        """The figure in units of the other."""
        return self.value / self.other


@dataclass(frozen=True, slots=True)
class Bench:
    """Where to measure.

    Attributes
    ----------
    folder : Path
        Gets the logs.
    times : int
        Counted rounds.
    """

    folder: Path
    times: int

    def turns(self, *commands: Sequence[str]) -> list[Cost]:
        """Run commands in turns, after one round that warms up; give the medians."""
        costs: list[list[Cost]] = [[] for _command in commands]
        for turn in range(self.times + 1):
            for place, command in enumerate(commands):
                cost = self.once(command)
                if turn:
                    costs[place].append(cost)
        return [middle(own) for own in costs]

    def once(self, command: Sequence[str]) -> Cost:
        """Run a command, which must not fail."""
        cost = run(command, self.folder / "said.txt")
        if cost.failure:
            raise RuntimeError(f"{' '.join(command)}: {cost.failure}")
        return cost

    def parse(self, log: Path) -> tuple[str, ...]:
        """Write the command that parses a log of the shape T1."""
        to = self.folder / "out.parquet"
        return (*_ENVOYLOG, "parse", "-q", "-f", "envoy", str(log), "-o", str(to))

    def log(self, lines: int) -> Path:
        """Write a dirty log of so many lines."""
        write(T1, lines, self.folder / str(lines))
        path = self.folder / str(lines) / "T1.dirty.log"
        for other in ("T1.clean.log", "T1.truth.parquet"):
            (path.parent / other).unlink()
        return path

    def gone(self, path: Path) -> None:
        """Remove a log."""
        shutil.rmtree(path.parent)


def start(bench: Bench) -> Iterator[Figure]:
    """Hold the start against the libraries that it cannot do without."""
    small = bench.log(100)
    said, click, parse, polars = bench.turns(
        (*_ENVOYLOG, "--help"),
        (*_PYTHON, "import click"),
        bench.parse(small),
        (*_PYTHON, "import polars"),
    )
    yield Figure("envoylog --help", "import click", "s", said.wall, click.wall, "≤ 1.5")
    yield Figure("parse 100 lines", "import polars", "s", parse.wall, polars.wall, "≤ 1.6")


def narrow(bench: Bench, log: Path) -> Iterator[Figure]:
    """Hold a scan with a filter and three columns against the full parse, and gzip against text."""
    packed = log.with_suffix(".log.gz")
    with log.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as archive:
        shutil.copyfileobj(plain, archive)
    full, scan, unpacked = bench.turns(
        bench.parse(log), (*_PYTHON, _NARROW, str(log)), bench.parse(packed)
    )
    yield Figure("scan: filter, three columns", "parse", "s", scan.wall, full.wall, "≤ 0.5")
    yield Figure("parse gzip, with isal", "parse plain", "s", unpacked.wall, full.wall, "≤ 1.25")


def flat(bench: Bench, log: Path, lines: int) -> Iterator[Figure]:
    """Hold the cost of a line of short and long logs against that of a usual one, start apart."""
    small, short, long = bench.log(100), bench.log(lines // 20), bench.folder / "long.log"
    with log.open("rb") as once, long.open("wb") as often:
        for _copy in range(10):
            once.seek(0)
            shutil.copyfileobj(once, often)
    begun, few, usual = bench.turns(bench.parse(small), bench.parse(short), bench.parse(log))
    many = bench.once(bench.parse(long))
    long.unlink()

    def line(cost: Cost, count: int) -> float:
        return (cost.cpu - begun.cpu) / count * 1e6

    for cost, count in ((few, lines // 20), (many, lines * 10)):
        what, against = f"a line of {count:,}", f"a line of {lines:,}"
        yield Figure(what, against, "µs CPU", line(cost, count), line(usual, lines), "0.9 to 1.1")
    what, against = f"peak memory, {lines * 10:,} lines", f"{lines:,} lines"
    yield Figure(what, against, "MiB", many.memory / _MIB, usual.memory / _MIB, "≤ 1.1")


def asked(bench: Bench, log: Path, lines: int) -> Iterator[Figure]:
    """Hold DuckDB's answers on our file against those on each peer's."""
    write(T1, lines, log.parent)
    clean = log.parent / "T1.clean.log"
    ours = bench.folder / "out.parquet"
    bench.once(bench.parse(clean))
    peers = ("polars-csv", "duckdb-csv", "clickhouse-split")
    written = {"envoylog": ours}
    for peer in peers:
        written[peer] = bench.folder / f"{peer}.parquet"
        options = (peer, "T1", str(clean), str(written[peer]), "strict")
        bench.once((sys.executable, "-m", "benchmarks.peers", *options))
    spent: dict[str, list[float]] = {name: [] for name in written}
    for _turn in range(_AGAIN):
        for name, path in written.items():
            began = time.process_time()
            for query in QUERIES:
                duckdb.execute(query.format(path)).fetchall()
            spent[name].append(time.process_time() - began)
    # The load of the machine only adds.
    least = {name: min(own) for name, own in spent.items()}
    best = min(peers, key=lambda name: least[name])
    yield Figure(
        f"{len(QUERIES)} DuckDB queries on our file",
        f"on the best peer's ({best})",
        "s CPU",
        least["envoylog"],
        least[best],
        "≤ 1",
    )


def measured(bench: Bench, lines: int) -> list[Figure]:
    """Take all figures."""
    log = bench.log(lines)
    figures = [
        *start(bench),
        *narrow(bench, log),
        *flat(bench, log, lines),
        *asked(bench, log, lines),
    ]
    bench.gone(log)
    return figures


def main() -> None:
    """Take the figures and put them beside the other results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("build/bench"))
    parser.add_argument("--into", type=Path, default=None, help="the file of results to complete")
    options = parser.parse_args()
    to: Path = options.into or newest()
    document = json.loads(to.read_text(encoding="utf-8"))
    options.folder.mkdir(parents=True, exist_ok=True)
    figures = measured(Bench(options.folder, options.times), options.lines)
    document["figures"] = [asdict(figure) | {"ratio": figure.ratio} for figure in figures]
    to.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
