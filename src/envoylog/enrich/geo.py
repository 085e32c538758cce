"""Where clients are: country and network, from databases that the user has on disk."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from envoylog.enrich.addresses import IPV4
from envoylog.enrich.companion import Companion, Settings
from envoylog.enrich.networks import numbers
from envoylog.errors import DataError, InputError

if TYPE_CHECKING:
    import maxminddb

#: The files, where the user gives none: paths with the separator of `PATH` between them.
VARIABLE: Final = "ENVOYLOG_GEO"

_GET: Final = (
    "a database of {what}: download a free one, such as GeoLite2 {name}, DB-IP {name} Lite or "
    "IPinfo Lite, as .mmdb, and give it with --geo FILE"
)
_EXTRA: Final = "the package that reads .mmdb files: pip install 'envoylog[geo]'"
_RECORDS: Final = 200
_ASN: Final = re.compile(r"(?:AS)?([0-9]{1,10})")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


def _country(value: object) -> str | None:
    return value if isinstance(value, str) and _COUNTRY.fullmatch(value) else None


def _number(value: object) -> int | None:
    if isinstance(value, int):
        return value
    match = _ASN.fullmatch(str(value))
    return int(match[1]) if match else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


class Place(NamedTuple):
    """Where databases have a column, and what makes a value of what stands there."""

    paths: tuple[tuple[str, ...], ...]
    make: Callable[[object], str | int | None]


#: MaxMind and DB-IP put one thing inside the other; IPinfo is flat, and writes AS before a number.
PLACES: Final = {
    "country": Place(
        (
            ("country", "iso_code"),
            ("country_code",),
            ("country",),
            ("registered_country", "iso_code"),
        ),
        _country,
    ),
    "asn": Place((("autonomous_system_number",), ("asn",)), _number),
    "as_org": Place(
        (("autonomous_system_organization",), ("as_name",), ("as_org",), ("org",)), _text
    ),
}
_TYPES: Final = {"country": pl.String, "asn": pl.Int64, "as_org": pl.String}


def locate(
    ips: pl.Series, databases: Sequence[str], columns: Collection[str] = tuple(_TYPES)
) -> pl.DataFrame:
    """Look addresses up.

    Parameters
    ----------
    ips : polars.Series
        Addresses; what is none, is nowhere.
    databases : sequence of str
        Paths of `.mmdb` files: the first that knows a column of an address tells it.
    columns : collection of str
        What to tell: `country` (ISO 3166, two letters), `asn`, `as_org`.

    Returns
    -------
    polars.DataFrame
        The columns: NULL where no file knows.

    Raises
    ------
    InputError
        If a file cannot be opened.
    DataError
        If it is no such database.
    """
    found = pl.DataFrame(
        {name: pl.repeat(None, len(ips), dtype=_TYPES[name], eager=True) for name in columns}
    )
    for path in databases:
        told = _look_up(_open(path), ips, columns)
        found = found.select(pl.coalesce(name, told[name]) for name in columns)
    return found


def _look_up(reader: maxminddb.Reader, ips: pl.Series, columns: Collection[str]) -> pl.DataFrame:
    """Ask one database: once for each network of it with IPv4 addresses, and for each other one."""
    plain = ips.str.contains(f"^{IPV4}$").fill_null(value=False)
    old = pl.DataFrame({"row": plain.arg_true(), "ip": ips.filter(plain)})
    old = old.with_columns(number=numbers(old["ip"])).sort("number")
    records, sizes = _by_network(reader, old["ip"].to_list(), old["number"].to_list())
    # A database of IPv4 alone refuses IPv6.
    both = reader.metadata().ip_version == 6  # noqa: PLR2004
    rows = old["row"].to_list()
    for row, ip in zip((~plain).arg_true(), ips.filter(~plain), strict=True):
        if ip is None or (not both and ":" in ip):
            continue
        with suppress(ValueError):  # no address: a hostile client wrote it
            records.append(reader.get(ip))
            rows.append(row)
            sizes.append(1)
    values = {
        name: pl.Series([_value(record, PLACES[name]) for record in records], dtype=_TYPES[name])
        for name in columns
    }
    record_of_row = pl.repeat(None, len(ips), dtype=pl.UInt32, eager=True).scatter(
        rows,
        pl.int_range(len(sizes), dtype=pl.UInt32, eager=True).repeat_by(pl.Series(sizes)).explode(),
    )
    return pl.DataFrame({name: series.gather(record_of_row) for name, series in values.items()})


def _by_network(
    reader: maxminddb.Reader, ips: Sequence[str], those: Sequence[int]
) -> tuple[list[object], list[int]]:
    """Give the record of each network, and how many addresses lie in it; they are in order."""
    records: list[object] = []
    sizes: list[int] = []
    first = 0
    while first < len(ips):
        record, prefix = reader.get_with_prefix_len(ips[first])
        after = bisect_right(those, those[first] | (2 ** (32 - prefix) - 1), first)
        records.append(record)
        sizes.append(after - first)
        first = after
    return records, sizes


def databases(settings: Settings) -> tuple[str, ...]:
    """Name the files: those that the user gives, or those of the environment."""
    variable = os.environ.get(VARIABLE, "")
    return settings.geo or tuple(path for path in variable.split(os.pathsep) if path)


def _read(record: object) -> dict[str, str | int | None]:
    return {column: _value(record, place) for column, place in PLACES.items()}


def _value(record: object, place: Place) -> str | int | None:
    for path in place.paths:
        value = record
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if (made := place.make(value)) is not None:
            return made
    return None


@cache
def _open(path: str) -> maxminddb.Reader:
    import maxminddb

    try:
        return maxminddb.open_database(path)
    except maxminddb.InvalidDatabaseError:
        raise DataError(f"{path} is not a database of addresses: expected a .mmdb file") from None
    except OSError as error:
        raise InputError(f"cannot open {path}: {error.strerror or error}") from None


@cache
def _knows(path: str) -> frozenset[str]:
    """Tell which columns a database has, from its first records."""

    def columns() -> Iterator[str]:
        for _network, record in islice(_open(path), _RECORDS):
            yield from (name for name, value in _read(record).items() if value is not None)

    return frozenset(columns())


def _companion(name: str, columns: Mapping[str, str], what: str, database: str) -> Companion:
    def enrich(keys: pl.DataFrame, settings: Settings) -> pl.DataFrame:
        if missing(settings) is not None:
            nothing = (pl.lit(None, _TYPES[column]).alias(column) for column in columns)
            return keys.with_columns(nothing)
        return keys.with_columns(locate(keys["client_ip"], databases(settings), columns))

    def missing(settings: Settings) -> str | None:
        if databases(settings) and find_spec("maxminddb") is None:
            return _EXTRA
        known = frozenset[str]().union(*map(_knows, databases(settings)))
        return None if known >= columns.keys() else _GET.format(what=what, name=database)

    needs = ("downstream_remote_address|downstream_remote_address_without_port|x_forwarded_for",)
    return Companion(name, ("client_ip",), columns, needs, enrich, missing)


COUNTRIES: Final = _companion("countries", {"country": "VARCHAR"}, "countries", "Country")
NETWORKS: Final = _companion("networks", {"asn": "BIGINT", "as_org": "VARCHAR"}, "networks", "ASN")
