"""The commands that are logged: every operator of the table, with every kind of argument."""

from envoylog.spec.operators import OPERATORS
from envoylog.spec.values import Argument

#: Arguments of each operator that takes one; a length may follow as `:Z`.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "CEL": (
        'request.headers["x-hostile"]',
        "request.path",
        "response.code",
        'request.headers["x-hostile"].contains(") ")',
    ),
    "CLUSTER_METADATA": ("hostile:text", "hostile:number", "hostile:tree", "hostile", "none:x"),
    "COALESCE": (
        '{"operators":["RESPONSE_CODE"]}',
        '{"operators":[{"command":"REQ","param":"x-none"},{"command":"REQ","param":"x-hostile"}]}',
        '{"operators":[{"command":"DYNAMIC_METADATA","param":"static:tree"},"PROTOCOL"]}',
        '{"operators":[{"command":"RESP","param":"x-hostile","max_length":3}]}',
    ),
    "COMMON_DURATION": ("DS_RX_BEG:DS_TX_END", "DS_RX_BEG:US_TX_BEG:us", "DS_TX_END:DS_RX_BEG:ns"),
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": ("8", "33"),
    "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT": ("16",),
    "DOWNSTREAM_PEER_CERT_V_END": ("%Y-%m-%d %H:%M:%S",),
    "DOWNSTREAM_PEER_CERT_V_START": ("%b %e %H:%M:%S %Y", "%s"),
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": ("0", "24", "64"),
    "DYNAMIC_METADATA": (
        "static:text",
        "static:number",
        "static:truth",
        "static:tree",
        "static:tree:list",
        "static",
        "sent:text",
        "sent:number",
        "sent",
        "sent:text):3",
    ),
    "EMIT_TIME": ("%s.%6f",),
    "EMIT_TIME_LOCAL": ("%d/%b/%Y:%T %z",),
    "ENVIRONMENT": ("HOSTILE", "UNSET", "EMPTY", "HOSTILE):5"),
    "FILTER_STATE": ("text:PLAIN", "text:TYPED", "text", "none", "text:PLAIN):4"),
    "GRPC_STATUS": ("CAMEL_STRING", "SNAKE_STRING", "NUMBER"),
    "METADATA": (
        "DYNAMIC:static:tree",
        "DYNAMIC:sent:text",
        "CLUSTER:hostile:tree",
        "ROUTE:hostile:text",
        "UPSTREAM_HOST:hostile:text",
        "LISTENER:hostile:text",
        "VIRTUAL_HOST:hostile:number",
        "LISTENER_FILTER_CHAIN:hostile:text",
    ),
    "PATH": ("WQ", "NQ", "WQ:ORIG", "NQ:PATH", "WQ:ORIG_OR_PATH", "NQ):3"),
    "QUERY_PARAM": ("q", "empty", "q):3"),
    "QUERY_PARAMS": ("ORIG", "DECODED"),
    "REQ": (
        ":METHOD",
        ":PATH",
        ":AUTHORITY",
        ":SCHEME",
        "HOST",
        "X-ENVOY-ORIGINAL-PATH?:PATH",
        "X-FORWARDED-FOR",
        "USER-AGENT",
        "X-REQUEST-ID",
        "X-HOSTILE",
        "X-HOSTILE?USER-AGENT",
        "X-NONE",
        "X-NONE?X-HOSTILE",
        "REFERER",
        "CONTENT-TYPE",
        "X-HOSTILE):5",
        "USER-AGENT):0",
    ),
    "REQUESTED_SERVER_NAME": ("SNI_ONLY", "SNI_FIRST:HOST", "HOST_FIRST", "HOST_FIRST:ORIG"),
    "REQUEST_HEADER": ("X-HOSTILE", ":PATH):2"),
    "RESP": ("X-ENVOY-UPSTREAM-SERVICE-TIME", "X-HOSTILE", "CONTENT-TYPE", ":STATUS", "SERVER"),
    "RESPONSE_CODE_DETAILS": ("ALLOW_WHITESPACES", "X"),
    "RESPONSE_HEADER": ("X-HOSTILE", "X-HOSTILE):7"),
    "RESPONSE_TRAILER": ("GRPC-STATUS", "X-HOSTILE"),
    "REQ_WITHOUT_QUERY": (":PATH", "X-ENVOY-ORIGINAL-PATH?:PATH", "X-HOSTILE"),
    "START_TIME": (
        "%Y-%m-%d %H:%M:%S.%6f",
        "%d/%b/%Y:%T %z",
        "%s",
        "%s.%3f",
        "%FT%T.%fZ",
        "%a, %e %b %Y %I:%M:%S %p",
        "%Y%m%dT%H%M%E3S",
        "%t%F%t%T",
        "%H:%M",
    ),
    "START_TIME_LOCAL": ("%Y-%m-%dT%T%Ez", "%T"),
    "STREAM_INFO_REQ": ("X-HOSTILE", ":PATH"),
    "TRAILER": ("GRPC-STATUS", "GRPC-MESSAGE", "X-HOSTILE", "X-HOSTILE):3"),
    "TYPED_CEL": (
        'request.headers["x-hostile"]',
        "response.code",
        "response.code > 300",
        "1.5",
        '[1, "a b"]',
        '{"method": request.method}',
        "request.time",
        "request.duration",
        "9007199254740993",
    ),
    "UPSTREAM_FILTER_STATE": ("text:PLAIN", "none"),
    "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT": ("8",),
    "UPSTREAM_METADATA": ("hostile:text", "hostile:tree", "none"),
    "UPSTREAM_PEER_CERT_V_END": ("%Y-%m-%d",),
    "UPSTREAM_PEER_CERT_V_START": ("%s",),
    "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": ("8",),
    "XFCC_VALUE": ("By", "Hash", "Subject", "Uri"),
}

#: Operators that only a `formatters:` entry adds and that are not configured here.
NOT_LOADED = frozenset({"FILE_CONTENT", "SECRET"})


def _commands(name: str) -> list[str]:
    # `text):3` is the argument `text` and the length 3.
    given = [
        f"%{name}({argument}%" if "):" in argument else f"%{name}({argument})%"
        for argument in ARGUMENTS.get(name, ())
    ]
    bare = OPERATORS[name].argument is not Argument.REQUIRED
    return [f"%{name}%", *given] if bare else given


#: Every command, in the order of the table.
COMMANDS = tuple(
    command for name in OPERATORS if name not in NOT_LOADED for command in _commands(name)
)

#: Commands whose values may hold a newline, a carriage return or NUL: they break TEXT lines.
BREAKING = ("%QUERY_PARAM(broken)%", "%DYNAMIC_METADATA(sent:decoded)%")

#: What every line is joined by, and what tells the records of one request apart.
REQUEST_ID, RECORD_TYPE = "%REQ(X-REQUEST-ID)%", "%ACCESS_LOG_TYPE%"
