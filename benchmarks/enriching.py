"""What enrichment costs, as a share of what parsing cost: `python -m benchmarks.enriching`.

Rows are invented, written as Istio would, and parsed by the command line. Then a query names the
columns of one enrichment; what it takes beyond a query that names none is the cost: the distinct
values, their enrichment, and the join. CPU seconds of all cores, so that a busy machine does not
matter much.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl
from mmdb_writer import MMDBWriter
from netaddr import IPNetwork, IPSet

from benchmarks import traffic
from benchmarks.measure import Cost, middle, run
from benchmarks.shapes import SHAPES

_ROWS: Final = 100_000
_SHAPE: Final = SHAPES["T2"]

#: Enrichment -> the columns that ask for it, and the options that it wants.
ENRICHMENTS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "client, Envoy's decision": (("client_ip", "client_ip_source"), ()),
    "client, one trusted hop": (("client_ip", "client_ip_source"), ("--trusted-hops", "1")),
    "client, trusted CIDRs": (("client_ip",), ("--trusted-cidrs", "10.0.0.0/8")),
    "suspicious chains": (("xff_suspect",), ("--trusted-hops", "1")),
    "country and network": (("country", "asn", "as_org"), ("--trusted-hops", "1", "--geo", "GEO")),
    "names of clusters": (("cluster_service", "cluster_subset", "cluster_namespace"), ()),
    "routes": (("route",), ()),
    "agents": (("agent_class", "agent_name", "os_name"), ()),
    "routes, agents and geo": (
        ("route", "agent_class", "agent_name", "os_name", "country", "asn", "as_org"),
        ("--geo", "GEO"),
    ),
}


def write_log(path: Path, count: int, *, own_chains: bool) -> None:
    """Write a log; `own_chains` gives every row a chain that no other has."""
    with path.open("wb") as log:
        for first in range(0, count, _ROWS):
            rows = traffic.rows(min(_ROWS, count - first), first=first)
            if own_chains:
                number = pl.int_range(first, first + len(rows), eager=True)
                made = [f"11.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255},10.0.0.1" for n in number]
                rows = rows.with_columns(x_forwarded_for=pl.Series(made))
            log.write(("\n".join(_SHAPE.lines(rows.select(_SHAPE.columns))) + "\n").encode())


def write_geo(path: Path) -> None:
    """Write a database of 26,624 networks: every second /16 of the IPv4 internet."""
    writer = MMDBWriter(6, ipv4_compatible=True, int_type="u32")
    for number in range(16 * 256, 224 * 256, 2):
        record = {
            "country": {"iso_code": f"{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}"},
            "autonomous_system_number": 64500 + number,
            "autonomous_system_organization": f"Network {number}",
        }
        network = IPNetwork(f"{number // 256}.{number % 256}.0.0/16")
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))


def measure(data: Path, geo: Path, times: int, said: Path) -> Iterator[tuple[str, Cost]]:
    """Measure a query without enrichment, and one for each."""

    def ask(columns: tuple[str, ...], options: tuple[str, ...]) -> Cost:
        counts = ", ".join(f"count({column})" for column in columns) or "count(*)"
        given = [str(geo) if option == "GEO" else option for option in options]
        sql = f"select {counts} from access"
        command = [sys.executable, "-m", "envoylog", "sql", str(data), sql, *given]
        return middle([run(command, said) for _ in range(times)])

    yield "nothing", ask((), ())
    for name, (columns, options) in ENRICHMENTS.items():
        yield name, ask(columns, options)


def main() -> None:
    """Measure, and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--own-chains", action="store_true", help="every row has its own chain")
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        names = ("a.log", "a.parquet", "geo.mmdb", "said")
        log, data, geo, said = (Path(scratch, name) for name in names)
        write_log(log, options.rows, own_chains=options.own_chains)
        write_geo(geo)
        command = [sys.executable, "-m", "envoylog", "parse", "--format", "istio", str(log)]
        parsing = middle([run([*command, "-o", str(data)], said) for _ in range(options.times)])
        sys.stdout.write(f"{options.rows:,} rows: parsing took {parsing.cpu:.2f} s of CPU\n")
        least = 0.0
        for name, cost in measure(data, geo, options.times, said):
            if cost.failure:
                sys.stdout.write(f"{name:28}{cost.failure}\n")
                continue
            least = least or cost.cpu
            more = cost.cpu - least
            share = f"{more / parsing.cpu:8.1%} of parsing"
            sys.stdout.write(f"{name:28}{more:7.2f} s{share}{cost.wall:7.2f} s wall\n")


if __name__ == "__main__":
    main()
