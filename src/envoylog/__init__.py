"""Read any Envoy access log: the log's own format, compiled into a typed, vectorised parser.

>>> import envoylog
>>> parser = envoylog.compile_format("%RESPONSE_CODE% %REQ(:AUTHORITY)% %DURATION%ms")
>>> parser.parse_lines(["503 shop.example.com 17ms"]).rows["duration"].to_list()
[17]
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

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
    from envoylog.pipeline.ingest.run import ingest
    from envoylog.pipeline.ingest.summary import IngestSummary
    from envoylog.pipeline.parse import parse
    from envoylog.pipeline.render import render
    from envoylog.pipeline.scan import LostLinesWarning, scan
    from envoylog.pipeline.summary import Progress, RunSummary
    from envoylog.questions.access_log import AccessLog, open  # noqa: A004 - the verb
    from envoylog.questions.answer import Answer
    from envoylog.reports.build import report
    from envoylog.reports.checks.check import check
    from envoylog.reports.checks.checked import Checked
    from envoylog.reports.report import Report

# The name and where it lives: `import envoylog` loads no dataframe library.
_HOMES = {
    "AccessLog": "questions.access_log",
    "AccessLogParser": "parser.parser",
    "Answer": "questions.answer",
    "Checked": "reports.checks.checked",
    "DataError": "errors",
    "EnvoylogError": "errors",
    "FormatError": "errors",
    "IngestSummary": "pipeline.ingest.summary",
    "InputError": "errors",
    "LostLinesWarning": "pipeline.scan",
    "OutputError": "errors",
    "Parsed": "parser.parser",
    "Progress": "pipeline.summary",
    "QueryError": "errors",
    "Report": "reports.report",
    "RunSummary": "pipeline.summary",
    "UnknownNameError": "errors",
    "check": "reports.checks.check",
    "compile_format": "pipeline.compile",
    "ingest": "pipeline.ingest.run",
    "open": "questions.access_log",
    "parse": "pipeline.parse",
    "render": "pipeline.render",
    "report": "reports.build",
    "scan": "pipeline.scan",
}

__all__ = [
    "AccessLog",
    "AccessLogParser",
    "Answer",
    "Checked",
    "DataError",
    "EnvoylogError",
    "FormatError",
    "IngestSummary",
    "InputError",
    "LostLinesWarning",
    "OutputError",
    "Parsed",
    "Progress",
    "QueryError",
    "Report",
    "RunSummary",
    "UnknownNameError",
    "check",
    "compile_format",
    "ingest",
    "open",
    "parse",
    "render",
    "report",
    "scan",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    _extend_polars()
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Do what `%load_ext envoylog` asks for."""
    importlib.import_module(f"{__name__}.integrations.ipython").load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Do what `%unload_ext envoylog` asks for."""
    importlib.import_module(f"{__name__}.integrations.ipython").unload(shell)


def _extend_polars() -> None:
    """Give polars frames their namespace as soon as there are any."""
    if "polars" in sys.modules:
        importlib.import_module(f"{__name__}.polars")


_extend_polars()
