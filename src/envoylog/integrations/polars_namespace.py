"""What `access` adds to the columns of a log, for polars frames: `frame.envoy`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import polars as pl

from envoylog.catalog.routes import read_routes
from envoylog.enrich import verdicts
from envoylog.enrich.clients import LOGGED, Trust, decide, find_clients
from envoylog.enrich.companion import Settings
from envoylog.enrich.grpc import grpc_code
from envoylog.errors import QueryError

F = TypeVar("F", pl.LazyFrame, pl.DataFrame)
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_FOUND = "#found"


@pl.api.register_dataframe_namespace("envoy")
@pl.api.register_lazyframe_namespace("envoy")
class EnvoyNamespace(Generic[F]):
    """Enrichments of a frame with the columns of a parsed log, lazy or not.

    They give what the view `access` has in columns of the same names, computed once for each
    distinct value, and replace columns of these names.

    Parameters
    ----------
    frame : polars.LazyFrame or polars.DataFrame
        What `scan` gives, or rows of Parquet that `parse` wrote.

    Examples
    --------
    >>> import envoylog
    >>> rows = envoylog.scan("sample_logs/istio.log", format="istio")
    >>> judged = rows.envoy.verdict().filter(pl.col("response_flags") == "UH").collect()
    >>> judged["verdict"].unique().to_list()
    ['no-healthy-endpoint']
    """

    def __init__(self, frame: F) -> None:
        self._frame: F = frame

    def client_ip(
        self, *, trusted_hops: int | None = None, trusted_cidrs: str | Iterable[str] = ()
    ) -> F:
        """Add `client_ip` and `client_ip_source`: who the client is.

        Parameters
        ----------
        trusted_hops : int, optional
            How many proxies in front of Envoy are trusted to extend X-Forwarded-For; by default
            Envoy's own decision is taken.
        trusted_cidrs : str or iterable of str
            Or in which networks they are, such as `10.0.0.0/8`.

        Returns
        -------
        polars.LazyFrame or polars.DataFrame
            As the frame is; NULL where the log has no addresses.

        Raises
        ------
        QueryError
            If the rule of trust is none.
        """
        cidrs = (trusted_cidrs,) if isinstance(trusted_cidrs, str) else tuple(trusted_cidrs)
        trust = Trust.of(trusted_hops, cidrs)
        return _add(
            self._frame,
            LOGGED,
            ("client_ip", "client_ip_source"),
            lambda keys: find_clients(decide(keys), trust),
        )

    def route(self, *, routes: Paths = (), learned_routes: str | None = None) -> F:
        """Add `route`: the path as a template.

        Parameters
        ----------
        routes : path or iterable of paths
            Files that declare routes, as for `envoylog.open`.
        learned_routes : path, optional
            A file of templates that were learned before, such as `out.routes.txt`; it is only
            read. The templates of other paths are learned from the frame's own, so that all of
            them are read before the first row is there.

        Returns
        -------
        polars.LazyFrame or polars.DataFrame
            As the frame is.

        Raises
        ------
        QueryError
            If the frame has no column `path`.
        InputError
            If a file cannot be read.
        """
        from envoylog.enrich.routes.requested import Requested

        if "path" not in self._frame.collect_schema():
            raise QueryError("routes are templates of paths: the frame has no column path")
        files = [routes] if isinstance(routes, (str, os.PathLike)) else routes
        known = read_routes(Settings(routes=tuple(map(str, files)), learned_routes=learned_routes))

        def learn_and_route(paths: pl.Series) -> pl.Series:
            requested = Requested.of(paths)
            return known.learn(requested).route(requested)

        found = pl.col("path").map_batches(learn_and_route, return_dtype=pl.String)
        return self._frame.with_columns(route=found)

    def verdict(self) -> F:
        """Add `verdict`, `side`, `verdict_meaning` and `verdict_next`: what went wrong, and where.

        Returns
        -------
        polars.LazyFrame or polars.DataFrame
            As the frame is; NULL where the log tells neither a code nor flags.
        """
        names = self._frame.collect_schema().names()
        with_code = self._frame.with_columns(grpc_code=grpc_code(names))
        added = _add(
            with_code,
            verdicts.COMPANION.keys,
            tuple(verdicts.COMPANION.columns),
            lambda keys: verdicts.judge(keys, Settings()),
        )
        return added if "grpc_code" in names else added.drop("grpc_code")


def _add(
    frame: F,
    keys: Sequence[str],
    columns: Sequence[str],
    find: Callable[[pl.DataFrame], pl.DataFrame],
) -> F:
    """Add columns that follow from others, found once for each distinct row of these."""
    present = frame.collect_schema()
    known = [name for name in keys if name in present]
    missing = [pl.lit(None, pl.String).alias(name) for name in keys if name not in known]

    def enrich(rows: pl.Series) -> pl.Series:
        asked = rows.struct.unnest()
        distinct = asked.unique()
        found = find(distinct.with_columns(missing)).select(columns)
        both = pl.concat([distinct, found], how="horizontal")
        joined = asked.join(both, on=known, how="left", nulls_equal=True, maintain_order="left")
        return joined.select(columns).to_struct()

    others = frame.drop(columns, strict=False)
    if not known:
        return others.with_columns(pl.lit(None, pl.String).alias(name) for name in columns)
    kind = pl.Struct(dict.fromkeys(columns, pl.String()))
    struct = pl.struct(known).map_batches(enrich, return_dtype=kind, is_elementwise=True)
    return others.with_columns(struct.alias(_FOUND)).unnest(_FOUND)
