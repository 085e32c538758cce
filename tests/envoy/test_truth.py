"""Every question of common traffic, held to what the clients of a real Envoy know of it.

What only the log can say, such as how long Envoy took, is held between what clients saw: nothing
took longer than its client waited.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

import envoylog
from envoylog.questions.library import questions
from sample_logs.mesh import API, LEGACY_CLUSTER, SEARCH_CLUSTER, SHOP
from sample_logs.traffic import Sent
from tests.envoy.conftest import Run
from tests.questions.made import at

pytestmark = pytest.mark.envoy

#: How many clients the generator has: more requests than that never run at once.
CLIENTS = 16
PROBING = (".env", "wp-login", "cgi-bin", "%27%20OR%201=1")


@pytest.fixture(scope="module")
def log(run: Run, tmp_path_factory: pytest.TempPathFactory) -> envoylog.AccessLog:
    """Open the log; half of its lines come from one pod and half from another."""
    path = tmp_path_factory.mktemp("truth") / "real.parquet"
    rows = run.rows["istio.log"].with_row_index("row")
    pods = pl.concat_str(pl.lit("gateway-"), pl.col("row") % 2)
    rows.with_columns(pod=pods).drop("row").write_parquet(path)
    return envoylog.open(path)


@pytest.fixture(scope="module")
def sent(run: Run) -> list[Sent]:
    """Give what people and programs sent; most answers leave probes out."""
    return [one for one in run.sent if one.kind != "probe"]


def authority(one: Sent) -> str | None:
    """As logged: of what Envoy refuses it logs no header."""
    return None if one.kind == "malformed" else one.authority


def method(one: Sent) -> str | None:
    return None if one.kind == "malformed" else one.method


def agent(one: Sent) -> str:
    known = isinstance(one.user_agent, str) and one.kind != "malformed"
    return str(one.user_agent) if known else ""


def took(one: Sent) -> float:
    return (one.finished - one.started) / timedelta(milliseconds=1)


def totals(frame: pl.DataFrame, keys: str | list[str], n: str = "requests") -> dict[object, int]:
    """Sum a column by others."""
    grouped = frame.group_by(keys).agg(pl.col(n).sum())
    names = [keys] if isinstance(keys, str) else keys
    values = (row[:-1] if len(names) > 1 else row[0] for row in grouped.select(*names, n).rows())
    return dict(zip(values, grouped[n], strict=True))


def counted(sent: Iterable[Sent], key: Callable[[Sent], object]) -> dict[object, int]:
    return dict(Counter(map(key, sent)))


def is_5xx(one: Sent) -> bool:
    return one.status >= 500


def test_authorities_and_protocols(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    assert totals(log.ask("authorities", limit=0).pl(), "authority") == counted(sent, authority)
    protocols = totals(log.ask("protocols").pl(), "protocol")
    old = sum(one.protocol == "HTTP/1.0" for one in sent)
    assert protocols.get("HTTP/1.0", 0) == old
    assert sum(protocols.values()) == len(sent)


def test_services(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    def service(one: Sent) -> str | None:
        return one.expected_cluster and one.expected_cluster.split("|")[3]

    found = totals(log.ask("services", limit=0).pl(), "service")
    stopped = sum(one.kind == "rate-limited" for one in sent)
    expected = Counter(map(service, sent))
    # The rate limit stops requests of a route, whose cluster Envoy logs all the same.
    assert found == expected, stopped


def test_probes(log: envoylog.AccessLog, run: Run) -> None:
    answer = log.ask("probes", limit=0).pl()
    n = sum(one.kind == "probe" for one in run.sent)
    columns = ("source", "authority", "route", "requests", "share", "failed")
    assert answer.select(columns).rows() == [
        ("kube-probe", SHOP, "/healthz", n, n / len(run.sent), 0)
    ]


def test_errors(log: envoylog.AccessLog, run: Run, sent: list[Sent]) -> None:
    by = log.ask("errors-by-authority", limit=0).pl()
    assert totals(by, "authority", "5xx") == {
        name: sum(is_5xx(one) for one in run.sent if authority(one) == name)
        for name in {authority(one) for one in run.sent}
    }
    assert by["code_0"].sum() == sum(one.status == 0 for one in run.sent)
    for question in ("error-rate", "status-over-time"):
        line = log.ask(question, bucket="1s", limit=0).pl()
        for kind in (4, 5):
            expected = sum(one.status // 100 == kind for one in sent)
            assert line[f"{kind}xx"].sum() == expected, question
        assert line["requests"].sum() == len(sent)


def test_errors_in_common(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    rows = log.ask("errors-in-common", limit=0).pl()
    found = rows.filter(column="authority", value=API).select("requests", "errors").row(0)
    ours = [one for one in sent if authority(one) == API]
    assert found == (len(ours), sum(map(is_5xx, ours)))


def test_traffic_and_peaks(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    traffic = dict(log.ask("traffic").pl().select("measure", "this").rows())
    assert traffic["requests"] == len(sent)
    assert traffic["errors"] == sum(map(is_5xx, sent))
    # Envoy does not count what it did not read, nor do clients what they did not wait for.
    assert 0 < traffic["bytes received"] <= sum(one.request_body_bytes for one in sent)
    assert traffic["bytes sent"] >= sum(one.response_body_bytes for one in sent)
    second, requests = log.ask("peaks", bucket="1h").pl().select("second", "requests").row(0)

    def within(slack: float) -> int:
        edge = timedelta(seconds=slack)
        return sum(
            second - edge <= one.started < second + timedelta(seconds=1) + edge for one in sent
        )

    assert within(-0.2) <= requests <= within(0.2)


def test_routes(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    by = ["method", "authority"]
    expected = counted(sent, lambda one: (method(one), authority(one)))
    assert totals(log.ask("top-routes", limit=0).pl(), by) == expected
    profile = log.ask("profile", limit=0).pl()
    assert totals(profile, by, "count") == expected
    assert profile["5xx"].sum() == sum(map(is_5xx, sent))
    assert 0 < profile["sum"].sum() <= sum(map(took, sent)) + len(sent)
    slow = log.ask("slow-routes", limit=0, parameters={"least": 1}).pl()
    assert totals(slow, by, "n") == expected
    assert slow["max"].max() <= max(map(took, sent)) + 1  # type: ignore[operator]
    sides = {"before": f"authority = '{SHOP}'", "after": f"authority = '{API}'"}
    diff = log.ask("profile-diff", limit=0, parameters=sides).pl()
    names = counted(sent, authority)
    assert (diff["n_before"].sum(), diff["n_after"].sum()) == (names[SHOP], names[API])


def test_routes_that_nobody_calls(
    log: envoylog.AccessLog, sent: list[Sent], tmp_path: Path
) -> None:
    (tmp_path / "routes.txt").write_text("/v1/login\n/never/called\n")
    with envoylog.open(log.paths, routes=tmp_path / "routes.txt") as declared:
        rows = declared.ask("unused-routes", limit=0, parameters={"quiet_for": "1s"}).pl()
    found = {row["route"]: row for row in rows.iter_rows(named=True)}
    assert found["/never/called"]["requests"] == 0
    newest = max(one.started for one in sent)
    for row in (row for row in found.values() if row["requests"]):
        assert newest - row["last"] >= timedelta(seconds=0.8)


def test_large_bodies(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    answer = log.ask(
        "large-bodies",
        limit=0,
        where="method = 'GET' and not client_gone",
        parameters={"larger_than": 20_000},
    ).pl()
    gets = [one for one in sent if method(one) == "GET" and "DC" not in one.expected_flags]
    assert answer["large"].sum() == sum(one.response_body_bytes >= 20_000 for one in gets)
    assert answer["largest"].max() == max(one.response_body_bytes for one in gets)


def test_latency(log: envoylog.AccessLog, run: Run, sent: list[Sent]) -> None:
    by = log.ask("latency-by-authority", limit=0).pl()
    assert totals(by, "authority", "n") == counted(sent, authority)
    for name, most in by.select("authority", "max").iter_rows():
        assert most <= max(took(one) for one in sent if authority(one) == name) + 1
    line = log.ask("latency", limit=0, parameters={"top": 100}).pl()
    assert totals(line, "authority", "n") == counted(sent, authority)
    assert log.ask("latency-over-time", limit=0).pl()["n"].sum() == len(sent)
    assert log.ask("latency-heatmap", limit=0).pl()["requests"].sum() == len(sent)
    clusters = log.ask("latency-by-upstream-cluster", limit=0).pl()
    expected = counted(run.sent, lambda one: one.expected_cluster)
    expected.pop(None)
    assert totals(clusters, "upstream_cluster", "n") == expected


def test_slow_ones(log: envoylog.AccessLog, run: Run, sent: list[Sent]) -> None:
    known = {one.request_id: one for one in sent}
    rows = log.ask("slow-requests", limit=50).pl()
    assert rows.height == 50
    for duration, code, name in rows.select("duration", "code", "request_id").iter_rows():
        assert code == known[name].status
        assert duration <= took(known[name]) + 1 or known[name].kind == "disconnect"
    # The route of these has a timeout of 150 ms.
    timed_out = sum(one.kind == "timeout" for one in sent)
    callers = log.ask("slow-callers", limit=0, parameters={"slower_than": 145}).pl()
    waited = sum(took(one) >= 145 or one.kind == "disconnect" for one in sent)
    assert timed_out <= callers["slow"].sum() <= waited
    ((timeout, requests, code, flags),) = (
        log.ask("timeouts").pl().select("timeout", "requests", "code", "flags").rows()
    )
    assert (timeout, code, flags) == (150, 504, "UT")
    assert requests <= timed_out


def test_concurrency(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    answer = log.ask("concurrency", limit=0).pl()
    assert answer["requests"].sum() == len(sent)
    # Times are whole milliseconds: one request may seem to begin before the last has ended.
    assert 1 < answer["max"].max() <= CLIENTS + 4  # type: ignore[operator]


def test_upstreams(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    without_host = {"rate-limited", "no-healthy-upstream"}
    reached = [one for one in sent if one.expected_cluster and one.kind not in without_host]
    balance = log.ask("load-balance", limit=0).pl()
    assert totals(balance, "upstream_cluster") == counted(reached, lambda one: one.expected_cluster)
    assert {*balance["share"]} == {*balance["load"]} == {1.0}
    hosts = log.ask("upstream-hosts", limit=0).pl()
    answered = {*balance["upstream_cluster"]} - {LEGACY_CLUSTER, SEARCH_CLUSTER}
    assert {*hosts["upstream_cluster"]} == answered
    assert {*hosts["verdict"]} == {"no siblings"}
    pods = log.ask("pods").pl()
    assert {*pods["pod"]} == {"gateway-0", "gateway-1"}
    assert pods["requests"].sum() == len(sent)
    assert pods["n"].sum() == len(sent)


def test_retry_storms(log: envoylog.AccessLog, run: Run) -> None:
    options = {"amplification": 1.0, "least": 1}
    storms = log.ask("retry-storms", limit=0, bucket="1h", parameters=options).pl()
    refused = [one for one in run.sent if one.expected_cluster == LEGACY_CLUSTER]
    row = storms.filter(cluster=LEGACY_CLUSTER).row(0, named=True)
    assert row["requests"] == len(refused)
    assert row["retried"] == sum("URX" in one.expected_flags for one in refused)
    assert row["saved_share"] == 0


def test_agents(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    answer = log.ask("agents", limit=0, include=["probe"]).pl()
    names = dict(answer.filter(dimension="agent").select("value", "requests").rows())
    for name, mark in (("Chrome", " Chrome/"), ("Firefox", " Firefox/")):
        assert names[name] == sum(mark in agent(one) for one in sent)
    crawlers = totals(log.ask("crawlers").pl(), "agent_name")
    for name, mark in (("Googlebot", "Googlebot/"), ("Bingbot", "bingbot/")):
        assert crawlers[name] == sum(mark in agent(one) for one in sent)


def test_sessions(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    """All within half an hour: each visitor has one session."""
    where = "user_agent like '%Firefox/%' and x_forwarded_for ~ '^[0-9.]+,127[.]' and not is_static"
    pages = [
        one
        for one in sent
        if " Firefox/" in agent(one)
        and one.client_address.startswith("127.")
        and one.x_forwarded_for
        and not set(one.x_forwarded_for) - set("0123456789.")
        and not one.path.split("?")[0].endswith(STATIC)
    ]
    sessions = log.ask("sessions", limit=0, where=where).pl()
    assert sessions["sessions"].sum() == len({one.x_forwarded_for for one in pages})
    failed = log.ask("before-errors", limit=0, where=where).pl()
    assert failed["sessions"].sum() == len({one.x_forwarded_for for one in pages if is_5xx(one)})


STATIC = (".css", ".js", ".png", ".webp", ".woff2", ".ico", ".mp4")


@pytest.mark.parametrize(
    ("chain", "suspect"),
    [
        (r"10\.[0-9.]+,  192\.0\.2\.7 , [0-9.]+", "private before public"),
        (r"(203|198)[0-9.]+, (203|198)[0-9.]+", "more hops than trusted"),
    ],
)
def test_forged_chains(log: envoylog.AccessLog, run: Run, chain: str, suspect: str) -> None:
    forged = log.ask("forged-xff", limit=0, where=f"x_forwarded_for ~ '^{chain},127[.]'").pl()
    assert totals(forged, "xff_suspect") == {
        suspect: sum(
            re.fullmatch(chain, one.x_forwarded_for or "") is not None
            # Who names one address twice stands before nobody.
            and len({*str(one.x_forwarded_for).split(", ")}) > 1
            and one.client_address.startswith("127.")
            and one.kind != "malformed"
            for one in run.sent
        )
    }


def test_addresses(log: envoylog.AccessLog, run: Run) -> None:
    answer = log.ask("client-addresses").pl()
    assert answer["requests"].sum() == len(run.sent)
    # Who sends no chain is known by the address of the connection alone.
    alone = sum(one.x_forwarded_for is None or one.kind == "malformed" for one in run.sent)
    assert totals(answer, "client_ip_source")["peer"] >= alone


def test_countries_and_networks(
    log: envoylog.AccessLog, run: Run, sent: list[Sent], tmp_path: Path
) -> None:
    geo = {"203.0.113.0/24": ("AU", 64501), "198.51.100.0/24": ("US", 64502)}
    writer = MMDBWriter(6, ipv4_compatible=True, int_type="u32")
    for network, (country, number) in geo.items():
        record = {"country": {"iso_code": country}, "autonomous_system_number": number}
        writer.insert_network(IPSet([network]), record | {"autonomous_system_organization": "Net"})
    writer.to_db_file(str(tmp_path / "geo.mmdb"))
    expected: Counter[str] = Counter()
    for one in run.sent:
        last = (one.x_forwarded_for or "").rpartition(",")[2].strip()
        for network, (country, _number) in geo.items():
            if one.kind != "malformed" and last.rpartition(".")[0] == network[:-5]:
                expected[country] += ":" not in last
    with envoylog.open(log.paths, geo=tmp_path / "geo.mmdb") as located:
        countries = totals(located.ask("countries").pl(), "country")
        networks = totals(located.ask("networks").pl(), "asn")
    assert {name: countries[name] for name in expected} == expected
    assert {name: networks[number] for name, number in geo.values()} == expected


def test_scanners(log: envoylog.AccessLog, sent: list[Sent]) -> None:
    answer = log.ask("scanners", limit=0).pl()
    probing = [one for one in sent if any(mark in one.path for mark in PROBING) and method(one)]
    assert answer["probing"].sum() == len(probing)
    assert answer["let_in"].sum() == sum(200 <= one.status < 300 for one in probing)


def test_the_log_itself(log: envoylog.AccessLog, run: Run) -> None:
    assert {*log.ask("coverage", limit=0).pl()["question"]} == questions().keys()
    filled = dict(log.ask("filled", limit=0).pl().select("column", "filled").rows())
    assert filled["response_code"] == len(run.sent)
    assert filled["request_id"] == sum(one.kind != "malformed" for one in run.sent)
    assert log.ask("gaps").pl().is_empty()


def test_values_that_forge_fields(log: envoylog.AccessLog, run: Run) -> None:
    forging = [one for one in run.sent if '" "' in agent(one)]
    answer = log.ask("ambiguous", limit=0).pl()
    assert answer["lines"].sum() == len(forging)
    assert {*answer["user_agent"]} == {one.user_agent for one in forging}


def test_what_is_unlike_earlier_days(run: Run, sent: list[Sent], tmp_path: Path) -> None:
    """Three weeks of days like this one, and on the last the API is asked four times as much."""
    rows = run.rows["istio.log"]
    tuesday = pl.col("start_time") - pl.col("start_time").min() + at(600)
    rows = rows.with_columns(start_time=tuesday)
    # Twice a day: an hour is judged once it is over.
    days = [
        rows.with_columns(pl.col("start_time") - timedelta(days=day, hours=hour))
        for day in range(22)
        for hour in (0, -2)
    ]
    more = [rows.filter(authority=API)] * 3
    pl.concat([*days, *more]).write_parquet(tmp_path / "weeks.parquet")
    with envoylog.open(tmp_path / "weeks.parquet") as log:
        answer = log.ask("anomalies", limit=0).pl().filter(part="authority", measure="requests")
    usual = sum(authority(one) == API for one in sent)
    columns = ("name", "expected", "measured")
    assert answer.select(columns).rows() == [(API, usual, 4 * usual)]
