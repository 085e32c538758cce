"""Compile a format given by name, by file, or as it is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from envoylog.errors import FormatError, InputError, UnknownNameError
from envoylog.format.document import Encoding, JsonFormat
from envoylog.parser.mixed import MixedParser
from envoylog.parser.parser import AccessLogParser
from envoylog.spec.formats import ALIASES, NAMED_FORMATS

if TYPE_CHECKING:
    from envoylog.format.carriers import CarriedFormat

#: What `compile_format` takes.
FormatLike = str | os.PathLike[str] | JsonFormat | AccessLogParser
#: What `parse` and `scan` take: one format, or a list of them.
Formats = FormatLike | list[FormatLike] | tuple[FormatLike, ...] | MixedParser


def compile_format(
    format: FormatLike,  # noqa: A002 - the word
    encoding: str | None = None,
    *,
    pick: str | int | None = None,
    timezone: str | None = None,
    omit_empty_values: bool = False,
) -> AccessLogParser:
    """Compile an access-log format.

    Parameters
    ----------
    format : str, path, mapping or AccessLogParser
        A named format (`istio`, `envoy-gateway`, …), a file that holds a format or a configuration
        with formats in it (Istio, Envoy, Envoy Gateway, Contour…), the format string itself, or a
        JSON dictionary of command operators.
    encoding : {"TEXT", "JSON"}, optional
        How Envoy was told to use the format. By default, a string that is a JSON object is JSON.
    pick : str or int, optional
        Which of several formats in a configuration file: its number, from 1, its name or its path.
    timezone : str, optional
        The IANA zone of the machines that wrote the log, for local times without an offset.
    omit_empty_values : bool
        Whether Envoy was told to write nothing, instead of `-`, for what is missing.

    Returns
    -------
    AccessLogParser

    Raises
    ------
    FormatError
        With every fault of the format, each with its place.
    UnknownNameError
        If it is neither a name, nor a file, nor a format; or if a file has several formats and
        `pick` says not which.
    InputError
        If the file cannot be read.

    Examples
    --------
    >>> compile_format("istio").schema["duration"]
    Int64
    """
    if isinstance(format, AccessLogParser):
        return format
    if timezone is not None and timezone not in (zones := available_timezones()):
        raise UnknownNameError("time zone", timezone, sorted(zones))
    if not isinstance(format, (str, os.PathLike)):
        source: str | JsonFormat = format
    elif named := NAMED_FORMATS.get(ALIASES.get(os.fspath(format), os.fspath(format))):
        source = named.document
    elif (text := read_format_file(format)) is None:
        source = _format_text(os.fspath(format))
    elif carried := _carried(text):
        chosen = _pick(carried, pick, os.fspath(format))
        source, encoding = chosen.source, chosen.encoding
        omit_empty_values |= chosen.omits_empty_values
    else:
        source = text
    return AccessLogParser.from_format(
        source,
        Encoding(encoding) if encoding else None,
        timezone=timezone,
        omit_empty_values=omit_empty_values,
    )


def compile_formats(
    formats: Formats,
    encoding: str | None = None,
    *,
    pick: str | int | None = None,
    timezone: str | None = None,
    omit_empty_values: bool = False,
) -> AccessLogParser | MixedParser:
    """Compile one format or several, as `compile_format` does.

    Parameters
    ----------
    formats : format, or list of formats
        A configuration file with several formats stands for all of them, unless one is picked.
    encoding, pick, timezone, omit_empty_values
        As for `compile_format`.

    Returns
    -------
    AccessLogParser or MixedParser
        The latter if there are several.

    Raises
    ------
    FormatError, UnknownNameError, InputError

    Examples
    --------
    >>> [name for name, _parser in compile_formats(["istio", "envoy"]).formats]
    ['istio', 'envoy']
    """
    if isinstance(formats, MixedParser):
        return formats
    given: list[FormatLike]
    given = list(formats) if isinstance(formats, (list, tuple)) else [formats]
    named: dict[str, AccessLogParser] = {}
    for format_ in given:
        choices = _choices(format_, pick)
        for name, choice in choices:
            try:
                parser = compile_format(
                    format_,
                    encoding,
                    pick=choice,
                    timezone=timezone,
                    omit_empty_values=omit_empty_values,
                )
            except FormatError as error:
                if len(choices) == 1:
                    raise
                where = f"format {choice} of {len(choices)} in {format_} ({name})"
                hint = "to read without it, pick another with --pick, by number or name"
                raise FormatError(error.problems, where, hint) from None
            if all(parser.plan != known.plan for known in named.values()):
                unique = name if name not in named else f"{name} ({len(named) + 1})"
                named[unique] = parser
    if len(named) == 1:
        return next(iter(named.values()))
    return MixedParser(tuple(named.items()))


def _choices(format_: FormatLike, pick: str | int | None) -> list[tuple[str, str | int | None]]:
    """Name a format, or all formats of a configuration file, with what picks each."""
    if not isinstance(format_, (str, os.PathLike)):
        return [("given", pick)]
    text = os.fspath(format_)
    if text in NAMED_FORMATS or text in ALIASES:
        return [(text, pick)]
    content = read_format_file(format_)
    if content is None:
        return [(text, pick)]
    carried = distinct(_carried(content)) if pick is None else []
    if len(carried) > 1:
        return [(found.name or found.path, number) for number, found in enumerate(carried, 1)]
    return [(Path(text).name, pick)]


def read_format_file(path: str | os.PathLike[str]) -> str | None:
    """Read a file that holds a format or a configuration.

    Parameters
    ----------
    path : path
        Perhaps a file.

    Returns
    -------
    str or None
        Its text; None if there is no such file.

    Raises
    ------
    InputError
        If it is a folder, or cannot be read as text.
    """
    file = Path(path)
    with suppress(OSError, ValueError):  # a format string may be too long for a name
        if file.is_dir():
            raise InputError(f"{file} is a folder: give the file that holds the format")
        if not file.is_file():
            return None
        try:
            return file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise InputError(f"{file} is not text, so it holds no format") from None
        except OSError as error:
            raise InputError(f"cannot read {file}: {error.strerror}") from None
    return None


def distinct(carried: Sequence[CarriedFormat]) -> list[CarriedFormat]:
    """Leave out formats that an earlier place has as well."""
    kept: list[CarriedFormat] = []
    for found in carried:
        if not any((found.source, found.encoding) == (k.source, k.encoding) for k in kept):
            kept.append(found)
    return kept


def _carried(text: str) -> Sequence[CarriedFormat]:
    from envoylog.format.carriers import find_formats  # YAML is not needed for a name

    return find_formats(text)


def _pick(carried: Sequence[CarriedFormat], pick: str | int | None, file: str) -> CarriedFormat:
    choices = distinct(carried)
    if pick is None and len(choices) == 1:
        return choices[0]
    for number, found in enumerate(choices, 1):
        if pick is not None and str(pick) in {str(number), found.name, found.path}:
            return found
    known = [f"{number} ({found.path})" for number, found in enumerate(choices, 1)]
    kind = "single format in" if pick is None else f"format {pick} in"
    raise UnknownNameError(kind, file, known, "pick one with --pick, by number or name; ")


def _format_text(text: str) -> str:
    if "%" in text:
        return text
    known = [*ALIASES, *NAMED_FORMATS]
    hint = "a format has command operators such as %PROTOCOL%; "
    raise UnknownNameError("format or file", text, known, hint)
