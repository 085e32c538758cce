"""The configuration of a hostile Envoy: every kind of listener, cluster, route and filter."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.certificates import Certificates
from tests.hostile.formats import Format, omits

Json = dict[str, object]

_T = "type.googleapis.com/envoy"
_HTTP = "extensions.filters.http"
_TLS = "extensions.transport_sockets.tls.v3"

#: What operators of Envoy may choose: any text, and the same as metadata.
NAME = 'a "b" - \\ é'
TREE = {"text": 'x "y" \t z', "list": [1, "two", None, True], "deep": {"π": 3.5}}
METADATA: Json = {"text": NAME, "number": 17, "truth": True, "tree": TREE}

#: The environment that Envoy runs in.
ENVIRONMENT = {"HOSTILE": 'e "n" v\té', "EMPTY": "", "TZ": "Asia/Kolkata"}

SHOP, LIMITED, DENIED = "shop.example.com", "limited.example.com", "denied.example.com"


@dataclass(frozen=True)
class Upstreams:
    """Where the upstream servers listen."""

    plain: int
    ipv6: int
    http2: int
    tls: int
    tcp: int
    refusing: int
    unix: str


def bootstrap(
    formats: Mapping[str, Format], upstreams: Upstreams, certificates: Certificates, scratch: Path
) -> Json:
    """Log everything that happens at any listener, in all formats."""
    logs = [_access_log(name, given) for name, given in formats.items()]
    http = _http(logs)
    xff = _http(logs, upstream_log=logs, use_remote_address=False, xff_num_trusted_hops=0)
    starting = {"flush_access_log_on_new_request": True, "access_log_flush_interval": "0.5s"}
    tls = certificates.context("server", require=True)
    return {
        "node": {"id": "hostile", "cluster": "hostile"},
        "admin": {"address": _address("127.0.0.1")},
        "bootstrap_extensions": [
            _extension(
                "envoy.bootstrap.internal_listener",
                "extensions.bootstrap.internal_listener.v3.InternalListener",
            )
        ],
        "static_resources": {
            "listeners": [
                _listener("http", _address("127.0.0.1"), http),
                _listener("ipv6", _address("::1"), _http(logs, access_log_options=starting)),
                _listener("xff", _address("127.0.0.1"), xff),
                _listener("unix", {"pipe": {"path": str(scratch / "envoy.sock")}}, http),
                _listener("tcp", _address("127.0.0.1"), _tcp("tcp", logs)),
                _listener("tcp-refused", _address("127.0.0.1"), _tcp("refused", logs)),
                _listener("tcp-empty", _address("127.0.0.1"), _tcp("empty", logs)),
                _listener(
                    "tls",
                    _address("127.0.0.1"),
                    http,
                    access_log=logs,
                    listener_filters_timeout="1s",
                    continue_on_listener_filters_timeout=True,
                    listener_filters=[
                        _extension(
                            "envoy.filters.listener.tls_inspector",
                            "extensions.filters.listener.tls_inspector.v3.TlsInspector",
                            enable_ja3_fingerprinting=True,
                            enable_ja4_fingerprinting=True,
                        )
                    ],
                    chain={
                        "transport_socket": _socket("DownstreamTlsContext", tls),
                        "transport_socket_connect_timeout": "2s",
                    },
                ),
                {
                    "name": "inside",
                    "internal_listener": {},
                    "filter_chains": [{"filters": [_tcp("tcp", logs)]}],
                },
                _listener("tcp-inside", _address("127.0.0.1"), _tcp("inside", logs)),
            ],
            "clusters": _clusters(upstreams, certificates),
        },
    }


def _extension(name: str, kind: str, **fields: object) -> Json:
    return {"name": name, "typed_config": {"@type": f"{_T}.{kind}", **fields}}


def _address(host: str, port: int = 0) -> Json:
    return {"socket_address": {"address": host, "port_value": port}}


def _metadata(**more: object) -> Json:
    return {"filter_metadata": {"hostile": METADATA, **more}}


def _listener(
    name: str, address: Json, network_filter: Json, chain: Json | None = None, **fields: object
) -> Json:
    filter_chain = {
        "name": f"chain {NAME}",
        "filters": [network_filter],
        "metadata": _metadata(),
        **(chain or {}),
    }
    return {
        "name": name,
        "address": address,
        "metadata": _metadata(),
        "filter_chains": [filter_chain],
        **fields,
    }


def _access_log(path: str, given: Format) -> Json:
    written: Json = (
        {"text_format_source": {"inline_string": given}}
        if isinstance(given, str)
        else {"json_format": dict(given)}
    )
    formatter = "extensions.formatter.req_without_query.v3.ReqWithoutQuery"
    written["omit_empty_values"] = omits(path)
    written["formatters"] = [_extension("envoy.formatter.req_without_query", formatter)]
    kind = "extensions.access_loggers.file.v3.FileAccessLog"
    return _extension("envoy.access_loggers.file", kind, path=path, log_format=written)


def _tcp(cluster: str, logs: list[Json]) -> Json:
    return _extension(
        "envoy.filters.network.tcp_proxy",
        "extensions.filters.network.tcp_proxy.v3.TcpProxy",
        stat_prefix="tcp",
        cluster=cluster,
        access_log=logs,
        max_connect_attempts=2,
    )


def _http(logs: list[Json], upstream_log: Sequence[Json] = (), **fields: object) -> Json:
    options: Json = {
        "stat_prefix": "hostile",
        "codec_type": "AUTO",
        "use_remote_address": True,
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
        "request_id_extension": {
            "typed_config": {
                "@type": f"{_T}.extensions.request_id.uuid.v3.UuidRequestIdConfig",
                # Else Envoy writes its sampling decision into the client's own UUID.
                "pack_trace_reason": False,
            }
        },
        "http_protocol_options": {
            "accept_http_10": True,
            "enable_trailers": True,
            "default_host_for_http_10": "old.example.com",
        },
        "forward_client_cert_details": "APPEND_FORWARD",
        "set_current_client_cert_details": {"subject": True, "uri": True, "dns": True},
        "tracing": {
            "provider": _extension(
                "envoy.tracers.opentelemetry",
                "config.trace.v3.OpenTelemetryConfig",
                http_service={
                    "http_uri": {"uri": "http://spans/", "cluster": "plain", "timeout": "1s"}
                },
                service_name="hostile",
            ),
            "random_sampling": {"value": 50},
        },
        "http_filters": _http_filters(upstream_log),
        "route_config": {
            "name": "routes",
            "validate_clusters": False,
            "virtual_hosts": _virtual_hosts(),
        },
        "access_log": logs,
    }
    return _extension(
        "envoy.filters.network.http_connection_manager",
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        **(options | fields),
    )


def _http_filters(upstream_log: Sequence[Json]) -> list[Json]:
    def rule(header: str, key: str, **pair: object) -> Json:
        present = {"metadata_namespace": "sent", "key": key, **pair}
        return {"header": header, "on_header_present": present, "remove": False}

    return [
        _extension(
            "envoy.filters.http.header_to_metadata",
            f"{_HTTP}.header_to_metadata.v3.Config",
            request_rules=[
                rule("x-hostile", "text"),
                rule("x-number", "number", type="NUMBER"),
                rule("x-decoded", "decoded", encode="BASE64"),
            ],
        ),
        _extension(
            "envoy.filters.http.set_metadata",
            f"{_HTTP}.set_metadata.v3.Config",
            metadata=[{"metadata_namespace": "static", "value": METADATA}],
        ),
        _extension(
            "envoy.filters.http.set_filter_state",
            f"{_HTTP}.set_filter_state.v3.Config",
            on_request_headers=[
                {
                    "object_key": "text",
                    "factory_key": "envoy.string",
                    "format_string": {
                        "text_format_source": {"inline_string": "state: %REQ(x-hostile)%"}
                    },
                    "shared_with_upstream": "TRANSITIVE",
                }
            ],
        ),
        _extension("envoy.filters.http.local_ratelimit", _RATE_LIMIT, stat_prefix="off"),
        _extension("envoy.filters.http.rbac", f"{_HTTP}.rbac.v3.RBAC"),
        _extension(
            "envoy.filters.http.fault",
            f"{_HTTP}.fault.v3.HTTPFault",
            abort={"header_abort": {}, "percentage": {"numerator": 100}},
            delay={"header_delay": {}, "percentage": {"numerator": 100}},
        ),
        _extension(
            "envoy.filters.http.router", f"{_HTTP}.router.v3.Router", upstream_log=upstream_log
        ),
    ]


_RATE_LIMIT = f"{_HTTP}.local_ratelimit.v3.LocalRateLimit"


def _virtual_hosts() -> list[Json]:
    return [
        {
            "name": "everything",
            "domains": ["*"],
            "routes": _routes(),
            "metadata": _metadata(),
            "include_request_attempt_count": True,
            "virtual_clusters": [
                {
                    "name": f"virtual {NAME}",
                    "headers": [{"name": ":path", "string_match": {"prefix": "/plain"}}],
                }
            ],
        },
        _special("limited", LIMITED, "local_ratelimit", _RATE_LIMIT, **_rate_limit()),
        _special("denied", DENIED, "rbac", f"{_HTTP}.rbac.v3.RBACPerRoute", rbac=_deny()),
    ]


def _special(name: str, domain: str, http_filter: str, kind: str, **fields: object) -> Json:
    config = {f"envoy.filters.http.{http_filter}": {"@type": f"{_T}.{kind}", **fields}}
    route = _route("/", "plain", name=name) | {"typed_per_filter_config": config}
    return {"name": name, "domains": [domain], "routes": [route]}


def _rate_limit() -> Json:
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "stat_prefix": "limited",
        "token_bucket": {"max_tokens": 1, "tokens_per_fill": 1, "fill_interval": "1s"},
        "filter_enabled": always,
        "filter_enforced": always,
    }


def _deny() -> Json:
    anyone = {"permissions": [{"any": True}], "principals": [{"any": True}]}
    return {"rules": {"action": "DENY", "policies": {'deny "all" of\tit é [x]': anyone}}}


def _route(prefix: str, cluster: str, **fields: object) -> Json:
    action = {key: fields.pop(key) for key in _ACTIONS if key in fields}
    return {
        "name": f"route {NAME}",
        "match": {"prefix": prefix},
        "route": {"cluster": cluster, **action},
        "metadata": _metadata(),
        **fields,
    }


_ACTIONS = ("timeout", "prefix_rewrite", "retry_policy", "host_rewrite_literal", "idle_timeout")


def _routes() -> list[Json]:
    retry = {
        "retry_on": "5xx,connect-failure,reset",
        "num_retries": 2,
        "retry_back_off": {"base_interval": "0.002s", "max_interval": "0.01s"},
    }
    return [
        _route("/plain", "plain"),
        _route("/six", "ipv6"),
        _route("/http2", "http2"),
        _route("/tls", "tls"),
        _route("/unix", "unix"),
        _route("/rewritten/", "plain", prefix_rewrite="/bucket/"),
        _route("/retried", "plain", retry_policy=retry),
        _route("/retry-refused", "refused", retry_policy=retry),
        _route("/refused", "refused"),
        _route("/empty", "empty"),
        _route("/nowhere", "no such cluster"),
        _route("/slow", "plain", timeout="0.1s"),
        _route("/wrong-tls", "wrong-tls"),
        _route("/overflow", "overflow"),
        {
            "name": "moved",
            "match": {"prefix": "/moved/"},
            "redirect": {"prefix_rewrite": "/plain/"},
        },
        {
            "name": "direct",
            "match": {"prefix": "/direct"},
            "direct_response": {"status": 418, "body": {"inline_string": 'a "b"\nc'}},
        },
    ]


def _clusters(upstreams: Upstreams, certificates: Certificates) -> list[Json]:
    client = {
        **certificates.context("client", require=False),
    }
    tls = _socket(
        "UpstreamTlsContext", client, sni="upstream.example.com", auto_sni_san_validation=False
    )
    http2 = {
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_T}.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        }
    }
    unix: Json = {"pipe": {"path": upstreams.unix}}
    inside: Json = {
        "envoy_internal_address": {"server_listener_name": "inside", "endpoint_id": "end-1"}
    }
    plain = _address("127.0.0.1", upstreams.plain)
    return [
        _cluster("plain", plain, alt_stat_name=f"stat {NAME};"),
        _cluster("ipv6", _address("::1", upstreams.ipv6)),
        _cluster("http2", _address("127.0.0.1", upstreams.http2), **http2),
        _cluster("tls", _address("127.0.0.1", upstreams.tls), transport_socket=tls),
        _cluster("wrong-tls", plain, transport_socket=tls),
        _cluster("unix", unix),
        _cluster(
            "tcp",
            _address("localhost", upstreams.tcp),
            type="STRICT_DNS",
            dns_lookup_family="V4_ONLY",
        ),
        _cluster("refused", _address("127.0.0.1", upstreams.refusing)),
        _cluster("overflow", plain, circuit_breakers={"thresholds": [{"max_requests": 0}]}),
        _cluster("inside", inside),
        _cluster("empty", None),
    ]


def _cluster(name: str, address: Json | None, **fields: object) -> Json:
    endpoint = {"endpoint": {"address": address}, "metadata": _metadata()}
    endpoints = [] if address is None else [endpoint]
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "metadata": _metadata(),
        "circuit_breakers": {"thresholds": [{"max_retries": 1000}]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
        **fields,
    }


def _socket(kind: str, context: Json, **fields: object) -> Json:
    return _extension("envoy.transport_sockets.tls", f"{_TLS}.{kind}", **(context | fields))


def encoded(value: bytes) -> bytes:
    """Encode what the filter decodes into the metadata `sent:decoded`."""
    return base64.b64encode(value)
