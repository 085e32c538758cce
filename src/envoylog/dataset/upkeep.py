"""Keep a dataset small and quick: drop old days, merge small files, delete what is not needed."""

from __future__ import annotations

import io
import math
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from envoylog.dataset.dataset import Dataset, numbers
from envoylog.dataset.partitions import DataFile, write_file
from envoylog.dataset.place import Place
from envoylog.dataset.table import ConflictError, Number, Table

#: So many files of about the same size become one. A row is written again once per class of size,
#: four times in all, and a day has a few dozen files at most.
MERGED: Final = 8
_SMALLEST: Final = 2**17
#: Files are not merged into more rows than that, so that merging takes no more memory than parsing.
MOST_ROWS: Final = 2**18
_CLEANED_EVERY: Final = 24 * 3600


def keep_up(dataset: Dataset, keep: timedelta | None) -> None:
    """Do what is due; what another run does at the same time is left to it.

    Parameters
    ----------
    dataset : Dataset
        Open for writing.
    keep : timedelta, optional
        How old rows may become; whole days are removed.
    """
    for table, place in (
        (dataset.rows, dataset.place),
        (dataset.rejects, dataset.rejects_place),
    ):
        if not table.exists:
            continue
        try:
            if keep is not None:
                _expire(table, datetime.now(UTC) - keep)
            _compact(table, place)
            _clean(table)
        except ConflictError:
            table.reload()
        dataset.settle(table, place)


def _expire(table: Table, horizon: datetime) -> None:
    old = [file for file in table.files() if file.day < horizon.date().isoformat()]
    if old:
        rows = sum(file.rows for file in old)
        gone = table.number(Number.EXPIRED) + rows
        table.commit({**numbers(Number.UPKEEP, table=table), Number.EXPIRED: gone}, remove=old)


def _compact(table: Table, place: Place) -> None:
    while group := _group(table.files()):
        frames = [pl.read_parquet(io.BytesIO(place.read(file.path))) for file in group]
        merged = write_file(place, group[0].day, frames, table.facts)
        del frames
        table.commit(numbers(Number.UPKEEP, table=table), [merged], group, new_data=False)


def _group(files: list[DataFile]) -> list[DataFile]:
    """Find files of one day and of about the same size that are worth merging."""
    groups: dict[tuple[str, int], list[DataFile]] = defaultdict(list)
    for file in files:
        size_class = max(0, math.ceil(math.log(file.size / _SMALLEST, MERGED)))
        group = groups[file.day, size_class]
        if sum(other.rows for other in group) + file.rows <= MOST_ROWS:
            group.append(file)
    return next(filter(_is_worth_it, groups.values()), [])


def _is_worth_it(group: list[DataFile]) -> bool:
    large = len(group) > 1 and sum(file.rows for file in group) >= MOST_ROWS // 2
    return large or len(group) >= MERGED


def _clean(table: Table) -> None:
    now = int(time.time())
    cleaned = table.number(Number.CLEANED)
    if not cleaned:
        table.commit({Number.CLEANED: now})
    elif now - cleaned >= _CLEANED_EVERY:
        table.commit({Number.CLEANED: now})
        table.clean()
