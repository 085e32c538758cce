"""Read any Envoy access log: the log's own format, compiled into a typed, vectorised parser.

>>> import envoylog
>>> parser = envoylog.compile_format("%RESPONSE_CODE% %REQ(:AUTHORITY)% %DURATION%ms")
>>> parser.parse_lines(["503 shop.example.com 17ms"]).rows["duration"].to_list()
[17]
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from envoylog.errors import (
        DataError,
        EnvoylogError,
        FormatError,
        InputError,
        OutputError,
        QueryError,
        UnknownNameError,
    )
    from envoylog.parser.parser import AccessLogParser, Parsed
    from envoylog.pipeline.compile import compile_format
    from envoylog.pipeline.parse import parse
    from envoylog.pipeline.render import render
    from envoylog.pipeline.scan import LostLinesWarning, scan
    from envoylog.pipeline.summary import Progress, RunSummary
    from envoylog.questions.access_log import AccessLog, open  # noqa: A004 - the verb
    from envoylog.questions.answer import Answer

# The name and where it lives: `import envoylog` loads no dataframe library.
_HOMES = {
    "AccessLog": "questions.access_log",
    "AccessLogParser": "parser.parser",
    "Answer": "questions.answer",
    "DataError": "errors",
    "EnvoylogError": "errors",
    "FormatError": "errors",
    "InputError": "errors",
    "LostLinesWarning": "pipeline.scan",
    "OutputError": "errors",
    "Parsed": "parser.parser",
    "Progress": "pipeline.summary",
    "QueryError": "errors",
    "RunSummary": "pipeline.summary",
    "UnknownNameError": "errors",
    "compile_format": "pipeline.compile",
    "open": "questions.access_log",
    "parse": "pipeline.parse",
    "render": "pipeline.render",
    "scan": "pipeline.scan",
}

__all__ = [
    "AccessLog",
    "AccessLogParser",
    "Answer",
    "DataError",
    "EnvoylogError",
    "FormatError",
    "InputError",
    "LostLinesWarning",
    "OutputError",
    "Parsed",
    "Progress",
    "QueryError",
    "RunSummary",
    "UnknownNameError",
    "compile_format",
    "open",
    "parse",
    "render",
    "scan",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
