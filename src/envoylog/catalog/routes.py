"""Routes of a log: the templates beside it are read, those of new paths are learned and kept."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from envoylog.dataset.writer import replacing
from envoylog.enrich.companion import Companion, Settings
from envoylog.errors import InputError, OutputError

if TYPE_CHECKING:
    import polars as pl

    from envoylog.catalog.catalog import Catalog
    from envoylog.enrich.routes.learn import Limits
    from envoylog.enrich.routes.match import Routes
    from envoylog.enrich.routes.requested import Requested

_IN_FOLDER: Final = "_routes.txt"
_BESIDE_FILE: Final = ".routes.txt"
# OpenAPI documents of tens of megabytes exist; what is larger is no file of routes.
_LARGEST: Final = 64 * 2**20


def place_of_learned(
    data: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> Path | None:
    """Name the file of learned templates: `out.routes.txt` for `out.parquet`.

    In a folder it is `_routes.txt`, as Parquet readers leave names with `_` aside.

    Parameters
    ----------
    data : path or iterable of paths
        As given to `envoylog.open`.

    Returns
    -------
    Path or None
        None where the data have no place in common, or stand in an object store.
    """
    given = [data] if isinstance(data, (str, os.PathLike)) else list(data)
    if any("://" in str(one) for one in given):
        return None
    paths = [Path(one) for one in given]
    if len(paths) == 1 and paths[0].is_dir():
        return paths[0] / _IN_FOLDER
    if len(paths) == 1 and paths[0].is_file():
        return paths[0].with_name(paths[0].name.removesuffix(".parquet") + _BESIDE_FILE)
    folders = {path.parent for path in paths if "*" not in str(path.parent)}
    return folders.pop() / _IN_FOLDER if len(folders) == 1 else None


def read_routes(settings: Settings) -> Routes:
    """Read the routes that are declared and those that were learned before.

    Parameters
    ----------
    settings : Settings
        `routes` and `learned_routes`.

    Returns
    -------
    Routes

    Raises
    ------
    InputError
        If a file cannot be read.
    ConfigurationError
        If it cannot be understood.
    """
    from envoylog.enrich.routes.declared import read_declared
    from envoylog.enrich.routes.match import Routes
    from envoylog.enrich.routes.saved import read_learned

    declared = [
        template for name in settings.routes for template in read_declared(_read(name), name)
    ]
    place = settings.learned_routes
    learned = read_learned(_read(place), place) if place and Path(place).exists() else ()
    return Routes(tuple(declared), learned)


def save_routes(routes: Routes, place: str | os.PathLike[str]) -> None:
    """Write the learned templates, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from envoylog.enrich.routes.saved import write_learned

    with replacing(Path(place)) as (temporary,):
        temporary.write_text(write_learned(routes.learned), encoding="utf-8")


def learn_routes(
    paths: Requested,
    settings: Settings,
    *,
    afresh: bool = False,
    limits: Limits | None = None,
) -> Routes:
    """Learn the templates of paths that fit none yet, and keep them.

    Data in a place that cannot be written are learned afresh each time: that is no error.

    Parameters
    ----------
    paths : Requested
        What was requested.
    settings : Settings
        `routes` and `learned_routes`.
    afresh : bool
        Whether to forget the templates that were learned before.
    limits : Limits, optional
        How many templates and names are kept apart.

    Returns
    -------
    Routes
    """
    known = read_routes(settings)
    before = replace(known, learned=()) if afresh else known
    routes = before.learn(paths, limits=limits)
    if settings.learned_routes and routes != known:
        with suppress(OutputError):
            save_routes(routes, settings.learned_routes)
    return routes


def survey_routes(
    log: Catalog, *, afresh: bool = False, limits: Limits | None = None
) -> tuple[Routes, pl.DataFrame]:
    """Learn the routes of a log, and count what falls to each.

    Parameters
    ----------
    log : Catalog
        The log.
    afresh : bool
        Whether to forget the templates that were learned before.
    limits : Limits, optional
        How many templates and names are kept apart.

    Returns
    -------
    Routes
    polars.DataFrame
        `route`, `origin` (`declared`, `learned`, or NULL for what fits none), `requests`, `share`,
        `paths` (how many distinct ones), and the most requested of them as `example`. Templates
        that nothing fits have 0 requests.
    """
    import polars as pl

    from envoylog.enrich.routes.requested import Requested

    frame = log.frame(
        "select bare_path, count(*) as requests from access where bare_path is not null group by 1"
    )
    paths = Requested.of(frame["bare_path"], frame["requests"])
    routes = learn_routes(paths, log.settings, afresh=afresh, limits=limits)
    declared = [template.text for template in routes.declared]
    origins = pl.DataFrame(
        {
            "route": [*declared, *routes.learned],
            "origin": ["declared"] * len(declared) + ["learned"] * len(routes.learned),
        },
        schema={"route": pl.String, "origin": pl.String},
    ).unique("route", keep="first", maintain_order=True)
    counted = (
        frame.with_columns(routes.route(paths).alias("route"))
        .sort("requests", "bare_path", descending=[True, False])
        .group_by("route")
        .agg(
            pl.col("requests").sum(),
            paths=pl.len(),
            example=pl.col("bare_path").first(),
        )
    )
    requests = pl.col("requests").fill_null(0)
    return routes, origins.join(counted, on="route", how="full", coalesce=True).select(
        "route",
        "origin",
        requests,
        share=requests / max(1, counted["requests"].sum()),
        paths=pl.col("paths").fill_null(0),
        example="example",
    ).sort("requests", "route", descending=[True, False])


def _enrich(frame: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    import polars as pl

    from envoylog.enrich.routes.requested import Requested
    from envoylog.enrich.routes.targets import is_static

    paths = Requested.of(frame["path"], frame["requests"])
    routes = learn_routes(paths, settings)
    return frame.with_columns(
        routes.route(paths).alias("route"),
        is_static(pl.col("path")).alias("is_static"),
    )


def _read(name: str) -> str:
    try:
        with open(name, encoding="utf-8") as file:  # noqa: PTH123 - `name` may be a pipe
            text = file.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InputError(f"cannot read {name}: it is not UTF-8 text") from None
    if len(text) > _LARGEST:
        raise InputError(f"cannot read {name}: it is too large for a file of routes")
    return text


COMPANION: Final = Companion(
    name="routes",
    keys=("path",),
    columns={"route": "VARCHAR", "is_static": "BOOLEAN"},
    needs=("path",),
    enrich=_enrich,
    reduced="bare_path_of",
)
