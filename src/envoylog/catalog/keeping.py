"""Take the census of files that were just written, and keep it beside them."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from envoylog.catalog import kept
from envoylog.catalog.catalog import Catalog
from envoylog.catalog.datasets import Data, find_files
from envoylog.errors import EnvoylogError


def keep_census(data: Data) -> None:
    """Take the census of the files that have none, and keep it.

    Nothing is wrong without it, so it is no error where it cannot be taken or kept.

    Parameters
    ----------
    data : path or iterable of paths
        As for `envoylog.open`.
    """
    taken: dict[Path, dict[str, kept.Census]] = {}
    with suppress(EnvoylogError, OSError):
        for path, root in find_files(data).paths.items():
            place = kept.place_of(path, root)
            if place is None or kept.read({path: root}):
                continue
            with Catalog(path) as log:
                taken.setdefault(place, {})[path] = log.count()
        for place, counted in taken.items():
            kept.write(place, counted)


if __name__ == "__main__":
    keep_census(sys.argv[1])
