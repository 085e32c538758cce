"""What an enrichment is: distinct keys in, columns out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user says about the surroundings of the log.

    Attributes
    ----------
    trusted_hops : int or None
        How many proxies in front of Envoy are trusted to extend X-Forwarded-For; see `client_ip`.
    trusted_cidrs : tuple of str
        Or the networks in which such proxies are, such as `10.0.0.0/8`.
    geo : tuple of str
        Databases of countries and networks, `.mmdb` files.
    routes : tuple of str
        Files that declare routes: lists of templates, VirtualService, HTTPRoute, OpenAPI.
    learned_routes : str or None
        The file where learned path templates are kept; by default it stands beside the data.
    """

    trusted_hops: int | None = None
    trusted_cidrs: tuple[str, ...] = ()
    geo: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    learned_routes: str | None = None


def _always(_settings: Settings) -> bool:
    return True


def _available(_settings: Settings) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Companion:
    """A small table that stands beside the log and is joined to it where its columns are named.

    It is made of the distinct values of its keys, once, and only when somebody asks for a column.

    Attributes
    ----------
    name : str
        Of the enrichment.
    keys : tuple of str
        Columns of the log, or of a companion that comes before it.
    columns : mapping of str to str
        The columns that it gives, with their DuckDB types.
    needs : tuple of str
        Columns of the log without which it knows nothing, in the words of a question's `needs`:
        `a|b` means either.
    enrich : callable
        From a polars DataFrame with the distinct keys, missing ones included, and `requests`, how
        often each occurs, and the settings, to one with the keys and the columns, one row for each
        row given.
    unavailable : callable
        From the settings to the reason why it can give nothing and what to do, or None.
    distinct : str, optional
        SQL that finds the distinct keys faster than to group by all of them, with `{source}` for
        the relation; keys that do not occur may be among them.
    reduced : str, optional
        The name of an SQL function of its one key, beyond which nothing of the key matters:
        `enrich` gets the distinct results in place of the keys.
    otherwise : str, optional
        In SQL, what its columns are for keys that its table lacks; NULL by default.
    applies : callable
        From the settings to whether it is needed. Its columns then replace those that the view
        derives under the same names.
    """

    name: str
    keys: tuple[str, ...]
    columns: Mapping[str, str]
    needs: tuple[str, ...]
    enrich: Callable[[pl.DataFrame, Settings], pl.DataFrame]
    unavailable: Callable[[Settings], str | None] = _available
    distinct: str | None = None
    reduced: str | None = None
    otherwise: str | None = None
    applies: Callable[[Settings], bool] = _always
