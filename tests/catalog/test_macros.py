"""SQL written from tables says what the tables say."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envoylog.catalog.catalog import Catalog
from envoylog.enrich.addresses import read_address
from envoylog.enrich.clients import decide
from envoylog.enrich.clusters import SHAPES, SNI, cluster_parts, sni_parts

# A catalog takes a while: few, but long.
FEW = settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PIECES = ["outbound", "inbound", "-vip", "|", "_.", ".", "80", "http", "v1", "/", ";", "a", "svc"]
names = st.none() | st.one_of(
    st.sampled_from([shape.example for shape in (*SHAPES, SNI)]),
    st.lists(st.sampled_from([*PIECES, "route", "rule", "=", "\n"]), max_size=12).map("".join),
    st.text(max_size=12),
)


def _view(folder: Path, **columns: list[str | None]) -> Catalog:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    frame.with_row_index("connection_id").write_parquet(folder / "rows.parquet")
    return Catalog(folder / "rows.parquet")


@FEW
@given(st.lists(names, min_size=1, max_size=20))
def test_names_of_clusters(tmp_path: Path, texts: list[str | None]) -> None:
    with _view(tmp_path, upstream_cluster=texts, requested_server_name=texts) as catalog:
        expected = pl.DataFrame({"name": texts}, schema={"name": pl.String}).select(
            cluster_parts(pl.col("name")).struct.unnest(),
            sni_parts(pl.col("name")).struct.unnest(),
        )
        columns = ", ".join(expected.columns)
        sql = f"select {columns} from access order by connection_id"  # noqa: S608 - our own names
        assert catalog.frame(sql).rows() == expected.rows()


addresses = st.ip_addresses().map(str) | st.sampled_from(["::ffff:192.0.2.7", "fe80::1%4"])
logged = st.none() | st.one_of(
    st.builds(
        lambda ip, port: f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}",
        addresses,
        st.sampled_from([0, 80, 40000]),
    ),
    st.sampled_from(["/run/client.sock", "envoy://internal_client_address/"]),
)


@FEW
@given(
    st.lists(
        st.tuples(
            logged,
            st.none() | addresses,
            logged,
            st.none() | st.lists(addresses | st.text(max_size=5), max_size=3).map(",".join),
            addresses,
        ),
        min_size=20,
        max_size=40,
    )
)
def test_what_envoy_decided(tmp_path: Path, rows: list[tuple[str | None, ...]]) -> None:
    """In SQL as in polars, for what Envoy itself writes: its peer at the end of the chain."""
    columns = {
        "downstream_remote_address": [row[0] for row in rows],
        "downstream_remote_address_without_port": [row[1] for row in rows],
        "downstream_direct_remote_address": [row[2] for row in rows],
        "x_forwarded_for": [f"{row[3]},{row[4]}" if row[3] else row[4] for row in rows],
    }
    expected = decide(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
    with _view(tmp_path, **columns) as catalog:
        sql = """
            select x_forwarded_for, client_ip, client_ip_source, peer_ip
            from access order by connection_id
        """
        found = catalog.frame(sql)
    assert [(*row[:1], _one(row[1]), *row[2:3], _one(row[3])) for row in found.rows()] == (
        expected.rows()
    )


def _one(text: str | None) -> str | None:
    # Python writes IPv6 that stands for IPv4 in hexadecimal; Envoy does not.
    return None if text is None else read_address(text)
