"""Names of upstream clusters: which product made one, and what it says."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import polars as pl

#: What a name may tell, beside its kind.
PARTS: Final = ("direction", "port", "subset", "service", "namespace")

# A host, and the namespace in that of a Kubernetes service: reviews.shop.svc.cluster.local
_HOST: Final = (
    r"(?P<service>[^.|;]+\.(?P<namespace>[^.|;]+)\.svc(?:\.[^|;]*)?|[^|;]*)"
    # Istio 1.23 and 1.24 leave a separator of statistics at the end.
    r";?"
)
_NAME: Final = r"[^/]+"


class Shape(NamedTuple):
    """One way of making names.

    Attributes
    ----------
    kind : str
        The product.
    pattern : str
        Of the whole name, in what RE2, Rust and Python have in common; groups are named as `PARTS`.
    example : str
        A real one.
    evidence : str
        Where the product makes it.
    """

    kind: str
    pattern: str
    example: str
    evidence: str


#: No name has two of these shapes.
SHAPES: Final = (
    Shape(
        "istio",
        rf"(?P<direction>outbound)\|(?P<port>[0-9]+)\|(?P<subset>[^|]*)\|{_HOST}",
        "outbound|9080|v1|reviews.shop.svc.cluster.local",
        "istio: pilot/pkg/model, BuildSubsetKey",
    ),
    Shape(
        # Until 1.6 or so the third part was the name of the port: no subset.
        "istio",
        rf"(?P<direction>inbound)\|(?P<port>[0-9]+)\|[^|]*\|{_HOST}",
        "inbound|9080||",
        "istio: pilot/pkg/model, BuildInboundSubsetKey",
    ),
    Shape(
        # Waypoints of the ambient mesh: the protocol stands before the subset.
        "istio",
        rf"(?P<direction>inbound)-(?:vip|pod)\|(?P<port>[0-9]+)\|[^|/]*(?:/(?P<subset>[^|]*))?\|{_HOST}",
        "inbound-vip|9080|http/v2|reviews.shop.svc.cluster.local;",
        "istio: pilot/pkg/networking/core, waypoint clusters",
    ),
    Shape(
        # Gateways between networks route by the server name, and name clusters after it.
        "istio",
        rf"(?P<direction>outbound)_\.(?P<port>[0-9]+)_\.(?P<subset>[^|/]*?)_\.{_HOST}",
        "outbound_.9080_.v1_.reviews.shop.svc.cluster.local",
        "istio: pilot/pkg/model, BuildDNSSrvSubsetKey",
    ),
    Shape(
        "istio",
        r"(?:PassthroughCluster|BlackHoleCluster|InboundPassthroughCluster(?:Ipv[46])?);?",
        "PassthroughCluster",
        "istio: pilot/pkg/networking/util, names of clusters without a service",
    ),
    Shape(
        # What stands for the service is the route: the name of the cluster has no other.
        "envoy-gateway",
        rf"[a-z]+route/(?P<namespace>{_NAME})/(?P<service>{_NAME})/rule/.+",
        "httproute/default/shop/rule/0",
        "envoyproxy/gateway: internal/gatewayapi/helpers.go, irRouteDestinationName",
    ),
    Shape(
        "contour",
        rf"(?P<namespace>{_NAME})/(?P<service>{_NAME})/(?P<port>[0-9]+)/[0-9a-f]+",
        "default/kuard/80/da39a3ee5e",
        "projectcontour/contour: internal/envoy, Clustername",
    ),
)
#: The server name between Istio's sidecars tells what the client called, subset included.
SNI: Final = Shape(
    "istio",
    rf"outbound_\.(?P<port>[0-9]+)_\.(?P<subset>[^|/]*?)_\.{_HOST}",
    "outbound_.9080_.v2_.reviews.default.svc.cluster.local",
    "istio: pilot/pkg/model, BuildDNSSrvSubsetKey",
)
_PLAIN: Final = "plain"


def cluster_parts(names: pl.Expr) -> pl.Expr:
    """Take names of clusters apart.

    Parameters
    ----------
    names : polars.Expr
        Strings.

    Returns
    -------
    polars.Expr
        A struct of `cluster_kind`, which is `plain` for a name of no known shape, and
        `cluster_direction`, `cluster_port`, `cluster_subset`, `cluster_service` and
        `cluster_namespace`, NULL where the name does not tell.

    Examples
    --------
    >>> names = pl.DataFrame({"name": ["outbound|9080|v1|reviews.shop.svc.cluster.local", "mine"]})
    >>> [*names.select(cluster_parts(pl.col("name"))).to_series()[0].values()]
    ['istio', 'outbound', 9080, 'v1', 'reviews.shop.svc.cluster.local', 'shop']
    >>> names.select(cluster_parts(pl.col("name")).struct["cluster_service"]).to_series()[1]
    'mine'
    """
    kind = pl.coalesce(
        *(pl.when(names.str.contains(_whole(shape))).then(pl.lit(shape.kind)) for shape in SHAPES),
        pl.when(names.is_not_null()).then(pl.lit(_PLAIN)),
    )
    parts = {part: _part(names, SHAPES, part) for part in PARTS}
    parts["port"] = parts["port"].cast(pl.Int32, strict=False)
    plain = pl.when((kind == _PLAIN) & (names != "")).then(names)
    parts["service"] = pl.coalesce(parts["service"], plain)
    return pl.struct(
        kind.alias("cluster_kind"), *(one.alias(f"cluster_{part}") for part, one in parts.items())
    )


def sni_parts(names: pl.Expr) -> pl.Expr:
    """Take Istio's server names apart.

    Parameters
    ----------
    names : polars.Expr
        Strings.

    Returns
    -------
    polars.Expr
        A struct of `sni_subset` and `sni_service`, NULL in every other server name.

    Examples
    --------
    >>> sni = pl.DataFrame({"sni": ["outbound_.9080_.v2_.reviews.default.svc.cluster.local"]})
    >>> sni.select(sni_parts(pl.col("sni"))).item()
    {'sni_subset': 'v2', 'sni_service': 'reviews.default.svc.cluster.local'}
    """
    return pl.struct(
        sni_subset=_part(names, (SNI,), "subset"), sni_service=_part(names, (SNI,), "service")
    )


@cache
def _whole(shape: Shape) -> str:
    return rf"\A(?:{shape.pattern})\z"


def _part(names: pl.Expr, shapes: tuple[Shape, ...], part: str) -> pl.Expr:
    found = [
        names.str.extract_groups(_whole(shape)).struct[part]
        for shape in shapes
        if f"<{part}>" in shape.pattern
    ]
    text = pl.coalesce(*found)
    return pl.when(text != "").then(text)
