"""A release through a real Envoy: what is judged, held against what the clients know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

import envoylog
from envoylog.questions.access_log import AccessLog
from envoylog.questions.releases.before_after import before_after
from envoylog.questions.releases.canary import canary
from envoylog.questions.releases.mirror import mirror
from sample_logs import mesh, release
from sample_logs.release import API, V1, V2, Release

pytestmark = pytest.mark.envoy


@dataclass(frozen=True)
class Run:
    truth: Release
    gateway: Path
    target: Path

    def served_by(self, cluster: str) -> list[str]:
        return [str(one.request_id) for one in self.truth.sent if one.expected_cluster == cluster]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("release")
    truth = release.run(directory, requests=1500, seed=8)
    paths = []
    for name in ("release", "release-shadow"):
        paths.append(directory / f"{name}.parquet")
        log = directory / f"{name}.log"
        envoylog.parse(log, format=str(directory / "release.format"), to=paths[-1])
    return Run(truth, *paths)


def test_the_canary_is_worse_where_it_fails(run: Run) -> None:
    with AccessLog(run.gateway) as log:
        found = canary(log, authority=mesh.SHOP, weights={"v1": 70, "v2": 30})
    first, second = run.served_by(V1), run.served_by(V2)
    assert found.facts["requests_by_version"] == {"v1": len(first), "v2": len(second)}
    raw = found.pl().row(by_predicate=pl.col("quantity") == "error rate, raw", named=True)
    unlucky = run.truth.unlucky & set(second)
    assert raw["baseline"] == 0
    assert raw["candidate"] == pytest.approx(len(unlucky) / len(second), rel=1e-3)
    assert found.verdict == "worse"
    checkout = [reason for reason in found.reasons if "of /checkout: worse" in reason]
    assert any(reason.startswith("error rate") for reason in checkout)
    for route in ("/", "/catalog", "/cart"):
        assert not any(f"error rate of {route}:" in reason for reason in found.reasons)
    only = found.pl("only_in_one")
    assert ("error", "500 via_upstream", "v2", len(unlucky)) in only.select(
        "kind", "value", "only_in", "requests"
    ).rows()


def test_the_mirror_answers_the_cart_otherwise(run: Run) -> None:
    with AccessLog([run.gateway, run.target]) as log:
        found = mirror(log)
        alone = mirror(log, where="authority = 'shop.example.com'")
    copied = pl.read_parquet(run.target)["request_id"].to_list()
    shop = {one.request_id: one for one in run.truth.sent if one.authority == mesh.SHOP}
    assert set(copied) <= set(shop)
    assert found.facts == {"pairs": len(copied), "shadows": len(copied)}
    cart = sum(shop[request_id].path == "/cart" for request_id in copied)
    summary = found.pl().row(0, named=True)
    assert summary["other_code"] == cart
    assert found.verdict == "differs"
    codes = found.pl("differences").filter(pl.col("primary_code") != pl.col("shadow_code"))
    assert codes.select("route", "primary_code", "shadow_code", "pairs").rows() == [
        ("/cart", 200, 404, cart)
    ]
    assert alone.verdict == "no mirror"


def test_split_and_mirror_come_from_one_random_number(run: Run) -> None:
    # 20% are mirrored and 70% go to v1: those mirrored are all of them v1's.
    copied = set(pl.read_parquet(run.target)["request_id"])
    assert copied <= set(run.served_by(V1))
    assert not copied & set(run.served_by(V2))


def test_retries_are_counted_as_the_upstream_answered(run: Run) -> None:
    with AccessLog(run.gateway) as log:
        rows = {row["cluster"]: row for row in log.ask("retries").pl().iter_rows(named=True)}
    scripts = Counter(run.truth.attempts[request_id] for request_id in run.served_by(API))
    tries = {(200,): 1, (503, 200): 2, (503, 503, 200): 3, (503,): 3}
    api = rows[API]
    assert api["attempts"] == sum(tries[script] * count for script, count in scripts.items())
    assert api["saved"] == scripts[503, 200] + scripts[503, 503, 200]
    assert api["lost"] == api["out_of_retries"] == scripts[503,]
    assert api["known_from"] == "attempt count"
    assert rows[V1]["amplification"] == 1


def test_without_attempt_counts_only_the_flag_is_known(run: Run, tmp_path: Path) -> None:
    log_format = (run.gateway.parent / "release.format").read_text()
    shorter = log_format.replace(" %UPSTREAM_REQUEST_ATTEMPT_COUNT%", "")
    lines = (run.gateway.parent / "release.log").read_text().splitlines()
    (tmp_path / "log").write_text("".join(f"{line.rpartition(' ')[0]}\n" for line in lines))
    envoylog.parse(tmp_path / "log", format=shorter, to=tmp_path / "log.parquet")
    with AccessLog(tmp_path / "log.parquet") as log:
        rows = {row["cluster"]: row for row in log.ask("retries").pl().iter_rows(named=True)}
    failed = sum(run.truth.attempts[request_id] == (503,) for request_id in run.served_by(API))
    api = rows[API]
    assert (api["known_from"], api["saved"]) == ("flag URX", None)
    assert api["attempts"] == api["requests"] + failed  # two each at least; there were three
    assert api["lost"] == failed


def test_the_deploy_slows_one_route_down(run: Run) -> None:
    with AccessLog(run.gateway) as log:
        found = before_after(log, run.truth.deploy, authority=mesh.API)
    assert found.verdict == "worse"
    (orders,) = [reason for reason in found.reasons if "latency of /v1/orders" in reason]
    assert "worse" in orders
    of_orders = found.pl("routes").filter(route="/v1/orders", quantity="p50 latency")
    # A busy machine adds its own, so not the interval but half and twice the delay.
    assert of_orders["low"][0] > 0
    assert 0.5 < of_orders["difference"][0] / (1000 * release.DEPLOY_DELAY) < 2
