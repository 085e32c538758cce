"""Measure envoylog against its peers: `python -m benchmarks.compare --lines 2000000`.

Every run is a fresh process from a file in the page cache to a Parquet file. The runs take turns,
so that a slow minute of the machine hits everybody. Results go to benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.correctness import judge
from benchmarks.generate import write
from benchmarks.measure import Cost, middle, run
from benchmarks.shapes import SHAPES, Shape

RESULTS: Final = Path(__file__).parent / "results"
OURS: Final = "envoylog"

_TEXT: Final = (
    "polars-csv", "polars-regex", "duckdb-csv", "duckdb-regex",
    "clickhouse-custom", "clickhouse-template", "clickhouse-split",
)  # fmt: skip
_JSON: Final = ("polars-ndjson", "duckdb-ndjson", "clickhouse-json")


@dataclass(frozen=True, slots=True)
class Run:
    """One tool on one log.

    Attributes
    ----------
    tool, shape, log : str
        `log` is `clean` or `dirty`.
    """

    tool: str
    shape: Shape
    log: str

    def files(self, folder: Path) -> tuple[Path, Path]:
        """Name the log and the result."""
        log = folder / f"{self.shape.name}.{self.log}.log"
        return log, folder / f"{self.shape.name}.{self.log}.{self.tool}.parquet"

    def command(self, folder: Path) -> list[str]:
        """Write the command line."""
        log, to = map(str, self.files(folder))
        if self.tool == OURS:
            arguments = ["parse", "-q", "-f", self.shape.format, log, "-o", to]
            return [sys.executable, "-m", "envoylog", *arguments]
        manner = "tolerant" if self.log == "dirty" else "strict"
        return [
            sys.executable,
            "-m",
            "benchmarks.peers",
            self.tool,
            self.shape.name,
            log,
            to,
            manner,
        ]


def runs(shape: Shape) -> Iterator[Run]:
    """List who is measured on what."""
    yield Run(OURS, shape, "dirty")
    yield Run(OURS, shape, "clean")
    for peer in _TEXT if shape.template else _JSON:
        yield Run(peer, shape, "clean")


def measure(shape: Shape, folder: Path, lines: int, times: int) -> list[dict[str, object]]:
    """Time everybody in turn, then let each peer try the dirty log once, as tolerant as it can be.

    Parameters
    ----------
    shape : Shape
        The log.
    folder : Path
        Where the logs are and results go.
    lines : int
        Lines of the log.
    times : int
        Counted rounds after the first, which only warms up.

    Returns
    -------
    list of dict
        One for each run.
    """
    entrants = list(runs(shape))
    costs: dict[Run, list[Cost]] = {entrant: [] for entrant in entrants}
    for turn in range(times + 1):
        for entrant in entrants:
            cost = _run(entrant, folder)
            if turn:
                costs[entrant].append(cost)
    rows = [_row(entrant, middle(costs[entrant]), folder, lines) for entrant in entrants]
    for entrant in entrants:
        if entrant.tool != OURS:
            dirty = Run(entrant.tool, shape, "dirty")
            rows.append(_row(dirty, _run(dirty, folder), folder, lines))
    return rows


def _run(entrant: Run, folder: Path) -> Cost:
    _log, to = entrant.files(folder)
    to.unlink(missing_ok=True)
    return run(entrant.command(folder), folder / "said.txt")


def _row(entrant: Run, cost: Cost, folder: Path, lines: int) -> dict[str, object]:
    _log, to = entrant.files(folder)
    facts = {"tool": entrant.tool, "shape": entrant.shape.name, "log": entrant.log, "lines": lines}
    facts |= asdict(cost) | {"bytes": to.stat().st_size if to.is_file() else 0}
    if entrant.log == "dirty":
        done = to if not cost.failure else folder / "none"
        truth = folder / f"{entrant.shape.name}.truth.parquet"
        facts |= asdict(judge(entrant.shape, done, truth, lines))
    return facts


def newest() -> Path:
    """Find the newest results; their names are dates."""
    return max(RESULTS.glob("[0-9]*.json"))


def machine() -> dict[str, object]:
    """Say what the figures were measured on."""
    packages = ("polars", "duckdb", "chdb", "pyarrow")
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def main() -> None:
    """Generate, measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--folder", type=Path, default=Path("build/bench"))
    parser.add_argument("--into", type=Path, default=None, help="the file of results to write")
    options = parser.parse_args()
    results: list[dict[str, object]] = []
    for name in options.shapes.split(","):
        write(SHAPES[name], options.lines, options.folder)
        results += measure(SHAPES[name], options.folder, options.lines, options.times)
        for path in options.folder.glob(f"{name}.*"):
            path.unlink()
    to = options.into or RESULTS / f"{datetime.now(UTC):%Y-%m-%d}.json"
    to.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine(), "times": options.times, "runs": results}
    to.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
