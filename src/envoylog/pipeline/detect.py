"""Detect the format of logs on a sample of their lines."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress

import polars as pl

from envoylog.errors import DamagedError, InputError, UnknownNameError
from envoylog.logs.archives import open_streams
from envoylog.logs.compression import Meter, Readable
from envoylog.logs.envelopes.detect import SAMPLE, beginning, candidates
from envoylog.logs.envelopes.envelope import unwrap
from envoylog.logs.envelopes.paths import path_facts
from envoylog.logs.sources import Source, find_sources
from envoylog.parser.detect import Candidate, choose, detect
from envoylog.parser.mixed import MixedParser
from envoylog.parser.parser import AccessLogParser
from envoylog.pipeline.reading import Logs, Reading

#: What `--format` takes instead of a format.
AUTO = "auto"
# So many bytes of the first few files tell enough.
_BYTES, _LINES, _FILES = 2**18, 500, 8
# Lines that choose an envelope, lines that make a format of their own, and formats of one run.
_FEW_LINES, _FEW, _FORMATS = 50, 5, 6
# So many files tell whether there are envelopes at all.
_MORE_FILES = 32


def detect_format(logs: Logs) -> tuple[Candidate, ...]:
    """Rank the formats that may have written some logs.

    Parameters
    ----------
    logs : path or iterable of paths
        As for `parse`; the beginnings of the first few are read, out of their envelopes.

    Returns
    -------
    tuple of Candidate
        Best first.

    Raises
    ------
    InputError
        If there is nothing to read.
    """
    return detect(_sample(find_sources(logs)))


def auto_formats(sources: Sequence[Source]) -> AccessLogParser | MixedParser:
    """Take the format that clearly fits, or all formats that do.

    Parameters
    ----------
    sources : sequence of Source
        The logs; the beginnings of some of them are read.

    Returns
    -------
    AccessLogParser or MixedParser
        The latter if the logs were written in several formats.

    Raises
    ------
    UnknownNameError
        If no format fits.
    """
    lines = _sample(sources)
    found: dict[str, AccessLogParser] = {}
    unclear: UnknownNameError | None = None
    enough = max(_FEW, len(lines) // 100)
    while len(found) < _FORMATS:
        ranked = detect(lines)
        best = ranked[0]
        try:
            best = choose(ranked)
        except UnknownNameError as error:
            # It may be the format of some lines only.
            if not found:
                unclear = error
            if best.rate * len(lines) < enough:
                break
        found[best.name] = best.parser
        lines = best.parser.parse_lines(lines).rejects["text"]
        if len(lines) < enough:
            break
    if unclear and len(found) < 2:  # noqa: PLR2004 - one that is unclear
        raise unclear
    return next(iter(found.values())) if len(found) == 1 else MixedParser(tuple(found.items()))


def has_facts(sources: Sequence[Source], reading: Reading) -> bool:
    """Tell whether envelopes or paths say something of the lines.

    Parameters
    ----------
    sources : sequence of Source
        The logs; the beginnings of some of them are read.
    reading : Reading
        How they are going to be read.

    Returns
    -------
    bool
    """
    if any(path_facts(source.name) for source in sources):
        return True
    with suppress(InputError):  # which is told when they are read
        for name, lines in beginnings(sources, SAMPLE, files=_MORE_FILES):
            envelope = reading.envelope_of(lines)
            if path_facts(name) or (envelope and not unwrap(envelope, lines).is_silent):
                return True
    return False


def beginnings(
    sources: Sequence[Source], size: int = _BYTES, files: int = _FILES
) -> Iterator[tuple[str, pl.Series]]:
    """Look at the beginnings of some sources, spread over all of them.

    Yields
    ------
    str
        The name of a stream.
    polars.Series
        Its first lines, as they stand in their envelope.

    Raises
    ------
    InputError
        If none of them can be read.
    """
    failures: list[InputError] = []
    step = max(1, len(sources) // files)
    for source in sources[::step]:
        try:
            name, lines = _beginning(source, io.BytesIO(source.sample(size)), size)
            if lines.is_empty() and source.size > size:
                # A JSON document, which is read whole or not at all.
                with source.open() as stored:
                    name, lines = _beginning(source, stored, size)
            yield name, lines.head(_LINES)
        except InputError as failure:
            failures.append(failure)
    if failures and len(failures) == len(sources[::step]):
        raise failures[0]


def _beginning(source: Source, stored: Readable, size: int) -> tuple[str, pl.Series]:
    with suppress(DamagedError):  # a beginning is cut off
        for stream in open_streams(source.name, stored, Meter()):
            return stream.name, beginning(stream, size)[1]
    return source.name, pl.Series(dtype=pl.String)


def _sample(sources: Sequence[Source]) -> pl.Series:
    lines = [_inside(lines) for _name, lines in beginnings(sources)]
    if not sum(map(len, lines)):
        raise InputError("there are no lines to detect a format from")
    return pl.concat(lines)


def _inside(lines: pl.Series) -> pl.Series:
    """Unwrap lines whose format is not known: in the envelope in which some format reads most."""
    choices = [unwrap(row, lines).lines if row else lines for row in candidates(lines)]
    if len(choices) == 1:
        return choices[0]
    return max(choices, key=lambda inside: detect(inside.head(_FEW_LINES))[0].rate)
