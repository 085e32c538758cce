"""Envelopes that are JSON objects: under which keys the line and the facts stand.

Lines are decoded by the block. A block with a line that the decoder refuses, and lines with
escapes that it does not keep, are read one by one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from envoylog.logs.envelopes.envelope import FACTS, GOES_ON, PAYLOAD
from envoylog.logs.envelopes.texts import moment
from envoylog.logs.unicode import show_bytes

#: A way to a value: keys, divided by `/`.
Path = str
# Surrogates, which the decoder turns into NUL.
_DELICATE: Final = r"\\u[dD][89a-fA-F]"
_OBJECT: Final = r"^\s*\{.*\}\s*$"
# Numbers of digits of seconds, milliseconds, microseconds and nanoseconds since 1970.
_PER_SECOND: Final = {10: 1, 13: 10**3, 16: 10**6, 19: 10**9}


@dataclass(frozen=True)
class Record:
    """What a JSON envelope has.

    Attributes
    ----------
    payload : tuple of Path
        Where the line stands: the first of them that is there.
    marks : tuple of Path
        At least `least` of them are there, or it is no envelope of this kind.
    facts : mapping of str to tuple of Path
        Where each fact stands.
    least : int
        How many of the marks.
    merged : tuple of Path
        One of them is there where the keys of a JSON line stand among those of the envelope.
    objects : tuple of Path
        Where the line may stand as an object.
    partial : tuple of (Path, str)
        What says that the line goes on: a key and how its value begins.
    newline : bool
        Whether a line that does not end with a newline goes on.
    forbidden : tuple of Path
        None of them is there.
    """

    payload: tuple[Path, ...]
    marks: tuple[Path, ...]
    facts: Mapping[str, tuple[Path, ...]]
    least: int = 1
    merged: tuple[Path, ...] = ()
    objects: tuple[Path, ...] = ()
    partial: tuple[tuple[Path, str], ...] = ()
    newline: bool = False
    forbidden: tuple[Path, ...] = ()

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """All paths, each once."""
        facts = (path for paths in self.facts.values() for path in paths)
        partial = (path for path, _value in self.partial)
        found = (*self.payload, *self.marks, *self.merged, *self.forbidden, *facts, *partial)
        return tuple(dict.fromkeys(found))

    def __call__(self, lines: pl.Series) -> pl.DataFrame:
        """Decode lines."""
        values = self._values(lines)
        fits = pl.sum_horizontal(pl.col(mark).is_not_null() for mark in self.marks) >= self.least
        for path in self.forbidden:
            fits &= pl.col(path).is_null()
        inside = pl.coalesce(*self.payload) if self.payload else pl.lit(None, pl.String)
        if self.objects:
            inner = pl.DataFrame(
                [
                    lines.str.json_path_match(f"$.{path.replace('/', '.')}").alias(path)
                    for path in self.objects
                ]
            ).select(pl.coalesce(pl.all()).alias("#object"))
            values = values.with_columns(inner)
            inside = pl.coalesce(inside, "#object")
        fits &= inside.is_not_null()
        if self.merged:
            merged = pl.any_horizontal(pl.col(mark).is_not_null() for mark in self.merged)
            fits |= inside.is_null() & merged
            inside = pl.coalesce(inside, lines)
        goes_on = pl.lit(value=False)
        for path, value in self.partial:
            goes_on |= pl.col(path).str.starts_with(value).fill_null(value=False)
        if self.newline:
            goes_on |= ~inside.str.ends_with("\n")
        return values.select(
            pl.when(fits).then(inside).alias(PAYLOAD),
            (fits & goes_on).alias(GOES_ON),
            *(self._fact(name, paths) for name, paths in self.facts.items()),
        )

    def _fact(self, name: str, paths: Sequence[Path]) -> pl.Expr:
        value = pl.coalesce(*paths)
        if name == "envelope_time":
            value = pl.coalesce(*(_time(pl.col(path)) for path in paths))
        elif name == "stream":
            value = value.str.extract("(stdout|stderr)")
        return value.cast(FACTS[name]).alias(name)

    def _values(self, lines: pl.Series) -> pl.DataFrame:
        """Give the text at each path, one column per path."""
        sound = lines.str.contains(f"(?s){_OBJECT}")
        hard = sound & lines.str.contains(_DELICATE)
        easy = sound & ~hard
        schema = dict.fromkeys(self.paths, pl.String())
        try:
            whole = lines.filter(easy).str.json_decode(_dtype(self.paths))
        except pl.exceptions.ComputeError:
            easy, hard = sound & False, sound
            decoded = pl.DataFrame(schema=schema)
        else:
            decoded = whole.to_frame("#").select(_at(path).alias(path) for path in self.paths)
        exact = pl.DataFrame(
            [self._exactly(line) for line in lines.filter(hard)], schema=schema, orient="row"
        )
        if easy.all():
            return decoded
        index = pl.int_range(len(lines), dtype=pl.UInt32, eager=True).alias("#")
        found = pl.concat(
            [
                pl.concat([index.filter(easy).to_frame(), decoded], how="horizontal"),
                pl.concat([index.filter(hard).to_frame(), exact], how="horizontal"),
            ]
        )
        return index.to_frame().join(found, on="#", how="left", maintain_order="left").drop("#")

    def _exactly(self, line: str) -> list[str | None]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return [None] * len(self.paths)
        return [_text(_value(record, path)) for path in self.paths]


def _dtype(paths: Sequence[Path]) -> pl.Struct:
    tree: dict[str, list[Path]] = {}
    for path in paths:
        key, _, rest = path.partition("/")
        tree.setdefault(key, []).extend([rest] if rest else [])
    return pl.Struct({key: _dtype(rest) if rest else pl.String() for key, rest in tree.items()})


def _at(path: Path) -> pl.Expr:
    value = pl.col("#")
    for key in path.split("/"):
        value = value.struct.field(key)
    return value


def _value(record: object, path: Path) -> object:
    for key in path.split("/"):
        if not isinstance(record, dict):
            return None
        record = record.get(key)
    return record


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        # journald writes what is not text as numbers.
        try:
            return show_bytes(bytes(value)).decode()
        except (TypeError, ValueError):
            return None
    return None if value is None or isinstance(value, dict) else json.dumps(value)


def _time(text: pl.Expr) -> pl.Expr:
    """Read RFC 3339, or a count since 1970 whose digits tell its unit."""
    whole = text.str.extract(r"^([0-9]{10,19})$")
    fraction = text.str.extract(r"^([0-9]{10}\.[0-9]+)$").cast(pl.Float64, strict=False)
    number = whole.cast(pl.Int64, strict=False)
    digits = whole.str.len_bytes()
    micros = pl.coalesce(
        pl.when(digits == count).then(
            number * (10**6 // per_second)
            if per_second <= 10**6
            else number // (per_second // 10**6)
        )
        for count, per_second in _PER_SECOND.items()
    )
    micros = pl.coalesce(micros, (fraction * 10**6).round().cast(pl.Int64))
    return pl.coalesce(moment(text), micros.cast(FACTS["envelope_time"]))
