"""ClickHouse, as the library `chdb`: its formats for odd text, plain splits, and JSONEachRow."""

from __future__ import annotations

import tempfile
from pathlib import Path

import chdb

from benchmarks.peers.columns import INTEGERS, LEVEL, cells
from benchmarks.shapes import Shape

_CSV = "format_csv_delimiter = ' '"
_REQUEST = {
    name: f"splitByChar(' ', c_request)[{place}]"
    for place, name in enumerate(("method", "path", "protocol"), 1)
}


def custom(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:
    """CustomSeparated with the escaping of CSV."""
    settings = f"format_custom_escaping_rule = 'CSV', format_custom_field_delimiter = ' ', {_CSV}"
    _write(_from_cells(shape, log, "CustomSeparated"), to, settings, tolerant=tolerant)


def template(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:
    """Template with the escaping of CSV."""
    with tempfile.TemporaryDirectory() as folder:
        row, result = Path(folder, "row"), Path(folder, "result")
        row.write_text(" ".join(f"${{c_{name}:CSV}}" for name in cells(shape)), encoding="utf-8")
        result.write_text("${data}\n", encoding="utf-8")
        settings = (
            f"format_template_row = '{row}', format_template_resultset = '{result}', "
            f"format_template_rows_between_delimiter = '\\n', {_CSV}"
        )
        _write(_from_cells(shape, log, "Template"), to, settings, tolerant=tolerant)


def split(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:
    """Whole lines, split at quotes and blanks."""
    places = _split_places(shape)
    selected = ", ".join(f"{_typed(name, places[name])} as {name}" for name in shape.columns)
    quotes = "splitByChar('\"', line) as q"
    query = f"with {quotes} select {selected} from file('{log}', 'LineAsString', 'line String')"
    _write(query, to, "", tolerant=tolerant)


def json(shape: Shape, log: Path, to: Path, *, tolerant: bool) -> None:
    """JSONEachRow."""
    structure = ", ".join(f"{name} Nullable({_type(name)})" for name in shape.columns)
    selected = ", ".join(
        _typed(name, name) + f" as {name}" if name == "start_time" else name
        for name in shape.columns
    )
    _write(
        f"select {selected} from file('{log}', 'JSONEachRow', '{structure}') as t",
        to,
        "",
        tolerant=tolerant,
    )


def _from_cells(shape: Shape, log: Path, form: str) -> str:
    structure = ", ".join(f"c_{name} String" for name in cells(shape))
    sources = {name: f"c_{name}" for name in shape.columns} | _REQUEST
    sources["start_time"] = "substring(c_start_time, 2, 24)"
    selected = ", ".join(f"{_typed(name, sources[name])} as {name}" for name in shape.columns)
    return f"select {selected} from file('{log}', '{form}', '{structure}')"


def _split_places(shape: Shape) -> dict[str, str]:
    places: dict[str, str] = {}
    for quote, text in enumerate(shape.template.split('"'), 1):
        words = text.split(" ")
        for word, field in enumerate(words, 1):
            name = field.strip("[]").removeprefix("{").removesuffix("}")
            if name:
                whole = len(words) == 1
                places[name] = f"q[{quote}]" if whole else f"splitByChar(' ', q[{quote}])[{word}]"
    places["start_time"] = "substring(q[1], 2, 24)"
    return places


def _typed(name: str, source: str) -> str:
    if name == "start_time":
        return f"parseDateTime64BestEffortOrNull({source}, 3, 'UTC')"
    if name in INTEGERS:
        return f"toInt{INTEGERS[name]}OrNull({source})"
    return f"nullIf({source}, '-')"


def _type(name: str) -> str:
    return f"Int{INTEGERS[name]}" if name in INTEGERS else "String"


def _write(query: str, to: Path, settings: str, *, tolerant: bool) -> None:
    common = (
        "output_format_parquet_compression_method = 'zstd', "
        f"output_format_compression_level = {LEVEL}, output_format_parquet_string_as_string = 1, "
        f"input_format_allow_errors_ratio = {int(tolerant)}"
    )
    to.unlink(missing_ok=True)
    chdb.query(
        f"insert into function file('{to}', 'Parquet') {query} settings {common}"
        + (f", {settings}" if settings else "")
    )
