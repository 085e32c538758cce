"""Lines that share a stream with access logs but are none: Envoy's and Istio's own messages.

A line is tried against this table, from the top, only after the parser refused it.
"""

from __future__ import annotations

from dataclasses import dataclass

_LEVEL = r"(?:trace|debug|info|warning|warn|error|critical|fatal|off)"


@dataclass(frozen=True, slots=True)
class ApplicationLog:
    """One kind of line that is skipped and counted.

    Attributes
    ----------
    kind : str
        Its name in the run summary.
    pattern : str
        A regular expression that the line starts with.
    example : str
        A real line of this kind.
    """

    kind: str
    pattern: str
    example: str


_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(?:Z|[+-][0-9:]{4,5})"
#: The kind of lines that hold nothing.
BLANK = "blank line"

APPLICATION_LOGS = (
    # A blank after the date tells it from an access line, whose time has a `T` there by default.
    ApplicationLog(
        "envoy application log",
        rf"^\[[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} [0-9:.]{{8,15}}\]\[[0-9]+\]\[{_LEVEL}\]\[[^\]]*\]",
        "[2026-11-24 06:03:15.611][29453][info][main] [source/server/server.cc:463] initializing",
    ),
    # Its modules are those of Rust; what it writes of connections is no log of Envoy's.
    ApplicationLog(
        "ztunnel log",
        rf"^{_TIME}\t{_LEVEL}\t(?:access\t|[a-z_]+(?:::[a-z_]+)+)",
        "2024-05-01T10:00:00.123456Z\tinfo\taccess\tconnection complete\tsrc.addr=10.0.0.1:4711",
    ),
    ApplicationLog(
        "istio agent log",
        rf"^{_TIME}\t{_LEVEL}\t",
        "2022-11-23T05:15:36.911860Z\twarn\tcitadelclient\tcannot load the key pair",
    ),
    # Envoy's `application_log_config`, in the form of its documentation.
    ApplicationLog(
        "envoy application log in json",
        r'^\{"(?:.*",)?"?(?:ThreadId|SourceLine)":"',
        '{"Level":"info","Message":"starting","SourceLine":"server.cc:1","ThreadId":"1"}',
    ),
    ApplicationLog(
        "json application log",
        rf'^\{{"level":"{_LEVEL}","time":"',
        '{"level":"info","time":"2022-11-23T05:15:36.911860Z","msg":"Envoy proxy is ready"}',
    ),
    ApplicationLog(BLANK, r"^[ \t]*$", ""),
)
