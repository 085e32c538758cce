"""Compile a format given by name, by file, or as it is."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from envoylog.errors import InputError, UnknownNameError
from envoylog.format.document import Encoding, JsonFormat
from envoylog.parser.parser import AccessLogParser
from envoylog.spec.formats import ALIASES, NAMED_FORMATS

#: What `compile_format` takes.
FormatLike = str | os.PathLike[str] | JsonFormat | AccessLogParser


def compile_format(format: FormatLike, encoding: str | None = None) -> AccessLogParser:  # noqa: A002 - the word
    """Compile an access-log format.

    Parameters
    ----------
    format : str, path, mapping or AccessLogParser
        A named format (`istio`, `envoy-gateway`, …), a file that holds a format, the format string
        itself, or a JSON dictionary of command operators.
    encoding : {"TEXT", "JSON"}, optional
        How Envoy was told to use the format. By default, a string that is a JSON object is JSON.

    Returns
    -------
    AccessLogParser

    Raises
    ------
    FormatError
        With every fault of the format, each with its place.
    UnknownNameError
        If it is neither a name, nor a file, nor a format.

    Examples
    --------
    >>> compile_format("istio").schema["duration"]
    Int64
    """
    if isinstance(format, AccessLogParser):
        return format
    kind = Encoding(encoding) if encoding else None
    if isinstance(format, (str, os.PathLike)):
        return AccessLogParser.from_format(_read_format(os.fspath(format)), kind)
    return AccessLogParser.from_format(format, kind)


def _read_format(text: str) -> str | JsonFormat:
    if named := NAMED_FORMATS.get(ALIASES.get(text, text)):
        return named.document
    if "%" not in text or "\n" not in text:
        with suppress(OSError, ValueError):
            if Path(text).is_file():
                return Path(text).read_text(encoding="utf-8")
    if "%" in text:
        return text
    if Path(text).is_dir():
        raise InputError(f"{text} is a folder: give the file that holds the format")
    known = [*ALIASES, *NAMED_FORMATS]
    hint = "a format has command operators such as %PROTOCOL%; "
    raise UnknownNameError("format or file", text, known, hint)
