"""The envelopes that are known: one row each, those that say most first."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final

from envoylog.logs.envelopes import texts
from envoylog.logs.envelopes.documents import RECORD
from envoylog.logs.envelopes.envelope import Envelope
from envoylog.logs.envelopes.records import Record

_KUBERNETES: Final = {
    "stream": ("stream",),
    "pod": ("kubernetes/pod_name", "kubernetes/pod/name", "pod_name", "pod"),
    "container": (
        "kubernetes/container_name",
        "kubernetes/container/name",
        "container_name",
        "container",
    ),
    "namespace": (
        "kubernetes/namespace_name",
        "kubernetes/pod_namespace",
        "kubernetes/namespace",
        "namespace",
    ),
    "node": ("kubernetes/host", "kubernetes/node/name", "kubernetes/pod_node_name", "host/name"),
}
_SLS_FACTS: Final = {
    "envelope_time": ("_time_", "__time__"),
    "stream": ("_source_",),
    "pod": ("_pod_name_",),
    "container": ("_container_name_",),
    "namespace": ("_namespace_",),
    "node": ("__tag__:_node_name_", "__tag__:__hostname__"),
}
_SHIPPER: Final = (
    "kubernetes/pod_name",
    "kubernetes/container_name",
    "kubernetes/namespace_name",
    "kubernetes/pod/name",
    "_p",
    "logtag",
    "agent/type",
)
_TIME: Final = "2026-11-24T00:33:15.832123456Z"
_LINE: Final = '[2026-11-24T00:33:15.832Z] "GET /'
_QUOTED: Final = '[2026-11-24T00:33:15.832Z] \\"GET /'

_SHIPPED: Final = Record(
    payload=("log", "message", "msg"),
    marks=(*_SHIPPER, "stream", "log", "@timestamp", "date"),
    merged=_SHIPPER,
    partial=(("_p", "P"), ("logtag", "P")),
    facts={"envelope_time": ("time", "@timestamp", "date", "timestamp"), **_KUBERNETES},
)


def _has_partial(data: bytes) -> bool:
    return b'"P"' in data or b'"P:' in data


# A name, in colours or not.
_COLOURED: Final = digits + ascii_lowercase + "\x1b"

_ROWS: Final = (
    Envelope(
        "CRI",
        "containerd and CRI-O, in `/var/log/pods`",
        f"{_TIME} stdout F {_LINE}",
        texts.cri,
        may_go_on=lambda data: b" P " in data or b" P:" in data,
        begins=digits + "+-",  # a year may have a sign
    ),
    Envelope(
        "kubectl --prefix",
        "`kubectl logs --prefix`, with `--timestamps` or without",
        f"[pod/web-5d9-abc/istio-proxy] {_TIME} {_LINE}",
        texts.KUBECTL_PREFIX,
        begins="[",
    ),
    Envelope(
        "logcli",
        "Loki's `logcli query`",
        f'2026-11-24T00:33:15Z {{pod="web-5d9-abc"}} {_LINE}',
        texts.logcli,
        begins=digits,
    ),
    Envelope(
        "Fluentd",
        "Fluentd's `out_file`: time, tag and record",
        f'2026-11-24T00:33:15+00:00\tkubernetes.web\t{{"log":"{_QUOTED}","stream":"stdout"}}',
        texts.fluentd(_SHIPPED),
        may_go_on=_has_partial,
        json=True,
    ),
    Envelope(
        "documents",
        "JSON documents that hold many lines: the API of Loki, OpenTelemetry files, CloudWatch",
        f'{{"data":{{"result":[{{"stream":{{"pod":"web"}},"values":[["1795480395832123456","{_QUOTED}"]]}}]}}}}',
        RECORD,
        json=True,
    ),
    Envelope(
        "stern -o json",
        "`stern -o json`",
        f'{{"message":"{_QUOTED}","nodeName":"n","namespace":"d","podName":"web","containerName":"c"}}',
        Record(
            payload=("message",),
            marks=("podName", "containerName"),
            least=2,
            facts={
                "pod": ("podName",),
                "container": ("containerName",),
                "namespace": ("namespace",),
                "node": ("nodeName",),
            },
        ),
        json=True,
    ),
    Envelope(
        "logcli -o jsonl",
        "`logcli query -o jsonl`",
        f'{{"labels":{{"pod":"web"}},"line":"{_QUOTED}","timestamp":"{_TIME}"}}',
        Record(
            payload=("line",),
            marks=("line", "timestamp"),
            least=2,
            facts={
                "envelope_time": ("timestamp",),
                "stream": ("labels/stream",),
                "pod": ("labels/pod", "labels/pod_name"),
                "container": ("labels/container", "labels/container_name"),
                "namespace": ("labels/namespace",),
                "node": ("labels/node_name", "labels/node", "labels/hostname"),
            },
        ),
        json=True,
    ),
    Envelope(
        "SLS",
        "Alibaba Cloud's Logtail; with its JSON plug-in the keys of the line stand beside its own",
        f'{{"__time__":"1795480395","_source_":"stdout","_pod_name_":"web","content":"{_QUOTED}"}}',
        Record(
            payload=("content",),
            marks=("__time__", "_time_", "_pod_name_", "_container_name_", "__topic__"),
            merged=("__time__", "_pod_name_", "_container_name_", "__topic__"),
            facts=_SLS_FACTS,
        ),
        json=True,
    ),
    Envelope(
        "Google Cloud",
        "Cloud Logging: `textPayload` and `jsonPayload`",
        f'{{"insertId":"x","logName":"projects/p/logs/stdout","textPayload":"{_QUOTED}"}}',
        Record(
            payload=("textPayload",),
            objects=("jsonPayload",),
            marks=("insertId", "logName", "receiveTimestamp", "resource/type"),
            facts={
                "envelope_time": ("timestamp", "receiveTimestamp"),
                "stream": ("logName",),
                "pod": ("resource/labels/pod_name",),
                "container": ("resource/labels/container_name",),
                "namespace": ("resource/labels/namespace_name",),
                "node": ("resource/labels/node_name",),
            },
        ),
        json=True,
    ),
    Envelope(
        "CloudWatch",
        "exports of CloudWatch Logs, one event a line",
        f'{{"logStreamName":"web","timestamp":1795480395832,"message":"{_QUOTED}"}}',
        Record(
            payload=("message", "@message"),
            marks=(
                "logStreamName",
                "ingestionTime",
                "eventId",
                "@logStream",
                "@ingestionTime",
                "log_stream",
            ),
            facts={"envelope_time": ("timestamp", "@timestamp")},
        ),
        json=True,
    ),
    Envelope(
        "journald",
        "`journalctl -o json`",
        f'{{"__REALTIME_TIMESTAMP":"1795480395832123","_HOSTNAME":"n","MESSAGE":"{_QUOTED}"}}',
        Record(
            payload=("MESSAGE",),
            marks=("__REALTIME_TIMESTAMP", "__CURSOR", "_HOSTNAME", "PRIORITY"),
            partial=(("CONTAINER_PARTIAL_MESSAGE", "true"),),
            facts={
                "envelope_time": ("__REALTIME_TIMESTAMP",),
                "container": ("CONTAINER_NAME", "SYSLOG_IDENTIFIER"),
                "node": ("_HOSTNAME",),
            },
        ),
        may_go_on=lambda data: b"CONTAINER_PARTIAL_MESSAGE" in data,
        json=True,
    ),
    Envelope(
        "docker",
        "docker's `json-file`",
        f'{{"log":"{_QUOTED}\\n","stream":"stdout","time":"{_TIME}"}}',
        Record(
            payload=("log",),
            marks=("log", "stream", "time"),
            least=3,
            forbidden=("_p", "logtag", "kubernetes", "@timestamp", "date", "tag"),
            facts={"envelope_time": ("time",), "stream": ("stream",)},
            newline=True,
        ),
        may_go_on=lambda data: data.count(b'\\n"') < data.count(b"\n"),
        json=True,
    ),
    Envelope(
        "Fluent Bit",
        "Fluent Bit, Fluentd, Filebeat, Vector; with a JSON parser the keys of the line stand "
        "beside those of the shipper",
        f'{{"@timestamp":"{_TIME}","stream":"stdout","_p":"F","log":"{_QUOTED}"}}',
        _SHIPPED,
        may_go_on=_has_partial,
        json=True,
    ),
    Envelope(
        "OpenTelemetry text",
        "the collector's `debug` exporter: the lines with a body",
        f"Body: Str({_LINE})",
        texts.otel_text,
        begins="B",
    ),
    Envelope(
        "kubectl --timestamps",
        "`kubectl logs --timestamps`, `docker logs --timestamps`",
        f"{_TIME} {_LINE}",
        texts.KUBECTL_TIMESTAMPS,
        weak=True,
        begins=digits,
    ),
    Envelope(
        "stern",
        "`stern`, on a terminal with colours",
        f"web-5d9-abc istio-proxy {_LINE}",
        texts.STERN,
        weak=True,
        begins=_COLOURED,
    ),
    Envelope(
        "stern -A",
        "`stern --all-namespaces`",
        f"shop web-5d9-abc istio-proxy {_LINE}",
        texts.STERN_NAMESPACES,
        weak=True,
        begins=_COLOURED,
    ),
    Envelope(
        "container",
        "`docker compose logs`, and what puts but a name before a line",
        f"istio-proxy {_LINE}",
        texts.CONTAINER,
        weak=True,
        begins=_COLOURED,
    ),
    Envelope(
        "aws logs tail",
        "`aws logs tail`",
        f"2026-11-24T00:33:15.832000+00:00 web/istio-proxy {_LINE}",
        texts.cloudwatch_text,
        weak=True,
        begins=digits,
    ),
    Envelope(
        "syslog",
        "syslog files, and `journalctl` without options",
        f"Nov 24 00:33:15 node-1 envoy[29453]: {_LINE}",
        texts.SYSLOG,
        weak=True,
        begins=digits + ascii_uppercase + "<",
    ),
)
#: By name, in the order in which they are tried.
ENVELOPES: Final = {row.name: row for row in _ROWS}
