"""The parts of a request target (RFC 9112 §3.2): the path as templates see it, and the query."""

from __future__ import annotations

from typing import Final

import polars as pl

from envoylog.spec.segments import DATED
from envoylog.spec.static_files import STATIC_EXTENSIONS

#: The path of a target that has none: CONNECT names a host and a port.
AUTHORITY: Final = "{authority}"
#: The route of what fits no template.
OTHER: Final = "{other}"

_EXTENSION = r"[^/]\.([A-Za-z0-9]{1,11})$"


def bare_path(target: pl.Expr) -> pl.Expr:
    """Cut the scheme, the authority, the query and the fragment off request targets.

    Parameters
    ----------
    target : polars.Expr
        String: the column `path` of a log.

    Returns
    -------
    polars.Expr
        String; NULL stays NULL.

    Examples
    --------
    >>> pl.select(bare_path(pl.lit("http://shop.example/cart?full=1#top"))).item()
    '/cart'
    """
    # Most targets end with their path, and a look is cheaper than a cut.
    path = (
        pl.when(target.str.contains("[?#]"))
        .then(target.str.extract(r"^([^?#]*)", 1))
        .otherwise(target)
    )
    absolute = path.str.contains(r"^[A-Za-z][A-Za-z0-9+.-]*://")
    return (
        pl.when(absolute)
        .then(path.str.replace(r"^[^:]*://[^/]*/?", "/"))
        .otherwise(path)
        # A target that starts with its query is a path of "/" to every server.
        .replace("", "/")
    )


def query(target: pl.Expr) -> pl.Expr:
    """Take the query string out of request targets: what stands between `?` and `#`.

    Parameters
    ----------
    target : polars.Expr
        String.

    Returns
    -------
    polars.Expr
        String; NULL where there is no `?`, and empty where nothing follows it.

    Examples
    --------
    >>> pl.select(query(pl.lit("/search?q=a?b#c"))).item()
    'q=a?b'
    """
    return target.str.extract(r"^[^?#]*\?([^#]*)", 1)


def template_path(path: pl.Expr) -> pl.Expr:
    """Lay paths out so that templates can be read off them.

    Parameters of segments (`;jsessionid=…`) are dropped, repeated slashes are one, dates over
    several segments are marked, and the characters of templates (`{ } *`) are percent-encoded.
    A target without a path becomes `{authority}` if it is a host and a port, else `{other}`.

    Parameters
    ----------
    path : polars.Expr
        String: what `bare_path` gives.

    Returns
    -------
    polars.Expr
        String.

    Examples
    --------
    >>> paths = pl.Series(["//a/b;v=1/", "/blog/2026/11/24/x", "example.com:443", "*"])
    >>> pl.select(template_path(pl.lit(paths))).to_series().to_list()
    ['/a/b/', '/blog/{year}/{month}/{day}/x', '{authority}', '*']
    """
    laid = path.str.replace_all(";[^/]*", "").str.replace_all("//+", "/")
    for character in "{}*":
        laid = laid.str.replace_all(character, f"%{ord(character):02X}", literal=True)
    for pattern, marked in DATED:
        laid = laid.str.replace(pattern, marked)
    return (
        pl.when(path.str.starts_with("/"))
        .then(laid)
        .when((path == "*") | path.is_null())
        .then(path)
        .when(path.str.contains(r"^[^/@]*:[0-9]{1,5}$"))
        .then(pl.lit(AUTHORITY))
        .otherwise(pl.lit(OTHER))
    )


def extension(path: pl.Expr) -> pl.Expr:
    """Take the extension of the last segment, in lower case; NULL if it has none.

    Examples
    --------
    >>> pl.select(extension(pl.lit("/js/app.4f2a.JS"))).item()
    'js'
    """
    return path.str.replace(";[^/]*$", "").str.extract(_EXTENSION, 1).str.to_lowercase()


def is_static(target: pl.Expr) -> pl.Expr:
    """Tell static assets, by the table of extensions in `spec/static_files.py`.

    Parameters
    ----------
    target : polars.Expr
        String: the column `path` of a log.

    Returns
    -------
    polars.Expr
        Boolean; NULL for NULL.

    Examples
    --------
    >>> pl.select(is_static(pl.lit("/js/app.js?v=3"))).item()
    True
    """
    known = extension(bare_path(target)).is_in(list(STATIC_EXTENSIONS)).fill_null(value=False)
    return pl.when(target.is_not_null()).then(known)
