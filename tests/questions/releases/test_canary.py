from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from envoylog.errors import QueryError, UnknownNameError
from envoylog.questions.releases.canary import canary
from envoylog.questions.releases.comparison import Limits
from tests.questions.releases.lines import START, canary_traffic, cluster, log_of


def counted(counts: dict[tuple[str, str, int], int]) -> pl.DataFrame:
    """So many requests of each version, path and code, evenly spread over forty minutes."""
    rows = [
        {
            "start_time": START + timedelta(seconds=2400 * (number + 0.5) / count),
            "upstream_cluster": cluster(version),
            "path": path,
            "response_code": code,
        }
        for (version, path, code), count in counts.items()
        for number in range(count)
    ]
    return pl.DataFrame(rows)


def test_nothing_differs_but_by_chance(tmp_path: Path) -> None:
    limits = Limits(errors=0.03, latency=0.3)
    found = canary(log_of(tmp_path, canary_traffic()), weights={"v1": 80, "v2": 20}, limits=limits)
    assert found.verdict == "no difference"
    split = found.pl("split")
    assert split["requests"].sum() == 6000
    assert split["weight"].to_list() == [0.8, 0.2]
    assert split["p_value"][0] > 0.01


def test_errors_of_the_candidate_are_found(tmp_path: Path) -> None:
    found = canary(log_of(tmp_path, canary_traffic(errors=(0.01, 0.06))))
    assert found.verdict == "worse"
    adjusted = found.pl().row(by_predicate=pl.col("quantity") == "error rate, same mix", named=True)
    assert adjusted["verdict"] == "worse"
    assert adjusted["low"] < 0.05 < adjusted["high"]


def test_a_slow_candidate_is_found_and_a_quick_one_too(tmp_path: Path) -> None:
    limits = Limits(errors=0.05)
    slow = canary(log_of(tmp_path, canary_traffic(slower=1.5)), limits=limits)
    quick = canary(log_of(tmp_path, canary_traffic(slower=0.5)), limits=limits)
    assert (slow.verdict, quick.verdict) == ("worse", "better")
    median = slow.pl().row(by_predicate=pl.col("quantity") == "p50 latency", named=True)
    # The median of a log-normal law is exp(3.5) = 33.1 ms; half as much again is 16.6 ms more.
    assert median["low"] < 16.6 < median["high"]


def test_few_requests_are_not_enough_and_it_says_how_many_are(tmp_path: Path) -> None:
    found = canary(log_of(tmp_path, canary_traffic(300)))
    assert found.verdict == "not enough data"
    (line,) = [r for r in found.reasons if r.startswith("error rate") and "more requests" in r]
    # At 1% and 20:80, half a point needs about 2.8² · 0.01 / (0.16 · 0.005²) = 19,600 requests.
    count = int(line.split(":")[1].split()[0].replace(",", ""))
    assert 4_000 < count < 80_000
    assert line.endswith(("hours of this traffic", "days of this traffic"))


def test_rates_by_hand_and_the_mix_of_routes_taken_out(tmp_path: Path) -> None:
    # Each route fails at the same rate in both versions; v2 gets more of the bad one.
    log = log_of(
        tmp_path,
        counted(
            {
                ("v1", "/good", 200): 3960,
                ("v1", "/good", 500): 40,
                ("v1", "/bad", 200): 320,
                ("v1", "/bad", 500): 80,
                ("v2", "/good", 200): 396,
                ("v2", "/good", 500): 4,
                ("v2", "/bad", 200): 3200,
                ("v2", "/bad", 500): 800,
            }
        ),
    )
    found = canary(log)
    raw, adjusted = found.pl().head(2).iter_rows(named=True)
    assert raw["baseline"] == pytest.approx(120 / 4400, rel=1e-3)
    assert raw["candidate"] == pytest.approx(804 / 4400, rel=1e-3)
    assert raw["low"] > 0.1
    assert adjusted["low"] < 0 < adjusted["high"]
    assert abs(adjusted["difference"]) < 0.02
    assert set(found.pl("routes")["verdict"]) <= {"no difference", "not enough data"}


def test_a_route_that_fails_in_the_candidate_alone_is_named(tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        counted(
            {
                ("v1", "/", 200): 2000,
                ("v2", "/", 200): 2000,
                ("v1", "/pay", 200): 200,
                ("v2", "/pay", 200): 150,
                ("v2", "/pay", 502): 50,
                ("v2", "/new", 200): 30,
            }
        ),
    )
    found = canary(log)
    assert found.verdict == "worse"
    assert any(reason.startswith("error rate of /pay: worse") for reason in found.reasons)
    pay = found.pl("routes").row(
        by_predicate=(pl.col("route") == "/pay") & (pl.col("quantity") == "error rate"), named=True
    )
    assert (pay["baseline"], pay["candidate"]) == (0, 0.25)
    only = found.pl("only_in_one")
    assert ("error", "502", "v2", 50) in only.select("kind", "value", "only_in", "requests").rows()
    new = only.row(by_predicate=pl.col("kind") == "route", named=True)
    assert (new["value"], new["only_in"], new["requests"]) == ("/new", "v2", 30)
    # 2,230 of 4,430 requests are v2's; all of 30 by chance:
    assert new["by_chance"] == pytest.approx((2230 / 4430) ** 30)


def test_clients_that_bounce(tmp_path: Path) -> None:
    rows = []
    for client, versions in {"1": ("v1", "v2", "v1"), "2": ("v2", "v2"), "3": ("v1",)}.items():
        rows += [
            {
                "start_time": START + timedelta(seconds=number),
                "upstream_cluster": cluster(version),
                "downstream_remote_address": f"198.51.100.{client}:1",
            }
            for number, version in enumerate(versions)
        ]
    found = canary(log_of(tmp_path, pl.DataFrame(rows)))
    # Half of the six requests are v2's: of three 1 - 2/8 bounce, of two 1 - 2/4.
    assert found.pl("clients").rows() == [(3, 2, 1, 1.2, 2)]


def test_probes_streams_and_clients_that_left_are_apart(tmp_path: Path) -> None:
    frame = canary_traffic(1000)
    streams = frame.head(100).with_columns(response_code=pl.lit(101), duration=pl.lit(300_000.0))
    shadow = frame.head(50).with_columns(authority=pl.lit("shop.example.com-shadow"))
    whole = pl.concat(
        [frame.with_columns(authority=pl.lit("shop.example.com")),
         streams.with_columns(authority=pl.lit("shop.example.com")), shadow],
        how="vertical_relaxed",
    )  # fmt: skip
    found = canary(log_of(tmp_path, whole))
    kinds = found.pl("kinds").group_by("kind").agg(pl.col("requests").sum())
    assert dict(kinds.iter_rows()) == {"request": 1000, "stream": 100, "mirrored": 50}
    assert found.facts["requests_by_version"] == {
        "v1": frame.filter(pl.col("upstream_cluster") == cluster("v1")).height,
        "v2": frame.filter(pl.col("upstream_cluster") == cluster("v2")).height,
    }
    assert max(row["candidate"] or 0 for row in found.pl().iter_rows(named=True)) < 1000


def test_versions_by_header_and_from_the_sni_of_sidecars(tmp_path: Path) -> None:
    by_header = canary_traffic(1000).with_columns(
        req_x_version=pl.when(pl.col("upstream_cluster") == cluster("v2"))
        .then(pl.lit("next"))
        .otherwise(pl.lit("now")),
        upstream_cluster=pl.lit("shop"),
    )
    found = canary(log_of(tmp_path, by_header), by="x-version", baseline="now")
    assert found.facts["candidate"] == "next"
    sidecar = canary_traffic(1000).with_columns(
        requested_server_name=pl.col("upstream_cluster").str.replace(
            r"outbound\|80\|(v.)\|(.*)", "outbound_.80_.${1}_.${2}"
        ),
        upstream_cluster=pl.lit("inbound|80||"),
    )
    found = canary(log_of(tmp_path, sidecar))
    assert set(found.pl("split")["version"]) == {"v1", "v2"}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"by": "x-nothing"}, UnknownNameError, "no column or header 'x-nothing'"),
        ({"candidate": "v3"}, UnknownNameError, "no subset 'v3': known: v1, v2"),
        ({"latency": "path"}, QueryError, "canary knows no latency 'path'"),
        ({"by": "authority"}, QueryError, "by authority there is: shop.example.com; say which"),
        ({"since": "2030-01-01"}, QueryError, "canary: no request matches"),
    ],
)
def test_what_cannot_be_compared(
    tmp_path: Path, options: dict[str, str], error: type[Exception], message: str
) -> None:
    log = log_of(tmp_path, canary_traffic(200))
    with pytest.raises(error, match=message):
        canary(log, **options)  # type: ignore[arg-type]


def test_several_services_are_not_mixed(tmp_path: Path) -> None:
    other = canary_traffic(200, seed=2).with_columns(
        pl.col("upstream_cluster").str.replace("shop", "cart")
    )
    log = log_of(tmp_path, pl.concat([canary_traffic(200), other]))
    with pytest.raises(QueryError, match=r"several services have subsets: cart.*say which"):
        canary(log)
    found = canary(log, cluster="cart.default.svc.cluster.local")
    assert found.pl("split")["requests"].sum() == 200


def test_a_split_that_changes_is_noticed(tmp_path: Path) -> None:
    later = canary_traffic(2000, share=0.5, seed=3).with_columns(
        pl.col("start_time") + timedelta(hours=1)
    )
    log = log_of(tmp_path, pl.concat([canary_traffic(2000, share=0.1), later]))
    found = canary(log)
    assert any(reason.startswith("the split changed") for reason in found.reasons)


def test_json_html_and_hostile_names(tmp_path: Path) -> None:
    frame = canary_traffic(400).with_columns(
        response_flags=pl.when(pl.col("upstream_cluster").str.contains("v2")).then(
            pl.lit("<script>alert(1)</script>")
        )
    )
    found = canary(log_of(tmp_path, frame))
    told = json.loads(found.to_json())
    assert told["verdict"] == found.verdict
    assert "<script>alert(1)</script>" in found.to_json()
    assert "<script>" not in found._repr_html_()
    assert "Newcombe 1998" in found.reading
    with pytest.raises(UnknownNameError, match="no table 'splits': did you mean 'split'"):
        found.pl("splits")


@pytest.mark.parametrize("kind", ["split", "quantiles", "routes"])
def test_pictures_have_titles_units_and_counts(tmp_path: Path, kind: str) -> None:
    log = log_of(tmp_path, canary_traffic(4000).with_columns(path=pl.lit("/a$b$")))
    ax = canary(log, weights={"v1": 8, "v2": 2}).plot(kind)
    assert ax.get_title(loc="left")
    assert any("4,000 requests" in text.get_text() for text in ax.texts)
    words = f"{ax.get_xlabel()} {ax.get_ylabel()}"
    assert {"split": "share", "quantiles": "[ms]", "routes": "error rate, "}[kind] in words
    if kind != "split":
        assert all("n = " in text.get_text() for text in ax.get_yticklabels())
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]
