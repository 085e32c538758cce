"""The census of a file, taken when the file was written and kept beside it.

It stands in `out.census.json` beside `out.parquet`, and in `_census.json` in the folder of a
dataset. It counts only for the very file of which it was taken, and only as long as lines are told
apart by the same rules: else the rows are looked at, as those of files from elsewhere always are.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import polars as pl

from envoylog.catalog.census import DIMENSIONS
from envoylog.dataset.writer import replacing

_BESIDE_FILE: Final = ".census.json"
_IN_FOLDER: Final = "_census.json"
# What Parquet says of the last row group, and more, stands at the end of a file.
_TAIL: Final = 4096
#: What tells lines apart: our own texts, and a package of others.
RULES: Final = (
    "__init__.py",
    "catalog/census.py",
    "catalog/kept.py",
    "catalog/macros.py",
    "catalog/views/access.sql",
    "catalog/views/macros.sql",
    "enrich/agents.py",
    "enrich/clusters.py",
    "enrich/probes.py",
    "spec/agents.py",
    "spec/grpc.py",
)
_PACKAGE: Final = "crawler-user-agents"

_TIMES: Final = ("since", "until")
_PROBES: Final = {"user_agent": pl.String, "health_path": pl.Boolean}
#: More probes than these, or longer ones, are not worth the time that it takes to read them.
_MOST_PROBES: Final = 1000
_LONGEST_PROBES: Final = 2**16
_SCHEMA: Final = {
    "vantage": pl.String,
    "record": pl.String,
    "probe": pl.Boolean,
    "stream": pl.Boolean,
    "mirror": pl.Boolean,
    "requests": pl.Int64,
    **dict.fromkeys(_TIMES, pl.Int64),
}


@dataclass(frozen=True, slots=True)
class Census:
    """What there is in some files.

    Attributes
    ----------
    counts : polars.DataFrame
        What `census_sql` gives without a filter.
    filled : frozenset of str
        The columns in which every row has a value.
    absent : frozenset of str
        Signs of `SIGNS` that no row has.
    probes : polars.DataFrame or None
        What the keys of `enrich.probes` are where they tell a probe; None if that is not known.
    """

    counts: pl.DataFrame
    filled: frozenset[str]
    absent: frozenset[str]
    probes: pl.DataFrame | None

    def differs(self, dimension: str) -> bool:
        """Tell whether some lines are not as most are."""
        _sql, usual = DIMENSIONS[dimension]
        return any(str(kind).lower() != usual.strip("'") for kind in self.counts[dimension])

    @property
    def fixed(self) -> dict[str, str]:
        """The columns that have one value in all lines, and that value in SQL."""
        return {
            sql.partition(" ")[0]: usual
            for dimension, (sql, usual) in DIMENSIONS.items()
            if not self.differs(dimension)
        }

    @property
    def ends(self) -> tuple[datetime | None, datetime | None]:
        """The start of the first and of the last request."""
        return self.counts["since"].min(), self.counts["until"].max()  # type: ignore[return-value]


def read(paths: Mapping[str, str | None]) -> Census | None:
    """Read the census of some files.

    Parameters
    ----------
    paths : mapping of str to str or None
        The files, each with the root of its dataset, if it is part of one.

    Returns
    -------
    Census or None
        None unless that of each file is there and counts.
    """
    known: dict[Path, dict[str, Any]] = {}
    found = []
    for path, root in paths.items():
        place = place_of(path, root)
        if place is None:
            return None
        if place not in known:
            known[place] = _load(place)
        one = known[place].get(_name(path, place))
        if one is None or one["file"] != _identity(path):
            return None
        found.append(one)
    rows = [row for one in found for row in one["counts"]]
    counts = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    told = all(one["probes"] is not None for one in found)
    probes = [probe for one in found for probe in one["probes"]] if told else []
    return Census(
        counts.with_columns(pl.col(_TIMES).cast(pl.Datetime("us", "UTC"))),
        frozenset.intersection(*(frozenset(one["filled"]) for one in found)),
        frozenset.intersection(*(frozenset(one["absent"]) for one in found)),
        pl.DataFrame(probes, schema=_PROBES, orient="row").unique() if told else None,
    )


def write(place: Path, taken: Mapping[str, Census]) -> None:
    """Keep the census of some files, those that are kept there already included.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    kept = {name: one for name, one in _load(place).items() if (place.parent / name).is_file()}
    for path, census in taken.items():
        counts = census.counts.with_columns(pl.col(_TIMES).dt.epoch("us"))
        kept[_name(path, place)] = {
            "file": _identity(path),
            "filled": sorted(census.filled),
            "absent": sorted(census.absent),
            "counts": counts.select(*_SCHEMA).rows(),
            "probes": _few(census.probes),
        }
    with replacing(place) as (temporary,):
        temporary.write_text(json.dumps({"rules": rules(), "files": kept}), encoding="utf-8")


def _few(probes: pl.DataFrame | None) -> list[tuple[object, ...]] | None:
    if probes is None or len(probes) > _MOST_PROBES:
        return None
    length = probes["user_agent"].str.len_bytes().sum()
    return probes.select(*_PROBES).rows() if length <= _LONGEST_PROBES else None


def place_of(path: str, root: str | None) -> Path | None:
    """Name the place of a file's census; None in an object store."""
    if "://" in path:
        return None
    if root is not None:
        return Path(root) / _IN_FOLDER
    return Path(path).with_name(Path(path).name.removesuffix(".parquet") + _BESIDE_FILE)


@cache
def rules() -> str:
    """Name the rules by which lines are told apart, such that others have another name."""
    found = hashlib.sha256()
    for name in RULES:
        found.update(files("envoylog").joinpath(name).read_bytes())
    with suppress(PackageNotFoundError):
        found.update(version(_PACKAGE).encode())
    return found.hexdigest()


def _load(place: Path) -> dict[str, Any]:
    """Read what is kept in a place; what cannot be understood was not written here."""
    try:
        kept = json.loads(place.read_bytes())
        ours: dict[str, Any] = kept["files"] if kept["rules"] == rules() else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
    return ours


def _identity(path: str) -> list[object]:
    """Tell a file from what it was before, and from all that may take its name."""
    with open(path, "rb") as file:  # noqa: PTH123 - as it is given
        status = os.fstat(file.fileno())
        file.seek(max(0, status.st_size - _TAIL))
        tail = hashlib.sha256(file.read()).hexdigest()
    return [status.st_size, status.st_mtime_ns, tail]


def _name(path: str, place: Path) -> str:
    return os.path.relpath(path, place.parent)
