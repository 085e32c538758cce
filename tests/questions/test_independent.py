"""Percentiles, error rates and client addresses, against an independent computation in pandas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

import envoylog
from tests.questions.made import START

ROWS = 6_000
SEEDS = (1, 2)


@dataclass(frozen=True)
class Held:
    """What of an answer is computed again, and how.

    Attributes
    ----------
    keys : sequence of str
        Columns that tell the rows of the answer apart.
    without : str
        Kinds of request that the question leaves out, by their first letters.
    percentiles : mapping
        Columns of the answer -> column of the log, and share.
    counts : mapping
        Columns of the answer -> a filter of pandas, or "" for all.
    rates : mapping
        Columns of the answer -> filters of pandas: what is counted, of what.
    sums : mapping
        Columns of the answer -> column of the log.
    shares : mapping
        Columns of the answer -> column of the log whose sum a share is of, or "" for requests;
        `rows` leaves nothing out of the whole.
    distinct : mapping
        Columns of the answer -> column of the log.
    parameters : mapping
        How the question is asked.
    rows : str
        A filter of pandas: the requests that the question is about.
    """

    keys: Sequence[str]
    without: str = "psm"
    percentiles: dict[str, tuple[str, float]] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)
    rates: dict[str, tuple[str, str]] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    shares: dict[str, str] = field(default_factory=dict)
    distinct: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, object] = field(default_factory=dict)
    rows: str = ""


ERROR = "response_code >= 500"
TIMED = "duration.notna()"


def of(column: str, **shares: float) -> dict[str, tuple[str, float]]:
    return {name: (column, share) for name, share in shares.items()}


OF_PLACES: dict[str, Any] = {
    "without": "m",
    "counts": {"requests": "", "errors": ERROR},
    "rates": {"error_rate": (ERROR, "response_code.notna()")},
    "sums": {"bytes_sent": "bytes_sent"},
    "shares": {"share": ""},
    "distinct": {"clients": "client_ip"},
}
P4 = of("duration", p50=0.5, p90=0.9, p99=0.99)
HELD = {
    "latency-by-authority": Held(
        ["authority"],
        percentiles=P4 | of("duration", p95=0.95, p999=0.999),
        counts={"n": TIMED},
        rows=TIMED,
    ),
    "latency": Held(
        ["authority", "time"],
        percentiles=P4 | of("duration", p95=0.95),
        counts={"n": TIMED},
        parameters={"top": 99},
    ),
    "latency-over-time": Held(["time"], percentiles=P4, counts={"n": TIMED}),
    "latency-by-upstream-cluster": Held(
        ["upstream_cluster"],
        "",
        P4 | {f"ust_{name}": ("upstream_service_time", share) for name, (_, share) in P4.items()},
        {"n": TIMED, "n_ust": "upstream_service_time.notna()"},
        rows="upstream_cluster.notna()",
    ),
    "profile": Held(
        ["method", "authority", "route"],
        percentiles=P4,
        counts={
            "count": "",
            "2xx": "response_code // 100 == 2",
            "5xx": ERROR,
            "none": "response_code == 0",
        },
        sums={"sum": "duration"},
    ),
    "slow-routes": Held(
        ["method", "authority", "route"],
        percentiles=of("duration", p95=0.95, p99=0.99),
        counts={"n": TIMED},
        parameters={"least": 1},
        rows=TIMED,
    ),
    "pods": Held(
        ["pod"],
        percentiles=of("duration", p50=0.5, p99=0.99),
        counts={"requests": "", "n": TIMED},
        rates={"error_rate": (ERROR, "")},
        rows="pod.notna()",
    ),
    "error-rate": Held(
        ["time"],
        "pm",
        counts={"requests": "", "errors": ERROR, "code_0": "response_code == 0"},
        rates={"error_rate": (ERROR, "")},
    ),
    "errors-by-authority": Held(
        ["authority"],
        "",
        counts={"requests": "", "4xx": "response_code // 100 == 4", "5xx": ERROR},
        rates={"error_rate": (ERROR, "")},
    ),
    "broken-urls": Held(
        ["code", "authority", "route", "flags"],
        "pm",
        counts={"requests": ""},
        rows="response_code >= 400",
    ),
    "clients": Held(
        ["client_ip"],
        "m",
        counts={"requests": "", "errors": ERROR},
        rates={"error_rate": (ERROR, "response_code.notna()")},
        sums={"time": "duration", "bytes_sent": "bytes_sent"},
    ),
    "authorities": Held(["authority"], "pm", counts={"requests": ""}, sums={"time": "duration"}),
    "top-routes": Held(["method", "authority", "route"], "pm", counts={"requests": ""}),
    "services": Held(["service"], "pm", counts={"requests": ""}),
    "countries": Held(["country"], **OF_PLACES),
    "networks": Held(["asn", "as_org"], **OF_PLACES),
    "crawlers": Held(
        ["agent_class", "agent_name"],
        counts={"requests": ""},
        rates={"error_share": ("response_code >= 400", "")},
        sums={"bytes_sent": "bytes_sent", "time": "duration"},
        shares={"share": "", "bytes_share": "bytes_sent", "time_share": "duration"},
        distinct={"routes": "route", "clients": "client_ip"},
        rows="agent_class in ('crawler', 'llm_crawler')",
    ),
}

#: What the database says: networks, and the country, the number and the name of each.
PLACES = {
    "192.0.2.0/29": ("XA", 64496, "Documents"),
    "2001:db8::/32": ("XB", 64497, "Six"),
    "10.0.0.8/29": ("XA", 64498, "Inside"),
}
AGENTS = {
    "Mozilla/5.0 (X11)": ("unknown", None),
    "kube-probe/1.29": ("probe", "kube-probe"),
    "GPTBot/1.2": ("llm_crawler", "GPTBot"),
    "Mozilla/5.0 (compatible; bingbot/2.0)": ("crawler", "Bingbot"),
    "AhrefsBot/7.0": ("crawler", "AhrefsBot"),
}


def draw(seed: int) -> pd.DataFrame:
    """Draw a log with holes, streams, probes and mirrored requests."""
    rng = np.random.default_rng(seed)

    def choose(values: Sequence[object], *weights: float) -> list[object]:
        shares = np.array(weights or [1] * len(values), dtype=float)
        return [values[n] for n in rng.choice(len(values), ROWS, p=shares / shares.sum())]

    def holes(values: np.ndarray, share: float) -> list[int | None]:
        return [None if rng.random() < share else int(value) for value in values]

    codes = choose([200, 301, 404, 500, 503, 0, 101], 70, 5, 8, 4, 5, 3, 5)
    addresses = [
        "192.0.2.7:40000", "192.0.2.8:1", "255.255.255.255:65535", "[2001:db8::1]:555",
        "[::ffff:192.0.2.7]:80", "[fe80::1%4]:80", "/run/envoy.sock", None,
    ]  # fmt: skip
    took = rng.lognormal(4, 1, ROWS).astype(int)
    frame = pl.DataFrame(
        {
            "start_time": [START + timedelta(seconds=float(s)) for s in rng.uniform(0, 600, ROWS)],
            "method": choose(["GET", "POST"]),
            "path": choose(["/a", "/b?x=1", "/users/17", "/users/4711?y"]),
            "protocol": "HTTP/2",
            "authority": choose(["shop", "shop:8443", "rare", "shop-shadow"], 60, 25, 1, 4),
            "response_code": pl.Series(codes, dtype=pl.Int16),
            "response_flags": choose([None, "UF", "UF,URX"], 8, 1, 1),
            "duration": holes(took, 0.05),
            "upstream_service_time": holes(took // 2, 0.3),
            "bytes_received": holes(rng.integers(0, 5000, ROWS), 0.3),
            "bytes_sent": rng.integers(0, 5000, ROWS),
            "user_agent": choose([*AGENTS, None], 8, 1, 0.5, 0.5, 0.3, 1),
            "downstream_remote_address": choose(addresses),
            "x_forwarded_for": choose(["198.51.100.1,10.0.0.1", "198.51.100.2, 10.0.0.9", None]),
            "upstream_cluster": choose(
                ["outbound|80|v1|a.shop.svc", "outbound|80|v2|a.shop.svc", "plain", None]
            ),
            "upstream_host": "10.0.0.1:80",
            "pod": choose(["gw-0", "gw-1", None]),
        },
        strict=False,
    )  # fmt: skip
    return frame.to_pandas()


@pytest.fixture(scope="module", params=SEEDS)
def log(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[pd.DataFrame, envoylog.AccessLog]]:
    drawn = draw(request.param)
    folder = tmp_path_factory.mktemp("independent")
    pl.from_pandas(drawn).write_parquet(folder / "log.parquet")
    with envoylog.open(folder / "log.parquet", geo=database(folder)) as opened:
        yield known(drawn), opened


def database(folder: Path) -> str:
    writer = MMDBWriter(6, ipv4_compatible=True, int_type="u32")
    for network, (country, number, name) in PLACES.items():
        record: dict[Any, Any] = {"country_code": country, "asn": number, "as_name": name}
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(folder / "places.mmdb"))
    return str(folder / "places.mmdb")


def known(log: pd.DataFrame) -> pd.DataFrame:
    """Add, row by row in Python, what the keys of answers need."""
    log = log.assign(
        time=log["start_time"].dt.floor("1min"),
        route=log["path"].str.split("?").str[0].str.replace(r"\d+", "{id}", regex=True),
        # A line without the address of its peer has it at the end of the chain.
        client_ip=log["downstream_remote_address"]
        .fillna(log["x_forwarded_for"].str.split(",").str[-1].str.strip() + ":0")
        .map(address),
        service=log["upstream_cluster"].map(
            lambda name: name.split("|")[3] if isinstance(name, str) and "|" in name else name
        ),
        code=log["response_code"],
        flags=log["response_flags"].fillna("-"),
        p=log["user_agent"].str.startswith("kube-probe", na=False),
        s=log["response_code"] == 101,
        m=log["authority"].str.endswith("-shadow"),
        agent_class=log["user_agent"].map(lambda agent: AGENTS.get(agent, ("none", None))[0]),
        agent_name=log["user_agent"].map(lambda agent: AGENTS.get(agent, ("none", None))[1]),
        bytes=log["bytes_received"].fillna(0) + log["bytes_sent"],
    )
    places = log["client_ip"].map(place)
    return log.assign(
        country=places.str[0], asn=places.str[1].astype("Int64"), as_org=places.str[2]
    )


def place(ip: object) -> tuple[str | None, int | None, str | None]:
    known = PLACES.items() if isinstance(ip, str) else ()
    found = (at for network, at in known if ip_address(str(ip)) in ip_network(network))
    return next(found, (None, None, None))


def address(logged: object) -> str | None:
    host = str(logged).rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def percentile(values: pd.Series, share: float) -> float | None:
    present = values.dropna()
    if max(share, 1 - share) ** len(present) > 0.05:
        return None
    return float(np.quantile(present, share, method="inverted_cdf"))


def expected(held: Held, log: pd.DataFrame) -> pd.DataFrame:
    kept = log
    for kind in held.without:
        kept = kept[~kept[kind]]
    whole = kept
    kept = kept.query(held.rows) if held.rows else kept

    def one(group: pd.DataFrame) -> dict[str, object]:
        def count(which: str) -> int:
            return len(group.query(which) if which else group)

        return {
            **{
                name: percentile(group[column], share)
                for name, (column, share) in held.percentiles.items()
            },
            **{name: count(which) for name, which in held.counts.items()},
            **{name: count(part) / count(of_) for name, (part, of_) in held.rates.items()},
            **{name: group[column].sum() for name, column in held.sums.items()},
            **{
                name: group[column].sum() / whole[column].sum()
                if column
                else len(group) / len(whole)
                for name, column in held.shares.items()
            },
            **{name: group[column].nunique() for name, column in held.distinct.items()},
        }

    groups = kept.groupby(list(held.keys), dropna=False)
    rows = [dict(zip(held.keys, key, strict=True)) | one(group) for key, group in groups]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("question", HELD)
def test_answers(log: tuple[pd.DataFrame, envoylog.AccessLog], question: str) -> None:
    rows, opened = log
    held = HELD[question]
    answer = opened.ask(question, bucket="1m", limit=0, parameters=held.parameters).pl()
    other = expected(held, rows)
    kinds = (held.percentiles, held.counts, held.rates, held.sums, held.shares, held.distinct)
    columns = [*held.keys, *(name for kind in kinds for name in kind)]
    found = answer.select(columns).to_pandas().sort_values(list(held.keys))
    other = other[columns].sort_values(list(held.keys))
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True).astype(object).fillna(-1),
        other.reset_index(drop=True).astype(object).fillna(-1),
        check_dtype=False,
        check_exact=False,
    )


def test_large_bodies(log: tuple[pd.DataFrame, envoylog.AccessLog]) -> None:
    rows, opened = log
    answer = opened.ask("large-bodies", limit=0, parameters={"larger_than": 7000}).pl()
    assert len(answer) >= 10
    asked = rows[~rows["p"] & ~rows["m"]]
    groups = dict(list(asked.groupby(["method", "authority", "route"])))
    for row in answer.to_dicts():
        group = groups.pop((row["method"], row["authority"], row["route"]))
        large = group[group["bytes"] >= 7000]
        assert row["requests"] == len(group)
        assert row["large"] == len(large)
        assert row["large_bytes"] == large["bytes"].sum()
        assert row["bytes_share"] == pytest.approx(large["bytes"].sum() / group["bytes"].sum())
        assert row["largest"] == group["bytes"].max()
        assert row["p95"] == percentile(group["duration"], 0.95)
        others = group[group["bytes"] < 7000]
        assert row["p95_others"] == percentile(others["duration"], 0.95)
        moved = large.groupby("client_ip", dropna=False)["bytes"].sum()
        assert row["top_share"] == pytest.approx(moved.max() / large["bytes"].sum())
        clients = {ip if isinstance(ip, str) else None for ip in moved.index[moved == moved.max()]}
        assert row["top_client"] in clients
    assert all(group["bytes"].max() < 7000 for group in groups.values())


def test_client_addresses_behind_a_trusted_hop(
    log: tuple[pd.DataFrame, envoylog.AccessLog],
) -> None:
    rows, opened = log
    with envoylog.open(opened.paths, trusted_hops=1) as trusting:
        answer = trusting.ask("clients", limit=0, include=["mirror"]).pl()
    last = rows["x_forwarded_for"].str.split(",").str[-2].str.strip()
    clients = last.fillna(rows["client_ip"]).fillna("nobody")
    found = dict(answer.select(pl.col("client_ip").fill_null("nobody"), "requests").iter_rows())
    assert found == clients.value_counts().to_dict()
