"""Find the keys of a JSON line that its format does not know, without parsing it twice.

In a JSON text, `":` ends a key or stands escaped in a string. So where a line holds as many of
them as it has known keys, each found at least once, it has no other key and no duplicate. Lines
that do not add up teach us their keys: products add the same few to every line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import polars as pl

from envoylog.format.document import Path
from envoylog.parser.json_exact import Keys, read_exactly

_SCALAR = r'("(?:[^"\\]|\\.)*"|[^,{}\[\]"\s]+)'
_ROUNDS, _SAMPLE = 8, 64


def split_off_extra(
    decoded: pl.DataFrame, text: str, keys: Keys, paths: Sequence[Path]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add the column `extra`: a JSON object of the members that the format does not know.

    Parameters
    ----------
    decoded : polars.DataFrame
        What `decode` gave.
    text : str
        The column that holds the lines.
    keys : Keys
        The tree of known keys.
    paths : sequence of Path
        The paths of the columns `#0`, `#1`, …

    Returns
    -------
    settled : polars.DataFrame
        Rows whose keys are all accounted for, with `extra`.
    doubtful : polars.DataFrame
        Rows to be read exactly: nested or duplicate keys, or `":` inside a value.
    """
    found = pl.col(text).str.count_matches('":', literal=True).cast(pl.Int64)
    decoded = decoded.with_columns(
        (found - _known_keys(decoded, text, paths)).alias("#left"),
        pl.lit(None, pl.String).alias("extra"),
    )
    settled = [decoded.filter(pl.col("#left") == 0)]
    doubtful = decoded.filter(pl.col("#left") != 0)
    learned: list[str] = []
    flat = all(len(path) == 1 for path in paths)
    for _ in range(_ROUNDS if flat else 0):
        new = _unknown_keys(doubtful[text].head(_SAMPLE), keys, learned)
        if not new:
            break
        learned += new
        doubtful = doubtful.with_columns(
            # Not `has_key`: a value that is no scalar would be lost.
            pl.col("#left") - sum(_member(text, k).is_not_null().cast(pl.Int64) for k in new),
            _members(text, learned).alias("extra"),
        )
        settled.append(doubtful.filter(pl.col("#left") == 0))
        doubtful = doubtful.filter(pl.col("#left") != 0)
    return pl.concat(settled).drop("#left"), doubtful.drop("#left", "extra")


def has_key(text: str, key: str) -> pl.Expr:
    """Tell whether a line has a key; exact, as quotes inside values are escaped."""
    return pl.col(text).str.contains(f"{_quoted(key)}:", literal=True)


def _known_keys(decoded: pl.DataFrame, text: str, paths: Sequence[Path]) -> pl.Expr:
    """Count the known keys of each line; only columns with nulls need a look into the text."""
    places: dict[str, dict[Path, list[str]]] = {}
    for number, path in enumerate(paths):
        for depth, key in enumerate(map(str, path)):
            leaves = places.setdefault(key, {}).setdefault(path[: depth + 1], [])
            leaves.append(f"#{number}")
    total = pl.lit(0, pl.Int64)
    for key, where in places.items():
        if not any(decoded[leaf].null_count() for leaves in where.values() for leaf in leaves):
            total += len(where)
        elif all(len(path) == 1 for path in paths):
            total += has_key(text, key).cast(pl.Int64)
        else:
            # A key may stand where the format has another: only its value shows its place.
            filled = pl.sum_horizontal(
                pl.any_horizontal(pl.col(leaves).is_not_null()).cast(pl.Int64)
                for leaves in where.values()
            )
            nulls = pl.col(text).str.count_matches(f"{_quoted(key)}:null", literal=True)
            total += pl.min_horizontal(filled + nulls.cast(pl.Int64), len(where))
    return total


def _unknown_keys(texts: pl.Series, keys: Keys, learned: Sequence[str]) -> list[str]:
    """Learn the unknown keys of a few lines, those with scalar values."""
    known: Keys = {**keys, **dict.fromkeys(learned)}
    new: dict[str, None] = {}
    for line in texts:
        exact = read_exactly(line, known)
        if exact and exact.extra:
            for key, value in json.loads(exact.extra).items():
                if key not in known and json.dumps(key, ensure_ascii=False) == f'"{key}"':
                    new |= {} if isinstance(value, (dict, list)) else {key: None}
    return list(new)


def _members(text: str, keys: Sequence[str]) -> pl.Expr:
    """Write those of the keys that a line has into one JSON object, values as they stand."""
    members = [pl.concat_str(pl.lit(f"{_quoted(key)}:"), _member(text, key)) for key in keys]
    inside = pl.concat_str(members, separator=",", ignore_nulls=True)
    return pl.concat_str(pl.lit("{"), inside, pl.lit("}"))


def _member(text: str, key: str) -> pl.Expr:
    """Find the first scalar value of a key, as it stands."""
    return pl.col(text).str.extract(rf"{re.escape(_quoted(key))}:\s*{_SCALAR}")


def _quoted(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)
