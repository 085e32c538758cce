"""Names of clusters of every product, taken apart."""

from __future__ import annotations

import re

import polars as pl
import pytest

from envoylog.enrich.clusters import PARTS, SHAPES, SNI, Shape, cluster_parts, sni_parts

REVIEWS = "reviews.shop.svc.cluster.local"


@pytest.mark.parametrize(
    ("name", "kind", "direction", "port", "subset", "service", "namespace"),
    [
        (f"outbound|9080|v1|{REVIEWS}", "istio", "outbound", 9080, "v1", REVIEWS, "shop"),
        (f"outbound|9080||{REVIEWS}", "istio", "outbound", 9080, None, REVIEWS, "shop"),
        (f"outbound|80||{REVIEWS};", "istio", "outbound", 80, None, REVIEWS, "shop"),
        ("outbound|80||h;", "istio", "outbound", 80, None, "h", None),
        ("outbound|443||www.example.com", "istio", "outbound", 443, None, "www.example.com", None),
        ("outbound|443||*.example.com", "istio", "outbound", 443, None, "*.example.com", None),
        ("outbound|80||web.foo.svc", "istio", "outbound", 80, None, "web.foo.svc", "foo"),
        ("inbound|9080||", "istio", "inbound", 9080, None, None, None),
        ("inbound|9080||;", "istio", "inbound", 9080, None, None, None),
        # The third part was the name of the port: no subset.
        (f"inbound|9080|http|{REVIEWS}", "istio", "inbound", 9080, None, REVIEWS, "shop"),
        (f"inbound-vip|80|http|{REVIEWS}", "istio", "inbound", 80, None, REVIEWS, "shop"),
        (f"inbound-vip|80|http/v2|{REVIEWS};", "istio", "inbound", 80, "v2", REVIEWS, "shop"),
        ("inbound-pod|9080||10.244.2.9", "istio", "inbound", 9080, None, "10.244.2.9", None),
        (f"outbound_.9080_.v1_.{REVIEWS}", "istio", "outbound", 9080, "v1", REVIEWS, "shop"),
        (f"outbound_.9080_._.{REVIEWS}", "istio", "outbound", 9080, None, REVIEWS, "shop"),
        ("PassthroughCluster", "istio", None, None, None, None, None),
        ("PassthroughCluster;", "istio", None, None, None, None, None),
        ("BlackHoleCluster", "istio", None, None, None, None, None),
        ("InboundPassthroughCluster", "istio", None, None, None, None, None),
        ("InboundPassthroughClusterIpv4", "istio", None, None, None, None, None),
        ("InboundPassthroughClusterIpv6;", "istio", None, None, None, None, None),
        ("httproute/default/shop/rule/0", "envoy-gateway", None, None, None, "shop", "default"),
        ("httproute/ns/shop/rule/0/match/0/*", "envoy-gateway", None, None, None, "shop", "ns"),
        ("httproute/ns/shop/rule/0-mirror-0", "envoy-gateway", None, None, None, "shop", "ns"),
        ("grpcroute/ns/pay/rule/1/backend/0", "envoy-gateway", None, None, None, "pay", "ns"),
        ("tcproute/ns/db/rule/-1", "envoy-gateway", None, None, None, "db", "ns"),
        ("default/kuard/80/da39a3ee5e", "contour", None, 80, None, "kuard", "default"),
        ("shop", "plain", None, None, None, "shop", None),
        ("outbound|x||h", "plain", None, None, None, "outbound|x||h", None),
        ("outbound|80|v1", "plain", None, None, None, "outbound|80|v1", None),
        ("a/b", "plain", None, None, None, "a/b", None),
        ("two\nlines", "plain", None, None, None, "two\nlines", None),
        ("=istio", "plain", None, None, None, "=istio", None),
        ("", "plain", None, None, None, None, None),
        (None, None, None, None, None, None, None),
    ],
)  # fmt: skip
def test_names(
    name: str | None,
    kind: str | None,
    direction: str | None,
    port: int | None,
    subset: str | None,
    service: str | None,
    namespace: str | None,
) -> None:
    frame = pl.DataFrame({"name": [name]}, schema={"name": pl.String})
    parts = frame.select(cluster_parts(pl.col("name")).struct.unnest())
    assert parts.columns == ["cluster_kind", *(f"cluster_{part}" for part in PARTS)]
    assert parts.row(0) == (kind, direction, port, subset, service, namespace)


@pytest.mark.parametrize(
    ("sni", "subset", "service"),
    [
        ("outbound_.9080_.v2_.reviews.default.svc.cluster.local", "v2",
         "reviews.default.svc.cluster.local"),
        ("outbound_.80_._.www.example.com", None, "www.example.com"),
        ("outbound_.80_.my_subset_.h", "my_subset", "h"),
        ("www.example.com", None, None),
        ("outbound_.x_.v2_.h", None, None),
        (None, None, None),
    ],
)  # fmt: skip
def test_server_names(sni: str | None, subset: str | None, service: str | None) -> None:
    frame = pl.DataFrame({"sni": [sni]}, schema={"sni": pl.String})
    assert frame.select(sni_parts(pl.col("sni")).struct.unnest()).row(0) == (subset, service)


@pytest.mark.parametrize("shape", [*SHAPES, SNI], ids=lambda shape: shape.example)
def test_an_example_has_its_own_shape_alone(shape: Shape) -> None:
    found = [one for one in SHAPES if re.fullmatch(one.pattern, shape.example)]
    assert [one.kind for one in found] == [shape.kind]
