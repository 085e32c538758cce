"""Put lines into envelopes, as the programs do that wrap them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

TIME = "2026-11-24T00:33:15.832123456Z"
NANOSECONDS = "1795480395832123456"
# Where a runtime cuts a line; the real ones do after 16 KiB.
CUT = 150

Wrap = Callable[[str], str]


def chunks(line: str) -> list[str]:
    """Cut a line as a container runtime does."""
    return [line[at : at + CUT] for at in range(0, len(line), CUT)] or [""]


def cri(line: str) -> str:
    *parts, last = chunks(line)
    noise = f"{TIME} stderr F [2026-11-24 06:03:15.611][7][info][main] [server.cc:463] between"
    lines = [line for part in parts for line in (f"{TIME} stdout P {part}", noise)]
    return "\n".join([*lines, f"{TIME} stdout F {last}"])


def docker(line: str) -> str:
    *parts, last = chunks(line)
    texts = [*parts, last + "\n"]
    return "\n".join(dump(log=text, stream="stdout", time=TIME) for text in texts)


def journald(line: str) -> str:
    *parts, last = chunks(line)
    facts = {"__REALTIME_TIMESTAMP": NANOSECONDS[:16], "_HOSTNAME": "n", "CONTAINER_NAME": "c"}
    lines = [dump(**facts, MESSAGE=part, CONTAINER_PARTIAL_MESSAGE="true") for part in parts]
    return "\n".join([*lines, dump(**facts, MESSAGE=last)])


def fluent_bit(line: str) -> str:
    *parts, last = chunks(line)
    facts = {"@timestamp": TIME, "stream": "stdout", "kubernetes": {"pod_name": "p"}}
    return "\n".join(
        dump(**facts, _p=tag, log=text) for tag, text in [*(("P", p) for p in parts), ("F", last)]
    )


def dump(**record: object) -> str:
    return json.dumps(record, ensure_ascii=False)


LABELS = {"pod": "p", "container": "c", "namespace": "ns"}
WRAPS: dict[str, Wrap] = {
    "CRI": cri,
    "kubectl --prefix": lambda line: f"[pod/p/c] {line}",
    "kubectl --prefix --timestamps": lambda line: f"[pod/p/c] {TIME} {line}",
    "logcli": lambda line: f'2026-11-24T00:33:15Z {{container="c", pod="p"}} {line}',
    "Fluentd": lambda line: f"2026-11-24T00:33:15+00:00\tkube.p\t{dump(log=line, stream='stdout')}",
    "stern -o json": lambda line: dump(
        message=line, nodeName="n", namespace="ns", podName="p", containerName="c"
    ),
    "logcli -o jsonl": lambda line: dump(labels=LABELS, line=line, timestamp=TIME),
    "SLS": lambda line: dump(
        __time__="1795480395", _source_="stdout", _time_=TIME, _pod_name_="p", content=line + "\n"
    ),
    "Google Cloud": lambda line: dump(
        insertId="x",
        logName="projects/p/logs/stdout",
        resource={"type": "k8s_container", "labels": {"pod_name": "p", "container_name": "c"}},
        textPayload=line + "\n",
        timestamp=TIME,
    ),
    "CloudWatch": lambda line: dump(logStreamName="s", timestamp=1795480395832, message=line),
    "journald": journald,
    "docker": docker,
    "Fluent Bit": fluent_bit,
    "Filebeat": lambda line: dump(
        **{"@timestamp": TIME}, message=line, kubernetes={"pod": {"name": "p"}, "namespace": "ns"}
    ),
    "OpenTelemetry text": lambda line: f"Body: Str({line})",
    "OpenTelemetry": lambda line: dump(
        resourceLogs=[
            {
                "resource": {
                    "attributes": [{"key": "k8s.pod.name", "value": {"stringValue": "p"}}]
                },
                "scopeLogs": [
                    {"logRecords": [{"timeUnixNano": NANOSECONDS, "body": {"stringValue": line}}]}
                ],
            }
        ]
    ),
    "kubectl --timestamps": lambda line: f"{TIME} {line}",
    "stern": lambda line: f"p c {line}",
    "stern with colours": lambda line: f"\x1b[32mp\x1b[0m \x1b[33;1mc\x1b[0m {line}",
    "stern -A": lambda line: f"ns p c {line}",
    "container": lambda line: f"c  | {line}",
    "aws logs tail": lambda line: f"2026-11-24T00:33:15.832000+00:00 s/c {line}",
    "syslog": lambda line: f"Nov 24 00:33:15 n c[29453]: {line}",
}


def wrapped(kind: str, lines: Iterable[str]) -> bytes:
    """Wrap lines."""
    return "".join(f"{WRAPS[kind](line)}\n" for line in lines).encode()


def documents(lines: Iterable[str]) -> dict[str, bytes]:
    """Write JSON documents that hold lines."""
    given = list(lines)
    loki = [{"stream": LABELS, "values": [[NANOSECONDS, line] for line in given]}]
    events = [{"timestamp": 1795480395832, "message": line} for line in given]
    google = [{"insertId": "x", "textPayload": line, "timestamp": TIME} for line in given]
    found: dict[str, object] = {
        "Loki": {"status": "success", "data": {"resultType": "streams", "result": loki}},
        "Loki without status": {"data": {"result": loki}},
        "CloudWatch": {"events": events, "nextForwardToken": "f/1"},
        "a subscription": {"messageType": "DATA_MESSAGE", "logEvents": events},
        "an array": google,
    }
    return {kind: json.dumps(value).encode() for kind, value in found.items()} | {
        "printed for people": json.dumps(google, indent=2).encode(),
        "several": b"".join(json.dumps({"events": [event]}).encode() for event in events),
    }
