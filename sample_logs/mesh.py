"""The little mesh behind the sample logs: its authorities, routes and clusters.

Cluster and route names have the shapes Istio gives them, because that is what most Envoy
access logs in the world hold. One route name has a blank in it, as hand-written ones do.
"""

from collections.abc import Mapping

SHOP = "shop.example.com"
API = "api.example.com"
STATIC = "static.example.com"
ADMIN = "admin.example.com:8443"
IPV6_LITERAL = "[2001:db8::10]:8080"

SHOP_V1 = "outbound|7001|v1|shop.default.svc.cluster.local"
SHOP_V2 = "outbound|7001|v2|shop.default.svc.cluster.local"
API_CLUSTER = "outbound|8080||api.default.svc.cluster.local"
STATIC_CLUSTER = "outbound|80||static.web.svc.cluster.local"
ADMIN_CLUSTER = "outbound|8443||admin.ops.svc.cluster.local"
LEGACY_CLUSTER = "outbound|9090||legacy.default.svc.cluster.local"
SEARCH_CLUSTER = "outbound|9200||search.default.svc.cluster.local"

#: Clusters with a live upstream, each with the loopback address it listens on.
LIVE = {
    SHOP_V1: "127.0.0.1",
    SHOP_V2: "127.0.0.1",
    API_CLUSTER: "127.0.0.1",
    STATIC_CLUSTER: "::1",
    ADMIN_CLUSTER: "127.0.0.1",
}

Json = dict[str, object]

_RATE_LIMIT = "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"


def clusters(ports: Mapping[str, int]) -> list[Json]:
    """Every cluster; `ports` gives the upstream port of the live ones and of the refusing one."""
    return [_cluster(name, LIVE.get(name, "127.0.0.1"), port) for name, port in ports.items()] + [
        _cluster(SEARCH_CLUSTER, "127.0.0.1", None)
    ]


def _cluster(name: str, host: str, port: int | None) -> Json:
    address = {"socket_address": {"address": host, "port_value": port}}
    endpoints = [] if port is None else [{"endpoint": {"address": address}}]
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        # Room for every retry: the default of 3 at a time drops some when many fail at once.
        "circuit_breakers": {"thresholds": [{"max_retries": 100}]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    }


def virtual_hosts() -> list[Json]:
    """Every authority with its routes; other authorities have none."""
    return [
        _virtual_host("shop", [SHOP], _shop_routes()),
        _virtual_host("api", [API, IPV6_LITERAL], _api_routes()),
        _virtual_host("static", [STATIC], [_assets_route()]),
        _virtual_host("admin", [ADMIN], [_route("admin", "/", ADMIN_CLUSTER)]),
    ]


def _virtual_host(name: str, domains: list[str], routes: list[Json]) -> Json:
    # The attempt count lets the upstream fail the first attempts and answer a later one.
    return {
        "name": name,
        "domains": domains,
        "routes": routes,
        "include_request_attempt_count": True,
    }


def _route(name: str, prefix: str, cluster: str, **action: object) -> Json:
    return {"name": name, "match": {"prefix": prefix}, "route": {"cluster": cluster, **action}}


def _shop_routes() -> list[Json]:
    canary = [{"name": SHOP_V1, "weight": 80}, {"name": SHOP_V2, "weight": 20}]
    return [
        {
            "name": "moved permanently",
            "match": {"prefix": "/old/"},
            "redirect": {"prefix_rewrite": "/catalog/"},
        },
        {
            "name": "shop-canary",
            "match": {"prefix": "/"},
            "route": {"weighted_clusters": {"clusters": canary}},
        },
    ]


def _api_routes() -> list[Json]:
    retry: Json = {
        "retry_on": "5xx,connect-failure",
        "num_retries": 2,
        "retry_back_off": {"base_interval": "0.005s", "max_interval": "0.02s"},
    }
    login = _route("api-login", "/v1/login", API_CLUSTER)
    login["typed_per_filter_config"] = {"envoy.filters.http.local_ratelimit": _rate_limit()}
    return [
        login,
        _route("api-reports", "/v1/reports", API_CLUSTER, timeout="0.15s"),
        _route("api-orders", "/v1/orders", API_CLUSTER, retry_policy=retry),
        _route("api-payments", "/v1/payments", LEGACY_CLUSTER, retry_policy=retry),
        _route("api-legacy", "/v1/legacy", LEGACY_CLUSTER),
        _route("api-search", "/v1/search", SEARCH_CLUSTER),
        _route("api", "/v1/", API_CLUSTER),
    ]


def _assets_route() -> Json:
    # A rewritten path is what X-ENVOY-ORIGINAL-PATH is for.
    return _route("static", "/", STATIC_CLUSTER, prefix_rewrite="/bucket/")


def _rate_limit() -> Json:
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "@type": _RATE_LIMIT,
        "stat_prefix": "login",
        "token_bucket": {"max_tokens": 3, "tokens_per_fill": 3, "fill_interval": "1s"},
        "filter_enabled": always,
        "filter_enforced": always,
    }


def http_filters() -> list[Json]:
    """Put the rate limit, which only the login route switches on, before the router."""
    router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
    return [
        {
            "name": "envoy.filters.http.local_ratelimit",
            "typed_config": {"@type": _RATE_LIMIT, "stat_prefix": "off"},
        },
        {"name": "envoy.filters.http.router", "typed_config": {"@type": router}},
    ]
