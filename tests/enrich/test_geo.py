"""Countries and networks, from real databases written here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import maxminddb
import polars as pl
import pytest
from hypothesis import given
from hypothesis.strategies import (
    DataObject,
    data,
    integers,
    lists,
    one_of,
    sampled_from,
    tuples,
)
from mmdb_writer import MMDBWriter
from netaddr import IPSet

import envoylog
from envoylog.enrich.companion import Settings
from envoylog.enrich.geo import COUNTRIES, NETWORKS, databases, locate
from envoylog.errors import DataError, InputError

# What the writer takes.
Record = dict[Any, Any]


def write(path: Path, records: Mapping[str, Record], ip_version: int = 6) -> str:
    writer = MMDBWriter(ip_version, ipv4_compatible=ip_version == 6, int_type="u32")
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return str(path)


@pytest.fixture
def country(tmp_path: Path) -> str:
    records: dict[str, Record] = {
        "192.0.2.0/24": {"country": {"iso_code": "CH"}},
        "198.51.100.0/24": {"registered_country": {"iso_code": "DE"}},
        "2001:db8::/32": {"country": {"iso_code": "FR"}},
        "203.0.113.0/24": {"country": {"iso_code": "<b>"}},
    }
    return write(tmp_path / "country.mmdb", records)


@pytest.fixture
def asn(tmp_path: Path) -> str:
    records: dict[str, Record] = {
        "192.0.2.0/24": {
            "autonomous_system_number": 64500,
            "autonomous_system_organization": "Example Net",
        },
        "198.51.100.0/25": {"autonomous_system_number": 64501},
    }
    return write(tmp_path / "asn.mmdb", records, ip_version=4)


def test_both_families_and_what_is_nowhere(country: str, asn: str) -> None:
    ips = ["192.0.2.7", "198.51.100.7", "2001:db8::7", "203.0.113.7", "10.0.0.1", ":::", None]
    assert locate(pl.Series(ips), [country, asn]).rows() == [
        ("CH", 64500, "Example Net"),
        ("DE", 64501, None),
        # The database of networks has IPv4 alone.
        ("FR", None, None),
        # What is no country is none, whatever a database says.
        (None, None, None),
        (None, None, None),
        (None, None, None),
        (None, None, None),
    ]


def test_flat_records(tmp_path: Path) -> None:
    record: Record = {"country_code": "JP", "country": "Japan", "asn": "AS64502"}
    record["as_name"] = "Flat Net"
    path = write(tmp_path / "lite.mmdb", {"192.0.2.0/24": record})
    assert locate(pl.Series(["192.0.2.1"]), [path]).row(0) == ("JP", 64502, "Flat Net")


def test_the_first_that_knows_tells(tmp_path: Path, country: str) -> None:
    mine = write(tmp_path / "mine.mmdb", {"192.0.2.0/28": {"country": {"iso_code": "LI"}}})
    found = locate(pl.Series(["192.0.2.7", "192.0.2.77"]), [mine, country])
    assert found["country"].to_list() == ["LI", "CH"]


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^cannot open .*none\.mmdb: No such file or directory$"):
        locate(pl.Series(["192.0.2.7"]), [str(tmp_path / "none.mmdb")])
    text = tmp_path / "text.mmdb"
    text.write_text("no database")
    with pytest.raises(DataError, match=r"text\.mmdb is not a database of addresses: expected"):
        locate(pl.Series(["192.0.2.7"]), [str(text)])


def test_the_environment_names_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVOYLOG_GEO", "a.mmdb:b.mmdb")
    assert databases(Settings()) == ("a.mmdb", "b.mmdb")
    assert databases(Settings(geo=("c.mmdb",))) == ("c.mmdb",)


def test_what_is_missing_and_how_to_get_it(country: str, asn: str) -> None:
    reason = COUNTRIES.unavailable(Settings(geo=(asn,)))
    assert reason is not None
    assert reason.startswith("a database of countries: download a free one, such as GeoLite2")
    assert "--geo FILE" in reason
    assert COUNTRIES.unavailable(Settings(geo=(asn, country))) is None
    assert NETWORKS.unavailable(Settings(geo=(country,))) is not None


def test_columns_of_the_view(tmp_path: Path, country: str) -> None:
    path = tmp_path / "rows.parquet"
    remote = ["192.0.2.7:0", "[2001:db8::1]:0", "10.0.0.1:0", None]
    pl.DataFrame({"downstream_remote_address": remote}).write_parquet(path)
    sql = "select country, asn, as_org from access order by all nulls last"
    with envoylog.open(path, geo=country) as log:
        assert log.sql(sql).pl().rows() == [
            ("CH", None, None),
            ("FR", None, None),
            (None, None, None),
            (None, None, None),
        ]
    with envoylog.open(path) as log:
        assert log.sql(sql).pl().rows() == [(None, None, None)] * 4


@given(data())
def test_networks_at_once_are_as_one_by_one(draws: DataObject) -> None:
    """Networks lie in each other, addresses at their edges, and among them is what is none."""
    octet = sampled_from([0, 1, 127, 128, 255])
    address = tuples(octet, octet, octet, octet).map(lambda four: ".".join(map(str, four)))
    networks = draws.draw(lists(tuples(address, integers(1, 32)), max_size=12))
    odd = sampled_from(["2001:db8::1", "::1", "01.1.1.1", "1.1.1", "999.1.1.1", "", "x", None])
    ips = draws.draw(lists(one_of(address, odd), max_size=30))
    records: dict[str, Record] = {
        f"{first}/{length}": {"asn": number} for number, (first, length) in enumerate(networks)
    }
    with TemporaryDirectory() as folder:
        path = write(Path(folder, "a.mmdb"), records, draws.draw(sampled_from([4, 6])))
        found = locate(pl.Series(ips, dtype=pl.String), [path], ["asn"])
        with maxminddb.open_database(path) as reader:
            assert found["asn"].to_list() == [one_by_one(reader, ip) for ip in ips]


def one_by_one(reader: maxminddb.Reader, ip: str | None) -> object:
    try:
        record = reader.get(ip) if ip is not None else None
    except ValueError:
        return None
    return record.get("asn") if isinstance(record, dict) else None
