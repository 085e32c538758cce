"""DuckDB: the CSV reader, one anchored pattern, and the JSON reader."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.peers.columns import INTEGERS, LEVEL, cells, pattern
from benchmarks.shapes import Shape

_TYPES = {16: "SMALLINT", 64: "BIGINT"}
_MOMENT = "strptime({}, '%Y-%m-%dT%H:%M:%S.%gZ')::timestamptz"


def csv(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:
    """`read_csv` with a blank as delimiter; order of rows given up, as it is faster so."""
    columns = {name: _type(name) for name in cells(shape)}
    parts = {name: f"split_part(request, ' ', {n})" for n, name in _REQUEST}
    selected = ", ".join(
        f"{parts[name]} as {name}"
        if name in parts
        else f"{_MOMENT.format('start_time[2:25]')} as start_time"
        if name == "start_time"
        else name
        for name in shape.columns
    )
    source = (
        f"read_csv('{log}', columns={columns}, delim=' ', quote='\"', escape='', header=false, "
        "nullstr='-', auto_detect=false, "
        f"strict_mode={not tolerant}, ignore_errors={tolerant})"
    )
    _write(f"select {selected} from {source}", to)


def regex(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:
    """One anchored pattern over whole lines."""
    quoted = pattern(shape).replace("'", "''")
    names = ", ".join(f"'{name}'" for name in shape.columns)
    lines = (
        f"read_csv('{log}', columns={{'line': 'VARCHAR'}}, delim='\x01', quote='', escape='', "
        f"header=false, auto_detect=false, ignore_errors={tolerant})"
    )
    selected = ", ".join(
        f"try_cast(r.{name} as {_type(name)}) as {name}"
        if name in INTEGERS
        else f"{_MOMENT.format('r.start_time')} as start_time"
        if name == "start_time"
        else f"nullif(r.{name}, '-') as {name}"
        for name in shape.columns
    )
    groups = f"select regexp_extract(line, '{quoted}', [{names}]) as r from {lines}"
    _write(f"select {selected} from ({groups}) where r.start_time <> ''", to)


def ndjson(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:
    """`read_ndjson` with the columns."""
    columns = {name: _type(name) for name in shape.columns}
    selected = ", ".join(
        f"{_MOMENT.format(name)} as {name}" if name == "start_time" else name
        for name in shape.columns
    )
    _write(
        f"select {selected} from read_ndjson('{log}', columns={columns}, ignore_errors={tolerant})",
        to,
    )


_REQUEST = tuple(enumerate(("method", "path", "protocol"), 1))


def _type(name: str) -> str:
    return _TYPES[INTEGERS[name]] if name in INTEGERS else "VARCHAR"


def _write(query: str, to: Path) -> None:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute(
        f"copy ({query}) to '{to}' (format parquet, compression zstd, compression_level {LEVEL})"
    )
