"""Decode JSON objects by the block, where one bad line costs only itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from envoylog.format.document import Path
from envoylog.parser.json_exact import Keys


def decode(
    frame: pl.DataFrame, text: str, keys: Keys, paths: Sequence[Path], *, least: int = 1
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decode JSON objects into one string column per path.

    polars' decoder gives up a whole block for one bad line, so a block that fails is halved until
    the bad lines stand alone. It drops keys that it is not told of, takes the first of duplicates
    and drops empty texts: callers see to those.

    Parameters
    ----------
    frame : polars.DataFrame
        Lines with whatever belongs to them.
    text : str
        The column that holds the lines.
    keys : Keys
        The tree of keys to decode.
    paths : sequence of Path
        The values wanted; value `i` becomes the column `#i`, of strings.
    least : int
        A block of so many lines is refused as a whole if one of them is bad.

    Returns
    -------
    decoded : polars.DataFrame
        The frame's columns and the values, in order.
    refused : polars.DataFrame
        The frame's other rows.
    """
    values = [_leaf(path).alias(f"#{number}") for number, path in enumerate(paths)]
    try:
        decoded = frame.with_columns(pl.col(text).str.json_decode(_struct(keys)).alias("#"))
    except pl.exceptions.ComputeError:
        if len(frame) <= least:
            return decode(frame.clear(), text, keys, paths)[0], frame
        half = len(frame) // 2
        first, bad = decode(frame[:half], text, keys, paths, least=least)
        second, worse = decode(frame[half:], text, keys, paths, least=least)
        return pl.concat([first, second]), pl.concat([bad, worse])
    return decoded.with_columns(values).drop("#"), frame.clear()


def _struct(keys: Keys) -> pl.Struct:
    return pl.Struct(
        {
            str(key): _struct(inner) if isinstance(inner, Mapping) else pl.String()
            for key, inner in keys.items()
        }
    )


def _leaf(path: Path) -> pl.Expr:
    leaf = pl.col("#")
    for key in path:
        leaf = leaf.struct.field(str(key))
    return leaf
