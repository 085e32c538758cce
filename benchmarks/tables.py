"""Write the tables of docs/performance.md and README.md from the newest results.

Those of parsing come from the newest file of a day in `results/`, that of the questions from
`results/asking.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.compare import OURS, newest
from benchmarks.shapes import SHAPES, Shape

_ROOT: Final = Path(__file__).parent.parent
_ASKED: Final = _ROOT / "benchmarks/results/asking.json"
_MIB: Final = 2**20

Row = Mapping[str, Any]


def tables(document: Mapping[str, Any]) -> str:
    """Write one table of costs and one of losses for each shape.

    Parameters
    ----------
    document : mapping
        A file of results.

    Returns
    -------
    str
        Markdown.
    """
    rows: Sequence[Row] = document["runs"]
    facts = ", ".join(f"{name} {value}" for name, value in document["machine"].items())
    parts = [f"Measured on: {facts}; medians of {document['times']} runs in turn."]
    for shape in SHAPES.values():
        of_shape = [row for row in rows if row["shape"] == shape.name]
        if of_shape:
            parts += [_costs(shape, of_shape), _losses(of_shape)]
    if figures := document.get("figures"):
        parts.append(_figures(figures))
    if stages := document.get("stages"):
        parts.append(_stages(stages))
    return "\n\n".join(parts)


def summary(document: Mapping[str, Any]) -> str:
    """Write one table for people in a hurry: who is faster, and what becomes of a dirty log.

    Parameters
    ----------
    document : mapping
        A file of results.

    Returns
    -------
    str
        Markdown.
    """
    header = ("log", "lines", "envoylog, dirty", "fastest peer, clean", "peers, dirty")
    rows: Sequence[Row] = document["runs"]
    body = [
        _in_short(shape, of_shape)
        for shape in SHAPES.values()
        if (of_shape := [row for row in rows if row["shape"] == shape.name])
    ]
    return "\n".join(_table(header, body))


def asked(document: Mapping[str, Any]) -> str:
    """Write a table of questions for each log that they were asked of.

    Parameters
    ----------
    document : mapping
        What `benchmarks.asking` wrote: `runs`, each of one log.

    Returns
    -------
    str
        Markdown.
    """
    return "\n\n".join(_asked(run) for run in document["runs"])


def _asked(run: Row) -> str:
    header = ("question", "by hand, CPU s", "first, x", "again, x", "rounds", "held to")
    body = [
        (
            row["question"],
            f"{row['hand_cpu']:.2f}",
            f"{row['first_cpu_ratio']:.2f}",
            f"{row['again_cpu_ratio']:.2f}",
            str(row["rounds"]),
            row["held_to"],
        )
        for row in sorted(run["questions"], key=lambda row: row["question"])
    ]
    title = f"{run['rows']:,} rows {run['kind']}:"
    return "\n".join([title, "", *_table(header, body)])


def _in_short(shape: Shape, rows: Sequence[Row]) -> tuple[str, ...]:
    ours = next(row for row in rows if row["tool"] == OURS and row["log"] == "dirty")
    peers = [row for row in rows if row["tool"] != OURS]
    best = min((row for row in peers if row["log"] == "clean"), key=lambda row: row["wall"])
    dirty = [row for row in peers if row["log"] == "dirty"]
    spoilt = [row["wrong"] + row["lost"] for row in dirty if not row["failure"]]
    aborted = len(dirty) - len(spoilt)
    fates = [f"{aborted} of {len(dirty)} abort"] if aborted else []
    if spoilt:
        ends = " to ".join(f"{count:,}" for count in sorted({min(spoilt), max(spoilt)}))
        fates.append(f"{ends} rows lost or wrong")
    lines = ours["lines"]
    return (
        shape.title,
        f"{lines:,}",
        f"{ours['wall']:.1f} s, {ours['exact'] + ours['flagged']:,} rows right or flagged",
        f"{best['wall']:.1f} s ({best['tool']})",
        "; ".join(fates),
    )


def _figures(figures: Sequence[Row]) -> str:
    header = ("figure", "", "held against", "", "ratio", "aim")
    body = [
        (
            row["what"],
            f"{row['value']:.3g} {row['unit']}",
            row["against"],
            f"{row['other']:.3g} {row['unit']}",
            f"{row['ratio']:.2f}",
            row["bound"],
        )
        for row in figures
    ]
    return "\n".join(["### Other figures", "", *_table(header, body)])


def _stages(stages: Sequence[Row]) -> str:
    header = ("shape", "stage", "µs CPU a line", "share")
    body = [
        (row["shape"], row["stage"], f"{row['micros']:.2f}", f"{row['share']:.0%}")
        for row in stages
        if row["micros"] > 0
    ]
    return "\n".join(["### Where the time goes", "", *_table(header, body)])


def _costs(shape: Shape, rows: Sequence[Row]) -> str:
    ours = next(row for row in rows if row["tool"] == OURS and row["log"] == "dirty")
    timed = [ours, *(row for row in rows if row["log"] == "clean")]
    lines = [f"### {shape.name}: {shape.title}, {ours['lines']:,} lines", ""]
    header = ("tool", "log", "seconds", "x envoylog", "CPU s", "x envoylog", "MiB", "bytes/line")
    return "\n".join([*lines, *_table(header, [_cost(row, ours) for row in timed])])


def _cost(row: Row, ours: Row) -> tuple[str, ...]:
    return (
        row["tool"],
        row["log"],
        f"{row['wall']:.2f}",
        f"{row['wall'] / ours['wall']:.2f}",
        f"{row['cpu']:.2f}",
        f"{row['cpu'] / ours['cpu']:.2f}",
        f"{row['memory'] / _MIB:.0f}",
        f"{row['bytes'] / row['lines']:.1f}",
    )


def _losses(rows: Sequence[Row]) -> str:
    header = (
        "tool on the dirty log",
        "exact",
        "flagged",
        "wrong",
        "lost",
        "bad lines kept",
        "said",
    )
    judged = [row for row in rows if "exact" in row]
    body = [
        (
            row["tool"],
            *(f"{row[name]:,}" for name in ("exact", "flagged", "wrong", "lost", "kept")),
            "aborted" if row["failure"] else "",
        )
        for row in judged
    ]
    return "\n".join(_table(header, body))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    dashes = ["---", *("---:" for _name in header[1:])]
    return [f"| {' | '.join(row)} |" for row in (header, dashes, *rows)]


def main() -> int:
    """Print the tables of one file, or write those of the newest into the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="?", type=Path, help="print the tables of these results")
    parser.add_argument("--check", action="store_true", help="only tell whether they are true")
    options = parser.parse_args()
    path: Path = options.results or newest()
    document = json.loads(path.read_text(encoding="utf-8"))
    if options.results:
        sys.stdout.write(f"{tables(document)}\n")
        return 0
    questions = json.loads(_ASKED.read_text(encoding="utf-8"))
    written = (
        ("README.md", "measured", summary(document)),
        ("docs/performance.md", "measured", tables(document)),
        ("docs/performance.md", "asked", asked(questions)),
    )
    changed = False
    for name, mark, new in written:
        page = _ROOT / name
        text = page.read_text(encoding="utf-8")
        head, begin, rest = text.partition(f"<!-- {mark}: begin -->")
        _old, end, tail = rest.partition(f"<!-- {mark}: end -->")
        whole = f"{head}{begin}\n\n{new}\n\n{end}{tail}"
        changed |= whole != text
        if not options.check:
            page.write_text(whole, encoding="utf-8")
    return int(options.check and changed)


if __name__ == "__main__":
    sys.exit(main())
